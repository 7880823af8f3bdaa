//! `kei-agent login`, `token` and `logout`: a person's tokens at the issuer, of which the refresh token is kept in a file that its owner alone can read.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kei_agent::config::{self, ClientConfig, Given};
use kei_agent::feed::{Deliver, Reply};
use kei_agent::in_flight::Ticket;
use kei_agent::vault::Vaults;
use kei_agent::{Client, Code, Error, Result, Runtime};
use serde_json::{Value, json};

/// Whose tokens, and where they are kept.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The configuration file (JSON, TOML or YAML), under what the environment says (KEI_OIDC_ISSUER, KEI_OIDC_CLIENT_ID, …); when absent, KEI_CONFIG, or that in the user's folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The file of the refresh token; when absent, `kei-agent/refresh-token` in the user's folder for state
    #[arg(long, value_name = "FILE", env = "KEI_LOGIN_FILE")]
    file: Option<PathBuf>,
}

/// Has a person consent on a web page, and keeps the refresh token.
pub(crate) fn login(arguments: &Arguments) -> ExitCode {
    let file = match place(arguments) {
        Ok(file) => file,
        Err(error) => return super::failed(&error),
    };
    // An earlier login stays until this one has succeeded.
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".login");
    let new = file.with_file_name(name);
    let _ = std::fs::remove_file(&new);
    ended(signed_in(arguments, "device_code", &new, |client| {
        let prompts = Prompts::open(client)?;
        let asked = client.call("auth.refresh", b"{}", "{\"timeout_ms\": 3600000}");
        drop(prompts);
        asked?;
        if !new.exists() {
            let message = "the issuer gave no refresh token, so the login ends with this command; does it allow this client the scope offline_access?";
            return Err(Error::new(Code::Token, message));
        }
        std::fs::rename(&new, &file)
            .map_err(|error| Error::new(Code::ConfigFile, format!("{} cannot be written: {error}", file.display())))?;
        Ok(format!("Logged in. The refresh token is kept in {}", file.display()))
    }))
}

/// Prints an access token: a person's, if one is logged in, else that of the configured credentials.
pub(crate) fn token(arguments: &Arguments) -> ExitCode {
    let print = |client: &Client| {
        let answer: Value = serde_json::from_slice(&client.call("auth.token", b"{}", "")?).unwrap_or_default();
        Ok(answer["access_token"].as_str().unwrap_or_default().to_owned())
    };
    ended(place(arguments).and_then(|file| {
        if file.exists() {
            signed_in(arguments, "refresh_token", &file, print)
        } else {
            with_client(arguments, None, print)
        }
    }))
}

/// Revokes the person's tokens and forgets them.
pub(crate) fn logout(arguments: &Arguments) -> ExitCode {
    ended(place(arguments).and_then(|file| {
        if !file.exists() {
            return Ok("Nobody is logged in.".to_owned());
        }
        signed_in(arguments, "refresh_token", &file, |client| {
            let answer: Value = serde_json::from_slice(&client.call("auth.logout", b"{}", "")?).unwrap_or_default();
            Ok(if answer["refresh_token"] == true {
                "Logged out. The issuer revoked the refresh token.".to_owned()
            } else {
                "Logged out here. The issuer has no place to revoke tokens at.".to_owned()
            })
        })
    }))
}

fn ended(outcome: Result<String>) -> ExitCode {
    match outcome {
        Ok(text) => {
            // A reader that has gone away needs no message.
            let _ = writeln!(std::io::stdout(), "{text}");
            ExitCode::SUCCESS
        }
        Err(error) => super::failed(&error),
    }
}

/// The file of the refresh token.
fn place(arguments: &Arguments) -> Result<PathBuf> {
    if let Some(file) = &arguments.file {
        return Ok(file.clone());
    }
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = variable("XDG_STATE_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".local/state")))
        .or_else(|| variable("LOCALAPPDATA"));
    let missing = || Error::new(Code::ConfigMissing, "there is no folder for state: name a file with --file");
    state.map(|folder| folder.join("kei-agent/refresh-token")).ok_or_else(missing)
}

/// Does `work` with a client whose tokens come by `grant` and are kept in the file.
fn signed_in(
    arguments: &Arguments,
    grant: &str,
    file: &Path,
    work: impl FnOnce(&Client) -> Result<String>,
) -> Result<String> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private_folder(folder).map_err(|error| {
            Error::new(Code::ConfigFile, format!("the folder {} cannot be made: {error}", folder.display()))
        })?;
    }
    with_client(arguments, Some((grant, file)), work)
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn with_client(
    arguments: &Arguments,
    kept: Option<(&str, &Path)>,
    work: impl FnOnce(&Client) -> Result<String>,
) -> Result<String> {
    let mut config = arguments.config.as_deref().map_or_else(|| json!({}), super::config::from_file);
    let vaults = Vaults::default();
    let handle = config.to_string();
    let given = Given { handle: &handle, update: "", variable: &config::environment, vault: &vaults };
    let known: ClientConfig = config::assemble(&given)?.config;
    config["auth"] = json!({});
    let auth = &mut config["auth"];
    auth["expose_token"] = true.into();
    if let Some((grant, file)) = kept {
        auth["type"] = "oidc".into();
        auth["grant"] = grant.into();
        auth["refresh_token_file"] = file.to_string_lossy().into();
    }
    if known.base_url.is_none() {
        // Nothing is called but the issuer.
        config["base_url"] = known.auth.issuer.into();
    }
    let runtime = Runtime::new("")?;
    let client = Client::new(&runtime, &config.to_string())?;
    let outcome = work(&client);
    drop(client);
    // The outcome counts, not how the runtime ends.
    let _ = runtime.shutdown(Some(std::time::Duration::from_secs(5)));
    outcome
}

/// Shows the person where to consent, as long as it lives.
struct Prompts(Ticket);

impl Prompts {
    fn open(client: &Client) -> Result<Self> {
        let ticket = Ticket::new();
        client.subscribe(("auth.serve", b"{}", ""), &ticket, 0, Box::new(Shown), |_| {})?;
        Ok(Self(ticket))
    }
}

impl Drop for Prompts {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// What is shown goes to standard error: standard output is for the outcome.
struct Shown;

impl Deliver for Shown {
    fn items(&self, _: std::collections::VecDeque<bytes::Bytes>) {}

    fn state(&self, _: Vec<u8>) {}

    fn request(&self, body: Vec<u8>, reply: Reply) -> Result<Box<dyn Send>> {
        let prompt: Value = serde_json::from_slice(&body).unwrap_or_default();
        let text = |name: &str| prompt[name].as_str().unwrap_or_default().to_owned();
        eprintln!("Open {}\nand enter the code {}", text("verification_uri"), text("user_code"));
        if prompt["verification_uri_complete"].is_string() {
            eprintln!("or open {}", text("verification_uri_complete"));
        }
        eprintln!("Waiting for your consent …");
        reply.send(Ok(b"null".to_vec().into()));
        Ok(Box::new(()))
    }
}
