//! The host's answer to a request: a token, a refusal, or something that is not taken. The first byte is the status.
#![no_main]

mod c;

use std::ptr::{null, null_mut};

use kei_agent::ffi::*;
use libfuzzer_sys::fuzz_target;

const CONFIG: &[u8] = br#"{"base_url": "http://127.0.0.1:1", "auth": {"type": "host"}, "retry": {"max_attempts": 1}, "http": {"proxy": "none"}}"#;

fuzz_target!(|data: &[u8]| {
    let Some((status, body)) = data.split_first() else { return };
    let status = if status % 2 == 0 { 0 } else { i32::from(*status) * 3 };
    let (client, queue) = (c::new_client(CONFIG).expect("it fits"), c::new_queue());
    let (serve, list) = ("auth.serve", "agents.list");
    unsafe {
        let text = serve.as_ptr().cast();
        assert_eq!(
            kei_subscribe(client, text, serve.len(), null(), 0, null(), 0, queue, 1, 0, null_mut(), null_mut()),
            0
        );
        let text = list.as_ptr().cast();
        assert_eq!(kei_submit(client, text, list.len(), null(), 0, null(), 0, queue, 2, null_mut(), null_mut()), 0);
        let mut closed = false;
        loop {
            let mut event = c::event();
            assert_eq!(kei_queue_next(queue, &mut event, -1), 0);
            let said = c::take(&mut event.body);
            match event.kind {
                4 => {
                    let taken = kei_reply(event.source, status, body.as_ptr(), body.len());
                    assert_ne!(taken, 8, "KEI_E_PANIC");
                    if taken != 0 {
                        // It is open still, until an answer fits.
                        assert!(matches!(taken, 2 | 3 | 10), "{taken}");
                        assert_eq!(kei_reply(event.source, 350, null(), 0), 0);
                    }
                    assert_eq!(kei_reply(event.source, 0, null(), 0), 4, "answered once");
                }
                1 => {
                    c::check_error(event.status, &said);
                    assert_eq!(kei_close(client), 0);
                    closed = true;
                }
                3 => break assert!(closed),
                _ => {}
            }
        }
        assert_eq!(kei_close(queue), 0);
    }
});
