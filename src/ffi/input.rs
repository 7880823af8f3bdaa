//! What callers pass in: pointer and length, made into checked text.

use std::ffi::{CStr, c_char};

use super::abi::KEI_NUL;
use super::guard::null;
use crate::error::{Code, Error, Result};
use crate::json;

/// The bytes that a caller passes. NULL is allowed only with a length of 0 or `KEI_NUL`, and means none.
///
/// # Safety
/// `data` is NULL, or points to `len` bytes, or to a text that ends with a NUL if `len` is `KEI_NUL`; they do not change
/// before the function returns.
pub(super) unsafe fn bytes<'a>(data: *const u8, len: usize, name: &str) -> Result<&'a [u8]> {
    if data.is_null() {
        return if matches!(len, 0 | KEI_NUL) { Ok(&[]) } else { Err(null(name)) };
    }
    if len == KEI_NUL {
        // SAFETY: the caller promises a NUL at the end.
        return Ok(unsafe { CStr::from_ptr(data.cast::<c_char>()) }.to_bytes());
    }
    if isize::try_from(len).is_err() {
        let message = format!(
            "the length of `{name}` is {len}, more than any memory can hold; pass KEI_NUL for a text that ends with a NUL"
        );
        return Err(Error::new(Code::Argument, message).with("argument", name));
    }
    // SAFETY: the caller promises `len` bytes, and `len` fits.
    Ok(unsafe { std::slice::from_raw_parts(data, len) })
}

/// The text that a caller passes; see [`bytes`].
///
/// # Safety
/// As for [`bytes`].
pub(super) unsafe fn text<'a>(data: *const c_char, len: usize, name: &str) -> Result<&'a str> {
    // SAFETY: the caller promises the same.
    Ok(json::text(unsafe { bytes(data.cast(), len, name) }?, &format_args!("`{name}`"))?)
}

/// A place to write a result to.
///
/// # Safety
/// `place` is NULL or may be written.
pub(super) unsafe fn out<'a, T>(place: *mut T, name: &str) -> Result<&'a mut T> {
    // SAFETY: the caller promises that it is NULL or writable.
    unsafe { place.as_mut() }.ok_or_else(|| null(name))
}
