//! An answer as it is handed to the host.

use bytes::Bytes;

/// Bytes in memory of their own that is not much larger than they are, since all of it is wiped in the end.
pub fn handed(bytes: Bytes) -> Vec<u8> {
    let close = |bytes: &[u8]| {
        let mut close = Vec::with_capacity(bytes.len() + 1);
        close.extend_from_slice(bytes);
        close
    };
    if !bytes.is_unique() {
        return close(&bytes);
    }
    let own = Vec::from(bytes);
    if own.capacity() <= 2 * own.len() + 64 { own } else { close(&own) }
}
