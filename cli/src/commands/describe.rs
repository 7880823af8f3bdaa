//! `kei-agent describe`.

mod markdown;

use std::io::Write;
use std::process::ExitCode;

use kei_agent::operations;

/// What to describe.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// One operation's name; all when absent
    operation: Option<String>,
    /// Write the reference documentation, as Markdown, instead of the OpenRPC document
    #[arg(long, conflicts_with = "operation")]
    markdown: bool,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match operations::describe(arguments.operation.as_deref()) {
        Ok(document) => {
            // A reader that has gone away needs no message.
            let mut out = std::io::stdout();
            let _ = if arguments.markdown {
                out.write_all(markdown::reference(&document).as_bytes())
            } else {
                writeln!(out, "{document:#}")
            };
            ExitCode::SUCCESS
        }
        Err(error) => super::failed(&error),
    }
}
