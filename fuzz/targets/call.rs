//! Every operation's request and options: answered, or refused with an error. The first byte chooses the operation; a NUL parts request and options.
#![no_main]

mod c;

use kei_agent::ffi::*;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((which, rest)) = data.split_first() else { return };
    let names = c::operations();
    let name = &names[usize::from(*which) % names.len()];
    let mut parts = rest.splitn(2, |byte| *byte == 0);
    let (request, options) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut out = c::empty();
    let status = unsafe {
        kei_call(
            c::client(),
            name.as_ptr().cast(),
            name.len(),
            request.as_ptr(),
            request.len(),
            options.as_ptr().cast(),
            options.len(),
            &mut out,
        )
    };
    let body = c::take(&mut out);
    if status == 0 {
        serde_json::from_slice::<&serde_json::value::RawValue>(&body).expect("the answer is JSON");
    } else {
        c::check_error(status, &body);
    }
});
