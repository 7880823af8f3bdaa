//! The C interface as the targets use it: each call with what it answers, owned.
#![allow(dead_code)] // Each target uses its own part.

use std::ptr::{null, null_mut};
use std::sync::OnceLock;

use kei_agent::ffi::*;
use serde_json::Value;

/// A buffer of the library's, read and given back.
pub fn take(buf: &mut kei_buf) -> Vec<u8> {
    let bytes = if buf.data.is_null() {
        Vec::new()
    } else {
        assert_eq!(unsafe { *buf.data.add(buf.len) }, 0, "a NUL follows the bytes");
        unsafe { std::slice::from_raw_parts(buf.data, buf.len) }.to_vec()
    };
    unsafe { kei_buf_free(buf) };
    bytes
}

pub fn empty() -> kei_buf {
    kei_buf { data: null(), len: 0, owner: 0 }
}

pub fn event() -> kei_event {
    kei_event { size: 64, kind: 0, tag: 0, source: 0, seq: 0, status: 0, flags: 0, body: empty() }
}

/// What must hold of every failure: no fault of the library's own, and an error object that says as much as the number.
pub fn check_error(status: i32, body: &[u8]) -> Value {
    assert_ne!(status, 8, "KEI_E_PANIC: {}", String::from_utf8_lossy(body));
    let error: Value = serde_json::from_slice(body).expect("the error object is JSON");
    assert_eq!(error["code"], status);
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty() && message.len() <= 4096), "{error}");
    assert!(error["name"].as_str().is_some_and(|name| name.starts_with("KEI_E_")));
    error
}

/// A runtime that logs nowhere.
pub fn runtime() -> kei_handle {
    static RUNTIME: OnceLock<kei_handle> = OnceLock::new();
    *RUNTIME.get_or_init(|| {
        let config = br#"{"log": {"output": "none"}}"#;
        let mut handle = 0;
        assert_eq!(unsafe { kei_runtime_new(config.as_ptr().cast(), config.len(), &mut handle, null_mut()) }, 0);
        handle
    })
}

/// A client, or the error.
pub fn new_client(config: &[u8]) -> Result<kei_handle, (i32, Vec<u8>)> {
    let (mut handle, mut error) = (0, empty());
    let status =
        unsafe { kei_client_new(runtime(), config.as_ptr().cast(), config.len(), &mut handle, &mut error) };
    if status == 0 { Ok(handle) } else { Err((status, take(&mut error))) }
}

pub fn new_queue() -> kei_handle {
    let mut handle = 0;
    assert_eq!(unsafe { kei_queue_new(runtime(), null(), 0, &mut handle, null_mut()) }, 0);
    handle
}

/// A client of a place where nobody listens.
pub fn client() -> kei_handle {
    static CLIENT: OnceLock<kei_handle> = OnceLock::new();
    let config = br#"{"base_url": "http://127.0.0.1:1", "retry": {"max_attempts": 1}, "breaker": {"enabled": false}, "http": {"proxy": "none"},
        "timeouts": {"total_ms": 20}}"#;
    *CLIENT.get_or_init(|| new_client(config).expect("the configuration fits"))
}

/// Every operation's name.
pub fn operations() -> &'static [String] {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let document = kei_agent::operations::describe(None).expect("it describes itself");
        let methods = document["methods"].as_array().expect("a list");
        methods.iter().map(|method| method["name"].as_str().expect("a name").to_owned()).collect()
    })
}
