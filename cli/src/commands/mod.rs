//! The commands, a file each.

mod account;
mod call;
mod config;
mod describe;
mod dev;

use std::process::ExitCode;

use clap::Subcommand;

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run any operation, with the configuration in the environment or in --config, and print its answer
    Call(call::Arguments),
    /// Show, explain and check the configuration as it would be in effect here, or begin a file of it
    Config(config::Arguments),
    /// Log a person in by their consent on a web page (RFC 8628), and keep the refresh token
    Login(account::Arguments),
    /// Print an access token: a person's, if one is logged in, else that of the configured credentials
    Token(account::Arguments),
    /// Revoke the tokens of the person who is logged in, and forget them
    Logout(account::Arguments),
    /// Print the library's own description: an OpenRPC document of its operations, configuration and errors
    Describe(describe::Arguments),
    /// Run the KEI platform in a box, for development and tests: it prints where it listens and what to export
    Dev(dev::Arguments),
}

/// Runs a command. The exit status is 0 for success, 1 for a failure, 2 for wrong use.
pub(crate) fn run(command: Command) -> ExitCode {
    match command {
        Command::Call(arguments) => call::run(&arguments),
        Command::Config(arguments) => config::run(&arguments),
        Command::Login(arguments) => account::login(&arguments),
        Command::Token(arguments) => account::token(&arguments),
        Command::Logout(arguments) => account::logout(&arguments),
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
