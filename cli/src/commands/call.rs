//! `kei-agent call OP JSON`.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use kei_agent::{Client, Code, Error, Result, Runtime};

/// What to call, and with what.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The operation's name, for example `plan`; `kei-agent describe` lists them
    operation: String,
    /// The request as JSON; `-` reads it from standard input
    #[arg(default_value = "{}")]
    request: String,
    /// The options of the call as JSON, for example '{"timeout_ms":2000,"meta":true}'
    #[arg(long, default_value = "")]
    options: String,
    /// The configuration file (JSON, TOML or YAML), under what the environment says (KEI_API_URL, …); when absent, KEI_CONFIG, or that in the user's folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match call(arguments) {
        Ok(answer) => {
            let mut out = std::io::stdout().lock();
            // A reader that has gone away needs no message.
            let _ = out.write_all(&answer).and_then(|()| out.write_all(b"\n"));
            ExitCode::SUCCESS
        }
        Err(error) => super::failed(&error),
    }
}

fn call(arguments: &Arguments) -> Result<Vec<u8>> {
    let mut request = arguments.request.clone();
    if request == "-" {
        request.clear();
        let read = std::io::stdin().read_to_string(&mut request);
        read.map_err(|error| Error::new(Code::Request, format!("standard input cannot be read: {error}")))?;
    }
    let config = match &arguments.config {
        None => String::new(),
        Some(path) => super::config::from_file(path).to_string(),
    };
    let runtime = Runtime::new(&config)?;
    let client = Client::new(&runtime, &config)?;
    let answer = client.call(&arguments.operation, request.as_bytes(), &arguments.options);
    // The answer counts, not how the runtime ends.
    let _ = runtime.shutdown(Some(std::time::Duration::from_secs(5)));
    answer
}
