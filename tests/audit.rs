//! The audit, seen from outside: what stands in it, and that a verifier in another language, and a process that is killed, find it whole.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use kei_agent::{Client, Runtime};
use serde_json::{Value, json};
use support::{Platform, call};

/// Set in a process that the test starts of itself.
const CHILD: &str = "KEI_TEST_AUDITED";

fn audited(file: &Path, more: &Value) -> Runtime {
    let mut config = json!({ "log": { "output": "none" }, "audit": { "enabled": true, "file": file } });
    support::merge(&mut config, more);
    Runtime::new(&config.to_string()).unwrap()
}

fn records(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the verifier in Python says of the audit; and of every change to it, if it is to.
fn independent(file: &Path, changes: bool) -> (Value, Value) {
    let mut script = support::python::script("verify_audit.py");
    let output = script.args(changes.then_some("--mutate")).arg(file).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let told = String::from_utf8_lossy(&output.stderr);
    (lines.next().unwrap_or_else(|| panic!("{told}")), lines.next().unwrap_or_default())
}

#[test]
fn what_a_client_does_stands_in_the_audit_and_a_verifier_in_another_language_finds_it_whole_and_every_change_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit");
    let platform = Platform::start();
    let runtime = audited(&file, &json!({ "audit": { "checkpoint_records": 5 }, "redaction": { "keys": ["order"] } }));
    let client = platform.client_with(&runtime, &json!({ "agent_id": "agent-1", "tenant_id": "acme" }));
    let plan = json!({ "objective": "add 1 and 2" });
    call(&client, "plan", &plan, &json!({ "correlation_id": "c-1" })).unwrap();
    platform.fault(&json!({ "path": "/api/v1/rpc/", "status": 403, "times": 1 }));
    call(&client, "plan", &plan, &json!({ "correlation_id": "c-2", "tenant_id": "other" })).unwrap_err();
    let paid = json!({ "event": "order.paid", "actor": "till", "fields": { "order": 7, "card": "4111111111111111" } });
    let seq = call(&client, "audit.write", &paid, &json!({})).unwrap()["result"]["seq"].as_u64().unwrap();
    call(&client, "kei.info", &json!({}), &json!({})).unwrap();
    let found = call(&client, "audit.verify", &json!({}), &json!({})).unwrap()["result"].clone();
    assert_eq!(found["intact"], true, "{found}");
    drop(client);
    runtime.shutdown(None).unwrap();

    let all = records(&file);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(platform.secret()) && !text.contains("4111") && !text.contains("eyJ"), "{text}");
    let of = |event: &str| all.iter().filter(|record| record["event"] == event).cloned().collect::<Vec<_>>();
    let opened = &of("client.open")[0];
    assert_eq!(
        (&opened["actor"], &opened["origin"], &opened["tenant_id"]),
        (&json!("agent-1"), &json!(platform.url), &json!("acme"))
    );
    assert_eq!(of("token.granted").len(), 1);
    let (begun, ended) = (of("call.begin"), of("call.end"));
    assert_eq!((begun.len(), ended.len()), (2, 2), "{all:?}");
    assert_eq!((&begun[0]["operation"], &begun[0]["correlation_id"]), (&json!("plan"), &json!("c-1")));
    assert_eq!((&ended[0]["outcome"], ended[0].get("error")), (&json!("success"), None));
    let failed = (&ended[1]["outcome"], &ended[1]["error"], &ended[1]["http_status"], &ended[1]["tenant_id"]);
    assert_eq!(failed, (&json!("failure"), &json!("KEI_E_FORBIDDEN"), &json!(403), &json!("other")));
    let host = &of("host.order.paid")[0];
    assert_eq!((&host["seq"], &host["actor"], &host["fields"]["order"]), (&json!(seq), &json!("till"), &json!(7)));
    assert_eq!(of("client.close").len(), 1);

    let (whole, changed) = independent(&file, true);
    assert_eq!((&whole["intact"], &whole["records"]), (&json!(true), &json!(all.len())), "{whole}");
    assert_eq!(changed["missed"], json!([]), "{changed}");
    assert!(changed["tried"].as_u64().unwrap() > 1000, "{changed}");
    println!("the verifier in Python: {whole} {changed}");
}

#[test]
fn an_audit_that_was_changed_is_told_from_one_that_was_not_by_the_operation() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit");
    let runtime = audited(&file, &json!({}));
    runtime.shutdown(None).unwrap();
    drop(runtime);
    let verify = |request: Value| {
        let runtime = support::runtime();
        let client = Client::new(&runtime, r#"{"base_url": "http://127.0.0.1:1"}"#).unwrap();
        call(&client, "audit.verify", &request, &json!({}))
    };
    let good = verify(json!({ "file": file })).unwrap()["result"].clone();
    assert_eq!((&good["intact"], &good["records"]), (&json!(true), &json!(4)), "{good}");
    let expect = json!({ "seq": 4, "hash": good["head"] });
    assert_eq!(verify(json!({ "file": file, "expect": expect })).unwrap()["result"]["intact"], true);
    let other = json!({ "seq": 4, "hash": "0".repeat(64) });
    assert_eq!(verify(json!({ "file": file, "expect": other })).unwrap()["result"]["intact"], false);
    let text = std::fs::read_to_string(&file).unwrap().replace("\"actor\":\"kei-agent\"", "\"actor\":\"kei-agenT\"");
    std::fs::write(&file, text).unwrap();
    let bad = verify(json!({ "file": file })).unwrap()["result"].clone();
    assert_eq!((&bad["intact"], &bad["problem"]["line"]), (&json!(false), &json!(1)), "{bad}");
    assert!(bad["problem"]["why"].as_str().unwrap().contains("hash"), "{bad}");
    let missing = verify(json!({})).unwrap_err();
    assert!(missing["message"].as_str().unwrap().contains("no audit of its own"), "{missing}");
}

