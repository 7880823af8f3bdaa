//! The work: plans whose steps can be carried out, actions that do something, and what is on record of them.

mod support;

use serde_json::{Value, json};
use support::Platform;

/// The value of an expression, or why it has none.
fn evaluate(platform: &Platform, token: &str, expression: &str) -> Result<f64, String> {
    let (status, result) = platform.act(token, "math.evaluate", &json!({ "expression": expression }));
    match status.as_str() {
        "succeeded" => Ok(result["value"].as_f64().unwrap()),
        "failed" => Err(result["error"].as_str().unwrap().to_owned()),
        other => panic!("{other}"),
    }
}

/// How many things are on record.
fn on_record(platform: &Platform, token: &str) -> u64 {
    let answer = platform.rpc(token, "observe", &json!({ "type": "count" })).json();
    answer["count"].as_u64().unwrap() - 1
}

#[test]
fn a_plan_has_the_steps_of_its_objective_and_each_can_be_carried_out() {
    let platform = Platform::start();
    let token = platform.token();
    for (objective, actions) in [
        ("What is (17+4)*2, and what time is it?", &["math.evaluate", "clock.now"][..]),
        ("Write \"buy milk\" to note.txt and list the files", &["file.write", "file.list"]),
        ("Read note.txt", &["file.read"]),
        ("Write \"see other.txt first\" to 'last.txt'", &["file.write"]),
        ("How much memory has this machine?", &["host.metrics"]),
        ("Say 'hello'", &["echo"]),
        ("What's the load, and don't hurry", &["host.metrics"]),
        ("Be kind", &["echo"]),
    ] {
        let answer = platform.rpc(&token, "plan", &json!({ "objective": objective }));
        let plan = answer.json();
        assert_eq!(plan["objective"], objective);
        assert!(plan["plan_id"].as_str().unwrap().starts_with("plan-"));
        let steps = plan["steps"].as_array().unwrap();
        assert_eq!(
            steps.iter().map(|step| step["action"].as_str().unwrap()).collect::<Vec<_>>(),
            actions,
            "{objective}"
        );
        for (index, step) in steps.iter().enumerate() {
            assert_eq!(step["id"], format!("step-{}", index + 1));
            // A step is what `act` takes.
            let (status, result) = platform.act(&token, step["action"].as_str().unwrap(), &step["parameters"]);
            assert_eq!(status, "succeeded", "{objective}: {result}");
        }
    }
    assert_eq!(platform.act(&token, "file.read", &json!({ "path": "note.txt" })).1["content"], "buy milk");
    assert_eq!(platform.act(&token, "file.read", &json!({ "path": "last.txt" })).1["content"], "see other.txt first");
}

#[test]
fn arithmetic_keeps_the_order_of_its_operators() {
    let platform = Platform::start();
    let token = platform.token();
    for (expression, value) in [
        ("1+2*3", 7.0),
        ("(1+2)*3", 9.0),
        ("2^3^2", 512.0),
        ("-2^2", -4.0),
        ("10-4-3", 3.0),
        ("7%4/2", 1.5),
        (" .5 * -2 ", -1.0),
    ] {
        assert_eq!(evaluate(&platform, &token, expression), Ok(value), "{expression}");
    }
}

#[test]
fn what_cannot_be_worked_out_fails_clearly_and_the_platform_lives_on() {
    let platform = Platform::start();
    let token = platform.token();
    let fails = |expression: &str, why: &str| {
        let error = evaluate(&platform, &token, expression).unwrap_err();
        assert!(error.contains(why), "{error}");
    };
    fails("1/0", "division by zero");
    fails("1%(2-2)", "division by zero");
    fails("9^9^9^9", "not a finite number");
    fails(&"9".repeat(400), "not a finite number");
    fails("(0-1)^0.5", "not a finite number");
    fails("0^-1", "not a finite number");
    for deep in ["(", "-", "2^", "((-"] {
        fails(&deep.repeat(200_000), "nests more than 64 levels deep");
    }
    fails("(1", "`)` is missing");
    fails("1 2", "`2` was not expected");
    fails("two", "a number was expected, not `two`");
    fails("1..2", "a number was expected");
    fails("", "a number was expected");
    let (status, result) = platform.act(&token, "math.evaluate", &json!({ "expression": 3 }));
    assert_eq!((status.as_str(), result["error"].as_str()), ("failed", Some("`parameters.expression` must be a text")));
    // A plan does not stumble over any of these either.
    for objective in ["1/0".to_owned(), "(".repeat(200_000), "1+".repeat(200_000)] {
        assert_eq!(platform.rpc(&token, "plan", &json!({ "objective": objective })).status, 200);
    }
    assert_eq!(evaluate(&platform, &token, &format!("{}1{}", "(".repeat(60), ")".repeat(60))), Ok(1.0));
}

