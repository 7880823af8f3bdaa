//! The command line as people and programs use it.

mod support;

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;
use support::{Platform, bare};

fn call(platform: &Platform, arguments: &[&str]) -> Output {
    platform.command(&["call"]).args(arguments).output().unwrap()
}

fn error(output: &Output) -> Value {
    serde_json::from_slice(&output.stderr).unwrap_or_else(|_| panic!("{output:?}"))
}

#[test]
fn dev_prints_one_line_without_the_secret_and_keeps_the_variables_private() {
    let mut platform = Platform::start();
    let line = platform.line.clone();
    assert!(
        line.starts_with("kei-agent dev: listening on http://127.0.0.1:") && !line.contains(platform.client_secret()),
        "{line}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = platform.folder.path().join("platform.env");
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    platform.leave();
    let (rest, status) = platform.wait();
    assert_eq!((rest, status.code()), (String::new(), Some(0)));
}

#[cfg(unix)]
#[test]
fn dev_ends_cleanly_when_it_is_terminated() {
    let mut platform = Platform::start();
    let kill = format!("kill {}", platform.process.id());
    assert!(std::process::Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    assert_eq!(platform.process.wait().unwrap().code(), Some(0));
}

#[test]
fn dev_refuses_what_is_unsafe_or_cannot_work_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    std::fs::write(&empty, " \n").unwrap();
    let lines = folder.path().join("lines");
    std::fs::write(&lines, "secret\nPATH=x\n").unwrap();
    let missing = folder.path().join("missing");
    for (arguments, part) in [
        (vec!["--listen", "0.0.0.0:0"], "--allow-remote"),
        (vec!["--client-secret-file", empty.to_str().unwrap()], "it is empty"),
        (vec!["--client-secret-file", lines.to_str().unwrap()], "one line"),
        (vec!["--client-secret-file", missing.to_str().unwrap()], "missing"),
        (vec!["--env-file", "/nowhere/at/all"], "--env-file"),
    ] {
        let output = bare(&[]).arg("dev").args(&arguments).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn call_prints_the_answer_or_the_error_and_says_by_its_status_which() {
    let platform = Platform::start();
    let good = call(&platform, &["plan", r#"{"objective": "compute 6 * 7"}"#]);
    let plan: Value = serde_json::from_slice(&good.stdout).unwrap();
    assert_eq!((good.status.code(), &plan["steps"][0]["action"]), (Some(0), &"math.evaluate".into()));
    for (arguments, status, name, part) in [
        (vec!["act", r#"{"action": "dance"}"#], 1, "KEI_E_NOT_FOUND", "math.evaluate"),
        (vec!["pln"], 2, "KEI_E_UNKNOWN_OPERATION", "did you mean `plan`?"),
        (vec!["plan", "{"], 2, "KEI_E_JSON", "not JSON"),
        (vec!["plan", r#"{"objectiv": "x"}"#], 2, "KEI_E_REQUEST", "did you mean `objective`?"),
        (vec!["plan", "{}", "--options", r#"{"timeout": 1}"#], 2, "KEI_E_OPTIONS", "did you mean `timeout_ms`?"),
        (vec!["plan", "{}", "--config", "/nowhere/at/all"], 2, "KEI_E_CONFIG_FILE", "/nowhere/at/all"),
    ] {
        let output = call(&platform, &arguments);
        let error = error(&output);
        assert_eq!((output.status.code(), error["name"].as_str()), (Some(status), Some(name)), "{arguments:?}");
        assert!(error["message"].as_str().unwrap().contains(part), "{error}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn call_reads_its_request_from_standard_input() {
    let platform = Platform::start();
    let mut command = bare(&[]);
    command.args(["call", "rpc.call", "-"]).envs(&platform.variables);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(br#"{"method": "echo", "params": {"from": "stdin"}}"#).unwrap();
    drop(stdin);
    assert_eq!(process.wait_with_output().unwrap().stdout, b"{\"from\":\"stdin\"}\n");
}

#[test]
fn call_without_a_platform_names_the_setting_or_the_origin() {
    let output = bare(&[]).args(["call", "plan", r#"{"objective": "x"}"#]).output().unwrap();
    assert_eq!((output.status.code(), error(&output)["name"].as_str()), (Some(2), Some("KEI_E_CONFIG_MISSING")));
    assert!(error(&output)["message"].as_str().unwrap().contains("KEI_API_URL"));
    let mut command = bare(&[]);
    command
        .args(["call", "plan", r#"{"objective": "x"}"#])
        .env("KEI_API_URL", "http://127.0.0.1:1")
        .env("KEI_LOG_LEVEL", "off");
    let output = command.output().unwrap();
    assert_eq!((output.status.code(), error(&output)["name"].as_str()), (Some(1), Some("KEI_E_CONNECT")));
    assert!(error(&output)["message"].as_str().unwrap().contains("http://127.0.0.1:1"));
}

#[test]
fn no_secret_is_in_what_the_command_line_prints() {
    let platform = Platform::start();
    platform.fault(&serde_json::json!({ "path": "/api/v1/rpc/plan", "status": 503, "times": 1 }));
    let mut command = bare(&[]);
    command.args(["call", "plan", r#"{"objective": "x"}"#]).envs(&platform.variables).env("KEI_LOG_LEVEL", "trace");
    let output = command.output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("trying again") && text.contains("a token was obtained"), "{text}");
    assert!(!text.contains(platform.client_secret()) && !text.contains("eyJ"), "{text}");
}

#[test]
fn describe_tells_of_all_operations_or_of_one() {
    let describe = |arguments: &[&str]| bare(&[]).arg("describe").args(arguments).output().unwrap();
    let all: Value = serde_json::from_slice(&describe(&[]).stdout).unwrap();
    assert!(all["openrpc"].is_string() && all["methods"].as_array().unwrap().len() >= 14);
    let one: Value = serde_json::from_slice(&describe(&["plan"]).stdout).unwrap();
    assert_eq!(one["methods"].as_array().unwrap().len(), 1, "{one}");
    let wrong = describe(&["pln"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(error(&wrong)["message"].as_str().unwrap().contains("did you mean `plan`?"));
}

#[cfg(unix)]
#[test]
fn the_line_that_is_printed_can_be_given_to_a_shell_whatever_the_secret() {
    use std::io::{BufRead, BufReader};
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    let secret = "it's; touch gone & $(id) \"x\"";
    std::fs::write(&file, secret).unwrap();
    let mut command = bare(&["dev", "--exit-with-parent", "--client-secret-file", file.to_str().unwrap()]);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let (_, export) = line.split_once("; export ").unwrap();
    let script = format!("export {export}\nprintf %s \"$KEI_OIDC_CLIENT_SECRET\"");
    let output = std::process::Command::new("sh").arg("-c").arg(script).current_dir(&folder).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), secret);
    drop(process.stdin.take());
    assert!(process.wait().unwrap().success());
    assert!(!folder.path().join("gone").exists());
}
