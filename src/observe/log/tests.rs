//! What a log promises, seen in its lines.

use super::*;
use crate::config::LogLevel;
use crate::secret::Secret;
use proptest::prelude::*;
use serde_json::Value;

fn logged(config: &str, work: impl FnOnce(&Redactor)) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let mut config: LogConfig = serde_json::from_str(config).unwrap();
    config.file = Some(file.to_str().unwrap().to_owned());
    let redactor = Arc::new(Redactor::new());
    let logging = Logging::start(&config, Arc::clone(&redactor)).unwrap();
    tracing::dispatcher::with_default(&logging.dispatch(), || work(&redactor));
    logging.close(Duration::from_secs(60));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

struct OfCall(&'static str);

impl Scope for OfCall {
    fn each(&self, tell: &mut dyn FnMut(&'static str, &str)) {
        tell("correlation_id", self.0);
        tell("operation", "plan");
    }
}

#[test]
fn every_line_of_a_call_carries_its_identifiers() {
    let lines = logged(r#"{"level":"debug"}"#, |_| {
        let inner = within(Arc::new(OfCall("c-2")), async { tracing::debug!(operation = "its own", "deeper") });
        let work = async {
            tracing::info!(attempts = 3, good = true, ratio = 0.5, "done");
            inner.await;
            tokio::task::yield_now().await;
            tracing::warn!("later");
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            tokio::join!(within(Arc::new(OfCall("c-1")), work), async { tracing::info!("beside it") })
        });
        let panics = within(Arc::new(OfCall("c-3")), async { panic!("on purpose") });
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(panics)));
        tracing::info!("after it");
    });
    let ids: Vec<_> = lines.iter().map(|line| line["correlation_id"].as_str().unwrap_or("none")).collect();
    assert_eq!(ids, ["c-1", "c-2", "none", "c-1", "none"], "{lines:?}");
    assert_eq!(lines[0]["level"], "INFO");
    assert_eq!(lines[0]["message"], "done");
    assert_eq!((&lines[0]["attempts"], &lines[0]["good"], &lines[0]["ratio"]), (&3.into(), &true.into(), &0.5.into()));
    assert_eq!((&lines[0]["operation"], &lines[1]["operation"]), (&"plan".into(), &"its own".into()));
    assert_eq!(lines[0]["timestamp"].as_str().unwrap().len(), "2026-11-23T00:00:00.000000Z".len());
}

#[test]
fn secrets_are_masked_on_their_way_out() {
    let lines = logged(r#"{"level":"info"}"#, |redactor| {
        redactor.register("client_secret", &Secret::new("hunter2-hunter2"));
        tracing::info!(field = "hunter2-hunter2", "it is hunter2-hunter2");
    });
    assert_eq!(lines.len(), 1);
    assert!(!lines[0].to_string().contains("hunter2"), "{}", lines[0]);
    assert!(lines[0]["message"].as_str().unwrap().starts_with("it is [REDACTED:client_secret:"));
}

#[test]
fn a_line_stays_json_when_a_secret_has_quotes_at_its_ends() {
    for secret in [r#""in-quotes""#, r#"""in-quotes"#, r#""in\-quotes\""#, r#"in-quotes\""#] {
        let lines = logged(r#"{"level":"info"}"#, |redactor| {
            redactor.register("field", &Secret::new(secret));
            for text in [secret, &format!("{secret:?}")] {
                tracing::info!(text, "{text}");
            }
        });
        assert_eq!(lines.len(), 2);
        for line in lines {
            assert!(!line.to_string().contains("quotes"), "{line}");
        }
    }
}

#[test]
fn a_secret_is_masked_before_a_long_record_is_cut() {
    // Wherever the cut falls, none of the secret is before it.
    for before in 2600..2700 {
        let text = "x".repeat(before) + "hunter2-hunter2" + &"\u{1}".repeat(20_000);
        let lines = logged(r#"{"level":"info"}"#, |redactor| {
            redactor.register("client_secret", &Secret::new("hunter2-hunter2"));
            tracing::info!("{text}");
        });
        assert_eq!(lines[0]["truncated"], true);
        assert!(!lines[0]["message"].as_str().unwrap().contains("hunt"), "{before}");
    }
}

#[test]
fn a_thread_that_logs_nowhere_silences_no_other() {
    fn event() {
        tracing::info!("here");
    }
    let lines = logged(r#"{"level":"info"}"#, |_| {
        std::thread::spawn(event).join().unwrap();
        event();
    });
    assert_eq!(lines.len(), 1);
}