#[test]
fn the_clock_the_echo_and_the_metrics_tell_what_is_so() {
    let platform = Platform::start();
    let token = platform.token();
    let now = || platform.act(&token, "clock.now", &json!({})).1["utc"].as_str().unwrap().parse::<jiff::Timestamp>();
    let (before, first, second) = (jiff::Timestamp::now(), now().unwrap(), now().unwrap());
    assert!(before <= first && first <= second && second <= jiff::Timestamp::now());
    let said = json!({ "text": "ü\n\"", "deep": [1, { "a": null }] });
    assert_eq!(platform.act(&token, "echo", &said), ("succeeded".to_owned(), said.clone()));
    assert_eq!(platform.rpc(&token, "echo", &said).json(), said);
    let metrics = platform.act(&token, "host.metrics", &Value::Null).1;
    let processors = std::thread::available_parallelism().unwrap().get();
    assert_eq!((&metrics["processors"], &metrics["system"]), (&json!(processors), &json!(std::env::consts::OS)));
    if cfg!(target_os = "linux") {
        let kilobytes = |name: &str| metrics[name].as_u64().unwrap();
        assert!(kilobytes("memory_available_kb") <= kilobytes("memory_total_kb"));
    }
}

#[test]
fn files_are_written_read_and_listed_in_the_sandbox() {
    let sandbox = tempfile::tempdir().unwrap();
    std::fs::create_dir(sandbox.path().join("sub")).unwrap();
    let platform = Platform::start_with(&["--sandbox".as_ref(), sandbox.path()]);
    let token = platform.token();
    let act = |action: &str, parameters: Value| platform.act(&token, action, &parameters);
    for (path, content) in [("b.txt", "first"), ("b.txt", "zwölf"), ("sub/a.txt", ""), (".hidden", "h")] {
        let (status, result) = act("file.write", json!({ "path": path, "content": content }));
        assert_eq!((status.as_str(), &result["bytes"]), ("succeeded", &json!(content.len())), "{result}");
        assert_eq!(std::fs::read_to_string(sandbox.path().join(path)).unwrap(), content);
        assert_eq!(act("file.read", json!({ "path": path })).1, json!({ "path": path, "content": content }));
    }
    assert_eq!(act("file.list", json!({})).1["files"], json!([".hidden", "b.txt", "sub"]));
    std::fs::write(sandbox.path().join("binary"), [0xff]).unwrap();
    std::fs::write(sandbox.path().join("large"), vec![b'x'; (1 << 20) + 1]).unwrap();
    for (path, why) in [("none", "os error 2"), ("sub", ""), ("binary", "UTF-8"), ("large", "larger than")] {
        let (status, result) = act("file.read", json!({ "path": path }));
        let error = result["error"].as_str().unwrap();
        assert!(status == "failed" && error.contains(path) && error.contains(why), "{error}");
    }
    let (status, result) = act("file.write", json!({ "path": "big", "content": "x".repeat((1 << 20) + 1) }));
    assert!(status == "failed" && result["error"].as_str().unwrap().contains("larger than"));
    assert!(!sandbox.path().join("big").exists());
}

#[test]
fn no_path_leads_out_of_the_sandbox() {
    let outside = tempfile::tempdir().unwrap();
    let sandbox = outside.path().join("sandbox");
    std::fs::create_dir(&sandbox).unwrap();
    let secret = outside.path().join("secret");
    std::fs::write(&secret, "hidden").unwrap();
    let mut paths = vec!["../secret", "x/../../secret", "..", ".", "", "/etc/hostname", "a\\..\\b", "a\0b"];
    paths.push(secret.to_str().unwrap());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&secret, sandbox.join("link")).unwrap();
        std::os::unix::fs::symlink(outside.path(), sandbox.join("folder")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("new"), sandbox.join("dangling")).unwrap();
        paths.extend(["link", "folder/secret", "folder/new", "dangling"]);
    }
    let platform = Platform::start_with(&["--sandbox".as_ref(), sandbox.as_os_str()]);
    let token = platform.token();
    for path in paths {
        for action in ["file.read", "file.write"] {
            let (status, result) = platform.act(&token, action, &json!({ "path": path, "content": "overwritten" }));
            let error = result["error"].as_str().unwrap();
            assert_eq!(status, "failed", "{action} {path:?}: {result}");
            assert!(error.contains("only plain paths within the sandbox folder"), "{path:?}: {error}");
        }
    }
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "hidden");
    let mut left: Vec<_> = std::fs::read_dir(outside.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["sandbox", "secret"]);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_no_file_is_refused_and_does_not_hold_the_platform_up() {
    let sandbox = tempfile::tempdir().unwrap();
    assert!(std::process::Command::new("mkfifo").arg(sandbox.path().join("pipe")).status().unwrap().success());
    let platform = Platform::start_with(&["--sandbox".as_ref(), sandbox.path()]);
    let token = platform.token();
    for action in ["file.read", "file.write"] {
        let (status, result) = platform.act(&token, action, &json!({ "path": "pipe", "content": "x" }));
        assert!(status == "failed" && result["error"].as_str().unwrap().contains("no plain file"), "{result}");
    }
}

