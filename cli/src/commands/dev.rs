//! `kei-agent dev`.

use std::borrow::Cow;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use crate::dev::{Platform, Settings};

/// How the platform runs.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Allow an address that other machines can reach (the fault switches are then open to them, too)
    #[arg(long)]
    allow_remote: bool,
    /// The identifier of the one client of the issuer
    #[arg(long, default_value = "kei-dev", value_name = "ID")]
    client_id: String,
    /// A file that holds the client's secret; a random one is made when absent
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// How long access tokens live, in seconds
    #[arg(long, default_value_t = 3600, value_name = "SECONDS")]
    token_lifetime: u64,
    /// The folder that the file tools work in; a temporary one when absent
    #[arg(long, value_name = "FOLDER")]
    sandbox: Option<PathBuf>,
    /// Write the variables to this file (mode 0600) instead of printing them
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Stop when standard input ends, so that the platform goes when the program that started it goes
    #[arg(long)]
    exit_with_parent: bool,
}

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    match serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("kei-agent dev: {message}");
            ExitCode::from(2)
        }
    }
}

fn serve(arguments: Arguments) -> Result<(), String> {
    if !arguments.listen.ip().is_loopback() && !arguments.allow_remote {
        return Err(format!(
            "--listen {} can be reached from other machines; use 127.0.0.1, or add --allow-remote if that is meant",
            arguments.listen
        ));
    }
    let client_secret = arguments.client_secret_file.as_deref().map(read_secret).transpose()?;
    let settings = Settings {
        client_id: arguments.client_id,
        client_secret,
        token_lifetime: Duration::from_secs(arguments.token_lifetime),
        sandbox: arguments.sandbox,
    };
    let reactor = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| format!("no event loop could be made: {error}"))?;
    reactor.block_on(async {
        let listener = tokio::net::TcpListener::bind(arguments.listen)
            .await
            .map_err(|error| format!("--listen {} cannot be used: {error}", arguments.listen))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let platform = Platform::new(address, settings)?;
        // Before anyone can know of the platform, so that no signal comes too early.
        let asked_to_end = signal().map_err(|error| format!("signals cannot be heard: {error}"))?;
        announce(&platform, address, arguments.env_file.as_deref())?;
        tokio::select! {
            () = platform.serve(listener) => {}
            () = asked_to_end => {}
            () = parent_gone(), if arguments.exit_with_parent => {}
        }
        Ok(())
    })
}

fn read_secret(path: &Path) -> Result<String, String> {
    let wrong = |why: &str| format!("--client-secret-file {}: {why}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error.to_string()))?;
    match text.trim_end_matches(['\r', '\n']) {
        text if text.trim().is_empty() => Err(wrong("it is empty; it should hold the secret")),
        text if text.contains(char::is_control) => {
            Err(wrong("it should hold the secret on one line, and nothing else"))
        }
        text => Ok(text.to_owned()),
    }
}

/// Prints the one line that says where the platform listens and what its clients need.
fn announce(platform: &Platform, address: SocketAddr, file: Option<&Path>) -> Result<(), String> {
    let variables = platform.variables();
    let line = match file {
        None => {
            let pairs: Vec<_> = variables.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
            format!("kei-agent dev: listening on http://{address}; export {}", pairs.join(" "))
        }
        Some(path) => {
            let text: String = variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
            write_private(path, &text).map_err(|error| format!("--env-file {}: {error}", path.display()))?;
            format!("kei-agent dev: listening on http://{address}; variables in {}", path.display())
        }
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| format!("standard output is gone: {error}"))
}

/// A value as a POSIX shell reads it back.
fn quoted(value: &str) -> Cow<'_, str> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./:@%+=,".contains(letter);
    if value.chars().all(plain) { value.into() } else { format!("'{}'", value.replace('\'', "'\\''")).into() }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}

/// What ends when the process is asked to end. Listens from the moment that it is made.
#[cfg(unix)]
fn signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// What ends when the process is asked to end. Listens from the moment that it is made.
#[cfg(windows)]
fn signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        let _ = interrupt.recv().await;
    })
}

async fn parent_gone() {
    let (send, receive) = tokio::sync::oneshot::channel();
    // A thread of its own, not of the pool: it may never return, and must not hold up the end.
    std::thread::spawn(move || {
        let mut sink = [0; 256];
        while std::io::stdin().read(&mut sink).is_ok_and(|count| count > 0) {}
        let _ = send.send(());
    });
    let _ = receive.await;
}
