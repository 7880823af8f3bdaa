//! `kei-agent config`: the configuration as it would be in effect here and now, without a client.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kei_agent::config::{self, ClientConfig, Explained, Format, Given, Loaded, RuntimeConfig, Settings, Source};
use kei_agent::vault::Vaults;
use kei_agent::{Client, Code, Error, Result, Runtime};
use serde_json::{Map, Value, json};

/// What to do with it.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Print the configuration as JSON, defaults included, secrets masked
    Show(Chosen),
    /// Print which source set what, and what was passed over
    Explain(Explain),
    /// Check the configuration as a client would that is made of it: files, keys, certificates, references; nothing is sent but to Vault
    Check(Sources),
    /// Write a file that has every setting in it, commented out
    Init(Init),
}

/// Where the configuration comes from, besides the environment.
#[derive(clap::Args)]
struct Sources {
    /// The configuration file (JSON, TOML or YAML); when absent, KEI_CONFIG, or that in the user's folder for configuration
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The profile; when absent, KEI_PROFILE
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// A file of lines KEI_X=value; when absent, KEI_ENV_FILE
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
}

#[derive(clap::Args)]
struct Chosen {
    /// A setting, or a group of them, for example `auth`; all when absent
    path: Option<String>,
    #[command(flatten)]
    sources: Sources,
}

#[derive(clap::Args)]
struct Explain {
    #[command(flatten)]
    chosen: Chosen,
    /// The settings that nothing has set, too
    #[arg(long)]
    all: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct Init {
    /// The file, which must not be there yet: .toml or .yaml; when absent, `kei-agent/config.toml` in the user's folder for configuration
    file: Option<PathBuf>,
    /// Print it instead, in TOML
    #[arg(long, conflicts_with = "file")]
    print: bool,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let outcome = match &arguments.command {
        Command::Show(chosen) => show(chosen),
        Command::Explain(explain) => self::explain(explain),
        Command::Check(sources) => check(sources),
        Command::Init(init) => self::init(init),
    };
    match outcome {
        Ok(text) => {
            // A reader that has gone away needs no message.
            let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
            ExitCode::SUCCESS
        }
        Err(error) => super::failed(&error),
    }
}

/// The handle's JSON that names a file.
pub(super) fn from_file(file: &Path) -> Value {
    json!({ "config": { "path": file } })
}

impl Sources {
    fn handle(&self) -> String {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        json!({ "config": { "path": path(&self.config), "profile": self.profile, "env_file": path(&self.env_file) } })
            .to_string()
    }

    fn assemble<T: Settings>(&self, vaults: &Vaults) -> Result<Loaded<T>> {
        let handle = self.handle();
        config::assemble(&Given { handle: &handle, update: "", variable: &config::environment, vault: vaults })
    }

    /// All settings, the client's before the runtime's.
    fn explained(&self) -> Result<Vec<Explained>> {
        let vaults = Vaults::default();
        let client = self.assemble::<ClientConfig>(&vaults)?;
        let runtime = self.assemble::<RuntimeConfig>(&vaults)?;
        let mut all = client.facts.explain();
        let of_runtime = runtime.facts.explain();
        all.extend(of_runtime.into_iter().filter(|setting| ClientConfig::fields().find(&setting.path).is_none()));
        Ok(all)
    }
}

impl Chosen {
    fn explained(&self) -> Result<Vec<Explained>> {
        let mut all = self.sources.explained()?;
        if let Some(path) = &self.path {
            all.retain(|setting| config::is_under(&setting.path, path));
            if all.is_empty() {
                let message = format!("there is no setting `{path}`; `kei-agent config show` lists them");
                return Err(Error::new(Code::Request, message));
            }
        }
        Ok(all)
    }
}

fn show(chosen: &Chosen) -> Result<String> {
    let mut tree = Map::new();
    for setting in chosen.explained()? {
        config::plant(&mut tree, &setting.path, setting.value);
    }
    Ok(format!("{:#}", Value::Object(tree)))
}

fn explain(explain: &Explain) -> Result<String> {
    let mut all = explain.chosen.explained()?;
    if !explain.all && explain.chosen.path.is_none() {
        all.retain(|setting| setting.set_by.source != Source::Default);
    }
    if explain.json {
        return Ok(format!("{:#}", json!(all)));
    }
    let mut out = String::new();
    for setting in all {
        let name = |origin: &config::Origin| {
            let source = json!(origin.source).as_str().unwrap_or_default().replace('_', " ");
            let place = origin.place.as_ref().map(|place| format!(" {place}")).unwrap_or_default();
            let reference = origin.reference.as_ref().map(|reference| format!(", by {reference}")).unwrap_or_default();
            format!("{source}{place}{reference}")
        };
        let _ = write!(out, "{} = {}\n    set by: {}\n", setting.path, setting.value, name(&setting.set_by));
        for origin in &setting.passed_over {
            let _ = writeln!(out, "    passed over: {}", name(origin));
        }
    }
    if out.is_empty() {
        out.push_str("Nothing is set: every setting has its default.\n");
    }
    Ok(out)
}

fn check(sources: &Sources) -> Result<String> {
    let handle = sources.handle();
    for (name, near) in config::unknown_variables(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok())) {
        eprintln!("note: the environment variable {name} sets nothing; did you mean {near}?");
    }
    let runtime = Runtime::new(&handle)?;
    let client = Client::new(&runtime, &handle);
    let explained = client.as_ref().map_err(Clone::clone).and_then(|_| sources.explained());
    drop(client);
    // The outcome counts, not how the runtime ends.
    let _ = runtime.shutdown(Some(std::time::Duration::from_secs(5)));
    let set = explained?.iter().filter(|setting| setting.set_by.source != Source::Default).count();
    Ok(format!("The configuration fits: {set} settings are set, the others have their defaults."))
}

fn init(init: &Init) -> Result<String> {
    if init.print {
        return config::sample(Format::Toml);
    }
    let file = match &init.file {
        Some(file) => file.clone(),
        None => {
            config::user_folder(&config::environment).map(|folder| folder.join("config.toml")).ok_or_else(|| {
                Error::new(Code::ConfigMissing, "there is no folder for configuration: name a file, or give --print")
            })?
        }
    };
    let text = config::sample(Format::of(&file)?)?;
    let failed =
        |error: std::io::Error| Error::new(Code::ConfigFile, format!("{} cannot be written: {error}", file.display()));
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    // Secrets may come to stand in it.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&file).and_then(|mut opened| opened.write_all(text.as_bytes())).map_err(failed)?;
    Ok(format!("Wrote {}. `kei-agent config check` says whether it fits.", file.display()))
}
