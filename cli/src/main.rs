//! `kei-agent`: the command line, and the KEI platform in a box.

mod commands;
mod dev;

use std::process::ExitCode;

use clap::Parser;

/// A native agent client: tokens, retries and logging for KEI and any OIDC-protected HTTP API.
#[derive(Parser)]
#[command(name = "kei-agent", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: commands::Command,
}

fn main() -> ExitCode {
    commands::run(Arguments::parse().command)
}
