//! `kei-agent config`: what would be in effect, where it comes from, whether it fits, and a file to begin with.

mod support;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use support::bare;

fn config(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = bare(&["config"]);
    command.args(arguments).env("XDG_CONFIG_HOME", folder);
    command
}

fn good(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(command: &mut Command) -> (String, Output) {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let error: Value = serde_json::from_slice(&output.stderr).unwrap_or_else(|_| panic!("{output:?}"));
    (error["message"].as_str().unwrap().to_owned(), output)
}

#[test]
fn a_file_is_begun_filled_in_checked_shown_and_explained() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(good(&mut config(at, &["explain"])).contains("Nothing is set"));
    good(&mut config(at, &["init"]));
    let file = at.join("kei-agent").join("config.toml");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(refused(&mut config(at, &["init"])).0.contains("exists"), "what is there is never written over");
    let begun = std::fs::read_to_string(&file).unwrap();
    let filled = begun
        .replace("#base_url = \"\"", "base_url = \"https://kei.example.com\"")
        .replace("#token = \"\"", "token = \"kept-in-mind\"")
        + "\n[profile.staging]\nagent_id = \"staged\"\n";
    // Written in place, it keeps its mode.
    std::fs::write(&file, filled).unwrap();
    let fits = good(&mut config(at, &["check"]));
    assert!(fits.contains("fits"), "{fits}");
    let shown: Value = serde_json::from_str(&good(&mut config(at, &["show"]))).unwrap();
    assert_eq!(
        (&shown["base_url"], &shown["auth"]["token"]),
        (&"https://kei.example.com".into(), &"[REDACTED]".into())
    );
    assert_eq!(shown["retry"]["max_attempts"], 3);
    let explained = good(config(at, &["explain", "--profile", "staging"]).env("KEI_AGENT_ID", "from-the-environment"));
    let expected = format!(
        "agent_id = \"from-the-environment\"\n    set by: environment KEI_AGENT_ID\n    passed over: file {}, profile staging\n",
        file.display()
    );
    assert!(explained.contains(&expected) && !explained.contains("kept-in-mind"), "{explained}");
    let one: Value =
        serde_json::from_str(&good(&mut config(at, &["explain", "retry.max_attempts", "--json"]))).unwrap();
    assert_eq!((&one[0]["set_by"]["source"], &one[0]["value"]), (&"default".into(), &3.into()));
}

#[test]
fn what_does_not_fit_is_refused_with_its_place_and_a_variable_that_sets_nothing_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let file = at.join("kei.yaml");
    let check = |text: &str| {
        std::fs::write(&file, text).unwrap();
        refused(&mut config(at, &["check", "--config", file.to_str().unwrap()]))
    };
    assert!(check("base_ur: https://kei.example.com\n").0.contains("did you mean `base_url`?"));
    assert!(check("agent_id: me\n").0.contains("`base_url` is missing"));
    assert!(check("base_url: https://kei.example.com\nauth: {type: oidc}\n").0.contains("`auth.issuer` is missing"));
    let tls = "base_url: https://kei.example.com\ntls: {insecure_skip_verify: true, pins: [x]}\n";
    assert!(check(tls).0.contains("exclude each other"));
    std::fs::write(&file, "base_url: https://kei.example.com\n").unwrap();
    let arguments = ["check", "--config", file.to_str().unwrap()];
    let output = config(at, &arguments).env("KEI_AGENT_IDD", "x").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && said.contains("KEI_AGENT_IDD sets nothing; did you mean KEI_AGENT_ID?"),
        "{said}"
    );
}

#[test]
fn a_call_takes_a_file_in_any_format() {
    let platform = support::Platform::start();
    let file = platform.folder.path().join("kei.toml");
    std::fs::write(&file, "agent_id = \"from-a-file\"\n").unwrap();
    let output = platform
        .command(&["call", "rpc.call", r#"{"method":"echo","params":{"a":1}}"#, "--config", file.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), serde_json::json!({ "a": 1 }));
}
