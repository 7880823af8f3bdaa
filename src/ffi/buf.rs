//! Bytes handed to the caller, kept in the handle table until they are given back, and wiped then.

use zeroize::Zeroize;

use super::abi::kei_buf;
use super::handle::{Kind, Object};
use super::{process, table};

impl kei_buf {
    /// A buffer that holds nothing and needs no freeing.
    pub(super) const EMPTY: Self = Self { data: c"".as_ptr().cast(), len: 0, owner: 0 };

    /// Hands `bytes` to the caller.
    pub(super) fn give(bytes: Vec<u8>) -> Self {
        let len = bytes.len();
        if len == 0 {
            return Self::EMPTY;
        }
        let bytes = terminated(bytes);
        let data = bytes.as_ptr();
        match table().insert(Object::Buf(bytes)) {
            Ok(owner) => Self { data, len, owner },
            Err(_) => Self::EMPTY,
        }
    }
}

/// The same bytes with a NUL behind them.
pub(super) fn terminated(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.capacity() == bytes.len() {
        // Growing in place could leave the old copy behind unwiped.
        let mut roomier = Vec::with_capacity(bytes.len() + 1);
        roomier.extend_from_slice(&bytes);
        wipe(&mut bytes);
        bytes = roomier;
    }
    bytes.push(0);
    bytes
}

/// Wipes all the memory of some bytes: as a whole, where `zeroize` of a `Vec` takes byte after byte.
pub(super) fn wipe(bytes: &mut Vec<u8>) {
    bytes.as_mut_slice().zeroize();
    bytes.spare_capacity_mut().zeroize();
}

/// Gives a buffer back, wipes what was in it, and clears the structure, so that a second call does nothing. NULL, a
/// cleared structure, and a copy of one that was freed already are all allowed.
///
/// Thread-safe for different buffers. Cannot fail. In a forked child, the memory of what was inherited is left as it is.
///
/// # Safety
/// `buf` is NULL or points to a `kei_buf` that the library filled in or that is zeroed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kei_buf_free(buf: *mut kei_buf) {
    // SAFETY: the caller promises that the pointer is NULL or valid.
    let Some(buf) = (unsafe { buf.as_mut() }) else { return };
    let owner = std::mem::replace(buf, kei_buf { data: std::ptr::null(), len: 0, owner: 0 }).owner;
    // What a forked child inherited stays where it is.
    if process::check().is_ok()
        && Kind::of(owner) == Some(Kind::Buf)
        && let Ok(Object::Buf(mut bytes)) = table().remove(owner)
    {
        wipe(&mut bytes);
    }
}
