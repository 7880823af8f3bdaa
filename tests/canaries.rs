//! The canary run: secrets of every kind, in every encoding, on every way in; and not one of them in anything that comes out.
//!
//! A process of its own does the work, so that its environment, its standard error and its panics are seen as a host's would be. The library and its
//! dependencies log at the level `trace`. Afterwards all that left it is searched, byte by byte, for each secret in each encoding: what it printed (the answers
//! and errors that it got), its standard error, the log, the queue of a host, the audit, the dead letters as they are listed, the metrics, and all that the
//! collector received.

mod support;

#[path = "canaries/given.rs"]
mod given;
#[path = "canaries/hostile.rs"]
mod hostile;
#[path = "canaries/work.rs"]
mod work;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use given::Canaries;
use serde_json::Value;
use support::collector::Collector;
use support::{Platform, leaks, python};

/// Set in the process that does the work.
const WORK: &str = "KEI_TEST_CANARIES";

/// What the process that does the work is told.
#[derive(serde::Serialize, serde::Deserialize)]
struct Task {
    canaries: Canaries,
    platform: BTreeMap<String, String>,
    collector: String,
    hostile: String,
    folder: PathBuf,
}

/// Everything that came out, by where it came out.
fn outputs(task: &Task, collector: &Collector) -> BTreeMap<String, Vec<u8>> {
    let file = task.folder.join("task");
    std::fs::write(&file, serde_json::to_string(task).unwrap()).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "the_work", "--nocapture", "--test-threads=1"])
        .env(WORK, &file)
        .env("RUST_BACKTRACE", "1");
    for (name, value) in task.canaries.environment() {
        command.env(name, value);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let heard = String::from_utf8_lossy(&output.stderr);
    let panicked = heard.split("\n\nthread 'the_work'").nth(1).unwrap_or_default();
    assert!(output.status.success(), "{}", &panicked[..panicked.len().min(2000)]);
    assert!(said.contains("the work is done"));
    let mut all = BTreeMap::from([
        ("what it printed".to_owned(), output.stdout),
        ("standard error".to_owned(), output.stderr),
        ("the collector".to_owned(), std::fs::read(&collector.raw).unwrap()),
    ]);
    for entry in std::fs::read_dir(task.folder.join("out")).unwrap() {
        let path = entry.unwrap().path();
        all.insert(path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap());
    }
    all
}

#[test]
fn fifty_secrets_in_every_encoding_leave_no_trace_in_anything_that_comes_out() {
    let (platform, collector, folder) = (Platform::start(), Collector::start(), tempfile::tempdir().unwrap());
    std::fs::create_dir(folder.path().join("out")).unwrap();
    let canaries = Canaries::new();
    let hostile = hostile::start(&canaries);
    let task = Task {
        platform: platform.variables.clone(),
        collector: collector.url.clone(),
        hostile,
        folder: folder.path().to_owned(),
        canaries,
    };
    let outputs = outputs(&task, &collector);

    let secrets = task.canaries.all();
    assert!(secrets.len() >= 50, "{} canaries", secrets.len());
    let mut hits = Vec::new();
    for (name, bytes) in &outputs {
        let text = String::from_utf8_lossy(bytes);
        for (kind, secret) in &secrets {
            let forms = leaks::forms(secret);
            assert!(forms.len() >= 12);
            hits.extend(forms.into_iter().filter(|form| text.contains(form)).map(|form| {
                let at = text.find(&form).unwrap_or_default();
                let from = text.floor_char_boundary(at.saturating_sub(300));
                let to = text.ceil_char_boundary((at + form.len() + 60).min(text.len()));
                format!("{name}: {kind} as {form}: …{}…", &text[from..to])
            }));
        }
        for shape in given::OF_SHAPES.iter().filter(|shape| text.contains(**shape)) {
            hits.push(format!("{name}: what looks like a secret, {shape}"));
        }
        // Tokens of the platform's, which nobody here knows.
        if text.contains("eyJhbGciOi") {
            hits.push(format!("{name}: a token"));
        }
    }
    assert!(hits.is_empty(), "{} hits\n{}", hits.len(), hits.iter().take(20).cloned().collect::<Vec<_>>().join("\n"));
    // All of it was there to be found: it is masked.
    for name in ["what it printed", "standard error", "log", "queue", "the collector"] {
        let masked = String::from_utf8_lossy(&outputs[name]).matches("[REDACTED:").count();
        assert!(masked > 100, "{name} has {masked} masks");
    }
    others_find_nothing(&outputs, folder.path());
}

/// What Yelp's detect-secrets finds in the same outputs: nothing but identifiers and hashes, which are as random as secrets, and are none.
fn others_find_nothing(outputs: &BTreeMap<String, Vec<u8>>, folder: &Path) {
    let mut scan = python::script("find_secrets.py");
    for (number, (name, bytes)) in outputs.iter().enumerate() {
        // Text, for it reads no other; what a collector received it reads as the texts in it.
        let text: String =
            String::from_utf8_lossy(bytes).chars().map(|c| if c.is_control() { '\n' } else { c }).collect();
        let file = folder.join(format!("{number}.txt"));
        std::fs::write(&file, format!("# {name}\n{text}")).unwrap();
        scan.arg(file);
    }
    let planted = folder.join("planted.txt");
    // In parts, so that this file is no finding itself.
    std::fs::write(&planted, ["key = \"AKIA", "Q3EGRIG4PZL7N2WX\"\n"].concat()).unwrap();
    let output = scan.arg(&planted).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let (ours, theirs): (Vec<_>, Vec<_>) = found.iter().partition(|one| one["file"] == planted.to_str().unwrap());
    assert!(!ours.is_empty(), "it looks");
    let shown: Vec<_> = theirs.iter().take(10).map(ToString::to_string).collect();
    assert!(theirs.is_empty(), "{} found:\n{}", theirs.len(), shown.join("\n"));
}

/// Not a test of its own: what the process does that the test above starts.
#[test]
fn the_work() {
    if let Some(file) = std::env::var_os(WORK) {
        let task: Task = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        work::all(&task);
        println!("the work is done");
    }
}