/// A process of this test's own program, which runs `test` with these settings, begun by a shell with `prelude`.
fn child(test: &str, settings: &Value, prelude: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{prelude} exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, settings.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

#[test]
fn killed_in_mid_write_the_audit_is_mended_and_no_record_that_was_confirmed_is_missing() {
    if let Ok(settings) = std::env::var(CHILD) {
        let settings: Value = serde_json::from_str(&settings).unwrap();
        let runtime =
            audited(Path::new(settings["file"].as_str().unwrap()), &json!({ "audit": { "checkpoint_records": 7 } }));
        let client = Client::new(&runtime, r#"{"base_url": "http://127.0.0.1:1"}"#).unwrap();
        for number in 0.. {
            let record = json!({ "event": "step", "fields": { "step": number, "message": "x".repeat(number % 500) } });
            let seq = call(&client, "audit.write", &record, &json!({})).unwrap()["result"]["seq"].clone();
            println!("@@{seq}");
            std::io::stdin().read_exact(&mut [0]).unwrap();
        }
    }
    let test = "killed_in_mid_write_the_audit_is_mended_and_no_record_that_was_confirmed_is_missing";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit");
    for round in 1..=3 {
        let mut process = child(test, &json!({ "file": file }), "").spawn().unwrap();
        let mut tell = process.stdin.take().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut confirmed = Vec::new();
        while confirmed.len() < 100 {
            let line = lines.next().expect("the process writes").unwrap();
            let Some((_, seq)) = line.split_once("@@") else { continue };
            confirmed.push(seq.parse::<u64>().unwrap());
            tell.write_all(b".").unwrap();
        }
        tell.write_all(&[b'.'; 1000]).unwrap();
        // SIGKILL, while it writes the next ones.
        process.kill().unwrap();
        process.wait().unwrap();
        confirmed.extend(lines.map_while(Result::ok).filter_map(|line| line.split_once("@@")?.1.parse::<u64>().ok()));
        // The end of the file is cut as a kill in the middle of a write would leave it.
        let mut torn = std::fs::OpenOptions::new().append(true).open(&file).unwrap();
        torn.write_all(br#"{"actor":"anonymous","event":"host.st"#).unwrap();
        drop(torn);
        audited(&file, &json!({})).shutdown(None).unwrap();
        let all = records(&file);
        for seq in confirmed {
            assert_eq!(all[usize::try_from(seq).unwrap() - 1]["event"], "host.step", "record {seq}");
        }
        let mended = all.iter().filter(|record| record.get("mended_bytes").is_some()).count();
        assert_eq!(mended, round);
        let (whole, _) = independent(&file, false);
        assert_eq!((&whole["intact"], &whole["records"]), (&json!(true), &json!(all.len())), "{whole}");
    }
}

#[cfg(unix)]
#[test]
fn when_the_disk_is_full_calls_go_on_or_are_refused_as_the_configuration_says() {
    if let Ok(settings) = std::env::var(CHILD) {
        let settings: Value = serde_json::from_str(&settings).unwrap();
        let file = Path::new(settings["file"].as_str().unwrap());
        let runtime = audited(file, &json!({ "audit": { "on_write_failure": settings["then"] } }));
        let client = Client::new(&runtime, &settings["client"].to_string()).unwrap();
        let outcomes: Vec<_> =
            (0..60).map(|_| call(&client, "plan", &json!({ "objective": "add 1 and 2" }), &json!({}))).collect();
        let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
        println!(
            "@@{}",
            json!({ "good": outcomes.len() - refused.len(), "refused": refused.len(), "first": refused.first() })
        );
        return;
    }
    let test = "when_the_disk_is_full_calls_go_on_or_are_refused_as_the_configuration_says";
    let platform = Platform::start();
    for then in ["deny", "continue"] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit");
        let before = platform.requests("/api/v1/rpc/plan").len() as u64;
        let settings = json!({ "file": file, "then": then, "client": platform.config() });
        // No file of that process may have more than sixteen blocks; the signal for it is ignored, so that the write fails as on a full disk.
        let output = child(test, &settings, "trap '' XFSZ; ulimit -f 16;").stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let told = text.lines().find_map(|line| Some(line.split_once("@@")?.1)).unwrap_or_else(|| panic!("{output:?}"));
        let told: Value = serde_json::from_str(told).unwrap();
        let arrived = platform.requests("/api/v1/rpc/plan").len() as u64 - before;
        assert_eq!(told["good"], json!(arrived), "what was refused was not sent: {told}");
        if then == "deny" {
            assert!(told["refused"].as_u64().unwrap() > 0 && arrived > 0, "{told}");
            assert_eq!(told["first"]["name"], "KEI_E_REFUSED", "{told}");
            assert!(told["first"]["message"].as_str().unwrap().contains("cannot be written"), "{told}");
        } else {
            assert_eq!(arrived, 60, "{told}");
        }
        let whole = independent(&file, false).0;
        assert_eq!(whole["intact"], true, "{whole}");
    }
}
