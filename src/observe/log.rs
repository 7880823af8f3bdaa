//! Structured logging: one JSON object a line, secrets masked, written by a thread of its own.
//!
//! A call never waits for a sink: records queue up to a bound, and what does not fit is counted. There is no global subscriber; each
//! runtime has its own, entered on its own threads, so that several runtimes and a host's own logging live side by side.

mod layer;
mod tap;
mod writer;

use std::fs::OpenOptions;
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::Lazy;
use tracing::Dispatch;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::layer::SubscriberExt;

use crate::config::{LogConfig, LogFilter, LogOutput};
use crate::error::{Code, Error, Result};
use crate::observe::redact::Redactor;

pub use tap::Tap;

use layer::{JsonLayer, Levels};
use tap::Taps;
use writer::{Sink, Writer};

/// A second dispatcher, which wants nothing. While there is only one, `tracing` asks that of the current thread whether a
/// place in the code is to be logged at all, and keeps the answer: a thread of a silent runtime would silence it for everyone.
static OTHER: Lazy<Dispatch> = Lazy::new(|| Dispatch::new(NoSubscriber::new()));

/// The logging of one runtime.
pub struct Logging {
    dispatch: Dispatch,
    writer: Option<Arc<Writer>>,
    taps: Arc<Taps>,
    /// What the configuration says of levels.
    filter: LogFilter,
}

impl Logging {
    /// Starts logging as `config` says; every line passes `redactor`.
    pub fn start(config: &LogConfig, redactor: Arc<Redactor>) -> Result<Self> {
        let file = config.file.as_deref().filter(|path| !path.is_empty());
        let output = config.output.unwrap_or(if file.is_some() { LogOutput::File } else { LogOutput::Stderr });
        let sink = match (output, file) {
            (LogOutput::None, _) => None,
            (LogOutput::Stderr, _) => Some(Sink::Stderr),
            (LogOutput::File, Some(path)) => Some(Sink::File(open(path)?)),
            (LogOutput::File, None) => {
                let message =
                    "`log.file` is missing: set it to the path of the log file, or `log.output` to \"stderr\"";
                return Err(Error::new(Code::ConfigMissing, message));
            }
        };
        let filter = LogFilter { level: config.level, targets: config.targets.clone() };
        let sink = sink.filter(|_| !filter.is_silent());
        Lazy::force(&OTHER);
        let writer = sink.map(|sink| Writer::start(sink, Arc::clone(&redactor)).map(Arc::new)).transpose()?;
        let own = writer.clone().map(|writer| (Levels::new(filter.level, &filter.targets), writer));
        let taps = Arc::<Taps>::default();
        let layer = JsonLayer::new(own, Arc::clone(&taps), redactor);
        Ok(Self { dispatch: Dispatch::new(tracing_subscriber::registry().with(layer)), writer, taps, filter })
    }

    /// Hands records to `tap`, too, in place of the one that was attached under the same key. Without a filter, those that the
    /// configuration asks for; with one that lets nothing through, the tap is taken away.
    pub fn attach(&self, key: u64, filter: Option<&LogFilter>, tap: Box<dyn Tap>) {
        let filter = filter.unwrap_or(&self.filter);
        let levels = Levels::new(filter.level, &filter.targets);
        self.taps.set(key, (!filter.is_silent()).then_some((levels, tap)));
    }

    /// Takes away what was attached under the key.
    pub fn detach(&self, key: u64) {
        self.taps.set(key, None);
    }

    /// What to enter on a thread so that its records come here.
    pub fn dispatch(&self) -> Dispatch {
        self.dispatch.clone()
    }

    /// How many records were dropped because a sink was too slow.
    pub fn dropped(&self) -> u64 {
        self.taps.dropped() + self.writer.as_ref().map_or(0, |writer| writer.dropped())
    }

    /// Writes what is queued, and ends the writing thread; gives up after `timeout` if the sink hangs. Later records are dropped.
    pub fn close(&self, timeout: Duration) {
        if let Some(writer) = &self.writer {
            writer.close(timeout);
        }
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        self.close(Duration::from_millis(500));
    }
}

fn open(path: &str) -> Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| {
        let message = format!(
            "`log.file`: {path} cannot be written ({error}); name a file in a folder that exists and may be written to"
        );
        Error::new(Code::ConfigFile, message).with("field", "log.file")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LogLevel;
    use crate::secret::Secret;
    use proptest::prelude::*;
    use serde_json::Value;
    use tracing::Instrument;

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

    #[test]
    fn every_line_of_a_call_carries_its_identifiers() {
        let lines = logged(r#"{"level":"debug"}"#, |_| {
            let call = tracing::error_span!(
                "call",
                correlation_id = "c-1",
                operation = "plan",
                ignored = Option::<&str>::None
            );
            let inner = tracing::debug_span!(parent: &call, "inner", operation = "inner");
            call.in_scope(|| tracing::info!(attempts = 3, good = true, ratio = 0.5, "done"));
            inner.in_scope(|| tracing::debug!("deeper"));
            tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap()
                .block_on(async { tracing::warn!("later") }.instrument(call));
        });
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line["correlation_id"] == "c-1"), "{lines:?}");
        assert_eq!(lines[0]["level"], "INFO");
        assert_eq!(lines[0]["message"], "done");
        assert_eq!(
            (&lines[0]["attempts"], &lines[0]["good"], &lines[0]["ratio"]),
            (&3.into(), &true.into(), &0.5.into())
        );
        assert_eq!(lines[1]["operation"], "inner");
        assert_eq!(lines[0]["timestamp"].as_str().unwrap().len(), "2026-11-23T00:00:00.000000Z".len());
        assert!(lines[0].get("ignored").is_none());
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
        let writer = Arc::new(Writer::start(Sink::Any(Box::new(pipe)), Arc::default()).unwrap());
        let levels = Levels::new(LogLevel::Info, &std::collections::BTreeMap::default());
        let layer = JsonLayer::new(Some((levels, Arc::clone(&writer))), Arc::default(), Arc::default());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            for _ in 0..20_000 {
                tracing::info!("a record of a fair length, so that the pipe is soon full of them");
            }
        });
        assert!(writer.dropped() > 0);
        drop(reader);
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_valid_line(text in any::<String>(), field in any::<String>()) {
            let lines = logged(r#"{"level":"info"}"#, |_| tracing::info!(field, "{text}"));
            prop_assert_eq!(lines.len(), 1);
        }
    }
}