#[test]
fn levels_hold_by_the_longest_matching_target() {
    let lines = logged(r#"{"level":"error","targets":{"a":"info","a::b":"off"}}"#, |_| {
        tracing::info!(target: "a", "1");
        tracing::info!(target: "a::c", "2");
        tracing::error!(target: "a::b::c", "no");
        tracing::info!(target: "ab", "no");
        tracing::error!(target: "ab", "3");
    });
    let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["1", "2", "3"]);
}

/// Keeps what it gets, up to a number.
#[derive(Clone, Default)]
struct Kept(Arc<std::sync::Mutex<Vec<(u32, Value)>>>, usize);

impl Tap for Kept {
    fn record(&self, level: u32, record: &[u8]) -> bool {
        let mut kept = self.0.lock().unwrap();
        let room = kept.len() < self.1;
        if room {
            kept.push((level, serde_json::from_slice(record).unwrap()));
        }
        room
    }
}

fn filter(text: &str) -> LogFilter {
    serde_json::from_str(text).unwrap()
}

#[test]
fn sinks_come_and_go_as_the_log_runs_each_with_its_own_levels() {
    let config = LogConfig { output: Some(LogOutput::None), ..LogConfig::default() };
    let redactor = Arc::new(Redactor::new());
    redactor.register("token", &Secret::new("hunter2-hunter2"));
    let logging = Logging::start(&config, redactor).unwrap();
    let (all, few) = (Kept(Arc::default(), 100), Kept(Arc::default(), 100));
    let log = |text: &str| {
        tracing::dispatcher::with_default(&logging.dispatch(), || {
            tracing::info!("{text} hunter2-hunter2");
            tracing::error!("{text}");
        });
    };
    log("before");
    logging.attach(1, Some(&filter(r#"{"level": "info"}"#)), Box::new(all.clone()));
    logging.attach(2, Some(&filter(r#"{"level": "error"}"#)), Box::new(few.clone()));
    log("both");
    logging.detach(2);
    log("one");
    logging.attach(1, Some(&filter(r#"{"level": "off"}"#)), Box::new(all.clone()));
    log("none");
    let seen = |kept: &Kept| -> Vec<_> {
        let kept = kept.0.lock().unwrap();
        kept.iter().map(|(level, record)| (*level, record["message"].as_str().unwrap().to_owned())).collect()
    };
    let all = seen(&all);
    assert_eq!(all.iter().map(|(level, _)| *level).collect::<Vec<_>>(), [3, 1, 3, 1]);
    assert!(all[0].1.starts_with("both [REDACTED:token:"), "{all:?}");
    assert_eq!(seen(&few), [(1, "both".to_owned())]);
}

#[test]
fn a_sink_without_room_is_told_how_much_it_missed() {
    let config = LogConfig { output: Some(LogOutput::None), ..LogConfig::default() };
    let logging = Logging::start(&config, Arc::default()).unwrap();
    let sink = Kept(Arc::default(), 2);
    logging.attach(1, Some(&filter(r#"{"level": "info"}"#)), Box::new(sink.clone()));
    let log = || tracing::dispatcher::with_default(&logging.dispatch(), || tracing::info!("here"));
    (0..5).for_each(|_| log());
    assert_eq!(logging.dropped(), 3);
    sink.0.lock().unwrap().clear();
    log();
    let kept = sink.0.lock().unwrap();
    assert_eq!((&kept[0].1["message"], &kept[0].1["dropped"]), (&"records dropped".into(), &3.into()));
    assert_eq!(kept[1].1["message"], "here");
}

#[test]
fn levels_change_as_the_log_runs_also_of_one_that_was_silent() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let text = || std::fs::read_to_string(&file).unwrap();
    let config = LogConfig { level: LogLevel::Off, file: file.to_str().map(str::to_owned), ..LogConfig::default() };
    let logging = Logging::start(&config, Arc::default()).unwrap();
    let log = |text: &str| {
        tracing::dispatcher::with_default(&logging.dispatch(), || {
            tracing::info!("{text} info");
            tracing::debug!("{text} debug");
        });
    };
    log("silent");
    assert!(logging.set_levels(&filter(r#"{"level": "info"}"#)).unwrap());
    log("first");
    assert!(logging.set_levels(&filter(r#"{"level": "debug"}"#)).unwrap());
    log("second");
    assert!(logging.set_levels(&filter(r#"{"level": "off"}"#)).unwrap());
    log("third");
    logging.close(Duration::from_secs(60));
    let messages: Vec<_> =
        text().lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["message"].clone()).collect();
    assert_eq!(messages, ["first info", "second info", "second debug"]);
}

#[test]
fn a_record_of_the_hosts_goes_where_others_go() {
    let config = LogConfig { output: Some(LogOutput::None), ..LogConfig::default() };
    let logging = Logging::start(&config, Arc::default()).unwrap();
    assert!(!logging.set_levels(&filter("{}")).unwrap(), "there is no sink of its own");
    let kept = Kept(Arc::default(), 100);
    logging.attach(1, Some(&filter(r#"{"level": "off", "targets": {"host::part": "info"}}"#)), Box::new(kept.clone()));
    let fields = serde_json::json!({ "n": 1, "level": "x", "odd \"name": [true], "none": null });
    let write = |level, target: &str| logging.write(level, target, "it \"happened\"", fields.as_object().unwrap());
    assert!(write(LogLevel::Info, "host::part"));
    assert!(!write(LogLevel::Debug, "host::part") && !write(LogLevel::Error, "host"));
    let kept = kept.0.lock().unwrap();
    let [(3, record)] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!((&record["message"], &record["target"]), (&"it \"happened\"".into(), &"host::part".into()));
    assert_eq!(
        (&record["n"], &record["level_"], &record["odd \"name"]),
        (&1.into(), &"x".into(), &serde_json::json!([true]))
    );
    assert!(record.get("none").is_none());
}

/// Takes nothing until it is told to.
#[cfg(unix)]
struct Stubborn(Arc<std::sync::atomic::AtomicBool>, std::sync::mpsc::Sender<Vec<u8>>);

#[cfg(unix)]
impl std::io::Write for Stubborn {
    fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
        let takes = self.0.load(std::sync::atomic::Ordering::SeqCst);
        self.1.send(if takes { part.to_vec() } else { Vec::new() }).unwrap();
        if takes { Ok(part.len()) } else { Err(std::io::ErrorKind::StorageFull.into()) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
#[test]
fn a_sink_that_takes_nothing_is_told_of_once_and_hears_how_much_it_missed_when_it_does_again() {
    use std::sync::atomic::Ordering;
    let (takes, (say, hear)) = (Arc::default(), std::sync::mpsc::channel());
    let sink = Sink::Any(Box::new(Stubborn(Arc::clone(&takes), say)));
    let logging = Logging::to(Some(sink), filter(r#"{"level": "info"}"#), Arc::default()).unwrap();
    let other = Kept(Arc::default(), 100);
    logging.attach(1, Some(&filter(r#"{"level": "error"}"#)), Box::new(other.clone()));
    let log = |text: &str| tracing::dispatcher::with_default(&logging.dispatch(), || tracing::info!("{text}"));
    for text in ["1", "2", "3"] {
        log(text);
        hear.recv().unwrap();
        if text != "1" {
            // The line about those that were lost is tried first.
            hear.recv().unwrap();
        }
    }
    takes.store(true, Ordering::SeqCst);
    log("4");
    let lines: String =
        [hear.recv().unwrap(), hear.recv().unwrap()].map(|part| String::from_utf8(part).unwrap()).concat();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["dropped"], &lines[1]["message"]), (&3.into(), &"4".into()));
    assert_eq!(logging.dropped(), 3);
    let told = other.0.lock().unwrap();
    let [(1, told)] = told.as_slice() else { panic!("said {} times", told.len()) };
    assert!(told["message"].as_str().unwrap().starts_with("the sink takes no records: "), "{told}");
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let config = LogConfig { file: Some("no/such/folder/log".to_owned()), ..LogConfig::default() };
    let error = Logging::start(&config, Arc::default()).err().unwrap();
    assert_eq!(error.code, Code::ConfigFile);
    assert!(error.message.contains("`log.file`: no/such/folder/log cannot be written"), "{}", error.message);
}

#[cfg(unix)]
#[test]
fn a_sink_that_nobody_reads_blocks_no_one_and_drops_are_counted() {
    let (reader, pipe) = std::io::pipe().unwrap();
    let logging = Logging::to(Some(Sink::Any(Box::new(pipe))), filter(r#"{"level": "info"}"#), Arc::default()).unwrap();
    tracing::dispatcher::with_default(&logging.dispatch(), || {
        for _ in 0..100_000 {
            tracing::info!("a record of a fair length, so that the pipe is soon full of them");
        }
    });
    assert!(logging.dropped() > 0);
    drop(reader);
}

proptest! {
    #[test]
    fn any_text_becomes_a_valid_line(text in any::<String>(), field in any::<String>()) {
        let lines = logged(r#"{"level":"info"}"#, |_| tracing::info!(field, "{text}"));
        prop_assert_eq!(lines.len(), 1);
    }
}
