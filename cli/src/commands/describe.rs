//! `kei-agent describe`.

use std::io::Write;
use std::process::ExitCode;

use kei_agent::operations;

/// What to describe.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// One operation's name; all when absent
    operation: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match operations::describe(arguments.operation.as_deref()) {
        Ok(document) => {
            // A reader that has gone away needs no message.
            let _ = writeln!(std::io::stdout(), "{document:#}");
            ExitCode::SUCCESS
        }
        Err(error) => super::failed(&error),
    }
}