#[test]
fn an_unknown_method_or_action_is_answered_with_the_known_ones() {
    let platform = Platform::start();
    let token = platform.token();
    let answer = platform.rpc(&token, "plam", &json!({}));
    let methods = ["plan", "act", "observe", "explain", "echo"];
    assert_eq!((answer.status, answer.json()["code"].as_str()), (404, Some("method_not_found")));
    assert_eq!(answer.json()["methods"], json!(methods));
    let answer = platform.rpc(&token, "act", &json!({ "action": "file.delete" }));
    let actions = ["clock.now", "math.evaluate", "echo", "host.metrics", "file.read", "file.write", "file.list"];
    assert_eq!((answer.status, answer.json()["code"].as_str()), (404, Some("action_not_found")));
    assert_eq!(answer.json()["actions"], json!(actions));
    assert!(actions.iter().all(|action| answer.json()["detail"].as_str().unwrap().contains(action)));
    assert_eq!(on_record(&platform, &token), 0);
}

#[test]
fn a_request_that_lacks_something_is_refused_by_its_name() {
    let platform = Platform::start();
    let token = platform.token();
    for (method, field) in [("plan", "objective"), ("act", "action"), ("observe", "type"), ("explain", "query")] {
        for body in [json!({}), json!({ field: 3 }), json!({ field: " " }), json!([])] {
            let answer = platform.rpc(&token, method, &body);
            assert_eq!((answer.status, &answer.json()["field"]), (422, &json!(field)), "{method} {body}");
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        }
    }
    let bearer = format!("Bearer {token}");
    for body in ["", "{", "\u{feff}{}", &"[".repeat(100_000)] {
        let answer = platform.send("POST", "/api/v1/rpc/plan", &[("authorization", &bearer)], body);
        assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("not_json")));
    }
}

#[test]
fn observations_are_counted_and_explanations_use_what_is_on_record() {
    let platform = Platform::start();
    let token = platform.token();
    let explain = |query: &str| platform.rpc(&token, "explain", &json!({ "query": query })).json();
    let nothing = explain("Why is the boiler so hot?");
    assert_eq!(nothing, json!({ "explanation": "Nothing on record has to do with this.", "evidence": [] }));
    let observe = |body: Value| platform.rpc(&token, "observe", &body).json();
    let boiler = observe(json!({ "type": "temperature", "data": { "boiler": 97 } }));
    let second = observe(json!({ "type": "memory", "data": { "machine": "much load on the processors" } }));
    assert_eq!((&boiler["count"], &second["count"]), (&json!(1), &json!(2)));
    let plan = platform.rpc(&token, "plan", &json!({ "objective": "What is 6*7" })).json();
    let act = json!({ "action": "math.evaluate", "parameters": { "expression": "6*7" } });
    let act = platform.rpc(&token, "act", &act).json();
    let told = explain("Why is the boiler so hot?");
    assert_eq!(told["evidence"][0]["observation_id"], boiler["observation_id"]);
    assert_eq!(told["evidence"][0]["data"], json!({ "boiler": 97 }));
    assert!(told["explanation"].as_str().unwrap().contains("temperature"), "{told}");
    // What is asked for by its identifier comes first, however many words fit another.
    for (record, name, says) in [(&plan, "plan_id", "6*7"), (&act, "action_id", "42")] {
        let id = record[name].as_str().unwrap();
        let told = explain(&format!("Has {id} to do with the memory of the machine and much load on its processors?"));
        assert_eq!(told["evidence"][0][name], *id, "{told}");
        let explanation = told["explanation"].as_str().unwrap();
        assert!(explanation.contains(id) && explanation.contains(says), "{explanation}");
    }
}
