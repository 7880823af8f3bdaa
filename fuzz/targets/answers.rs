//! What other machines say: tokens, metadata, challenges, problem details, dates, frames of the stream.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((kind, body)) = data.split_first() else { return };
    kei_agent::fuzzing::answer(*kind, body);
});
