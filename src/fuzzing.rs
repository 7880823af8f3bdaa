//! What the fuzz targets reach of the inside; built with `--cfg fuzzing` only.

use crate::{auth, operations, pipeline};

/// Reads `body` as one of the things that other machines answer; nothing may panic, and no error may repeat a secret.
pub fn answer(kind: u8, body: &[u8]) {
    match kind % 4 {
        0 => auth::fuzz_token(body),
        1 => auth::fuzz_metadata(body),
        2 => pipeline::fuzz_answer(body),
        _ => operations::fuzz_frame(body),
    }
}
