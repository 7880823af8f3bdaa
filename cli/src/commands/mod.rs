//! The commands, a file each.

mod call;
mod describe;
mod dev;

use std::process::ExitCode;

use clap::Subcommand;

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run any operation, with the configuration in the environment or in --config, and print its answer
    Call(call::Arguments),
    /// Print the library's own description: an OpenRPC document of its operations, configuration and errors
    Describe(describe::Arguments),
    /// Run the KEI platform in a box, for development and tests: it prints where it listens and what to export
    Dev(dev::Arguments),
}

/// Runs a command. The exit status is 0 for success, 1 for a failure, 2 for wrong use.
pub(crate) fn run(command: Command) -> ExitCode {
    match command {
        Command::Call(arguments) => call::run(&arguments),
        Command::Describe(arguments) => describe::run(&arguments),
        Command::Dev(arguments) => dev::run(arguments),
    }
}

/// Prints an error of the library and answers the exit status for it.
fn failed(error: &kei_agent::Error) -> ExitCode {
    eprintln!("{}", error.to_json());
    // Misuse and wrong configuration or requests are the caller's to mend.
    ExitCode::from(if error.code.number() < 100 || (200..300).contains(&error.code.number()) { 2 } else { 1 })
}
