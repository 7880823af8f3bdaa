//! Every configuration that comes in as JSON, and every file in JSON, TOML or YAML: accepted, or refused with an error that says where.
#![no_main]

mod c;


use kei_agent::config::{self, ClientConfig, Format, LogFilter, RuntimeConfig};
use kei_agent::ffi::*;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((kind, text)) = data.split_first() else { return };
    match kind % 8 {
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
        4 => file(text, Format::Json),
        5 => file(text, Format::Toml),
        6 => file(text, Format::Yaml),
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

/// A file is taken, or refused by a number of the configuration's.
fn file(text: &[u8], format: Format) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    if let Err(error) = config::check_text(text, format) {
        c::check_error(error.code.number(), error.to_json().as_bytes());
    }
}

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
        ($($type:ty: $read:expr),*) => {
            $(impl Config for $type {
                fn load(text: &str) -> kei_agent::Result<String> {
                    let read: $type = $read(text)?;
                    Ok(serde_json::to_string(&read).expect("it can be written"))
                }
            })*
        };
    }

    configs!(
        ClientConfig: |text| config::load(text, |_| None),
        RuntimeConfig: |text| config::load(text, |_| None),
        LogFilter: config::read
    );
}
