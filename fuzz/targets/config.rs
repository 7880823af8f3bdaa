//! Every configuration that comes in as JSON: accepted, or refused with an error that says where.
#![no_main]

mod c;


use kei_agent::config::{self, ClientConfig, LogFilter, RuntimeConfig};
use kei_agent::ffi::*;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((kind, text)) = data.split_first() else { return };
    match kind % 4 {
        0 => match c::new_client(text) {
            Ok(client) => assert_eq!(kei_close(client), 0),
            Err((status, body)) => {
                let error = c::check_error(status, &body);
                assert!((1..300).contains(&status), "{error}");
            }
        },
        // Runtimes are not made here: their configuration names files.
        1 => round_trip::<RuntimeConfig>(text),
        2 => round_trip::<LogFilter>(text),
        _ => {
            round_trip::<ClientConfig>(text);
            let (mut queue, mut error) = (0, c::empty());
            let status = unsafe { kei_queue_new(c::runtime(), text.as_ptr().cast(), text.len(), &mut queue, &mut error) };
            let body = c::take(&mut error);
            if status == 0 {
                assert_eq!(kei_close(queue), 0);
            } else {
                c::check_error(status, &body);
            }
        }
    }
});

/// What is accepted, written and read again is the same; what is refused says why.
fn round_trip<T: serde_like::Config>(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    match T::load(text) {
        Ok(written) => {
            let again = T::load(&written).expect("what was written can be read");
            assert_eq!(written, again);
        }
        Err(error) => {
            c::check_error(error.code.number(), error.to_json().as_bytes());
        }
    }
}

mod serde_like {
    use super::{ClientConfig, LogFilter, RuntimeConfig, config};

    /// A configuration, as text in and text out.
    pub trait Config {
        fn load(text: &str) -> kei_agent::Result<String>;
    }

    macro_rules! configs {
        ($($type:ty),*) => {
            $(impl Config for $type {
                fn load(text: &str) -> kei_agent::Result<String> {
                    let read: $type = config::load(text, |_| None)?;
                    Ok(serde_json::to_string(&read).expect("it can be written"))
                }
            })*
        };
    }

    configs!(ClientConfig, RuntimeConfig, LogFilter);
}
