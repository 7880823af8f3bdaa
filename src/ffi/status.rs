//! Statuses by number: their names, and whether to try again.

use std::collections::BTreeMap;
use std::ffi::{CString, c_char};

use once_cell::sync::Lazy;
use strum::IntoEnumIterator;

use super::abi::{KEI_OK, kei_status};
use crate::error::Code;

static NAMES: Lazy<BTreeMap<kei_status, CString>> = Lazy::new(|| {
    let text = |name: &str| CString::new(name).unwrap_or_default();
    Code::iter().map(|code| (code.number(), text(code.name()))).chain([(KEI_OK, text("KEI_OK"))]).collect()
});

/// The name of a status, for example `"KEI_E_STALE"`; `"KEI_E_?"` for a number that this version does not know. The text
/// lives as long as the process.
///
/// Thread-safe. Cannot fail.
#[unsafe(no_mangle)]
pub extern "C" fn kei_status_name(status: kei_status) -> *const c_char {
    NAMES.get(&status).map_or(c"KEI_E_?".as_ptr(), |name| name.as_ptr())
}

/// 1 when the same call may succeed later without a change by the caller, else 0. The error object's `retryable` is
/// more exact, since it knows the case.
///
/// Thread-safe. Cannot fail.
#[unsafe(no_mangle)]
pub extern "C" fn kei_status_retryable(status: kei_status) -> i32 {
    i32::from(Code::from_repr(status).is_some_and(Code::retryable))
}
