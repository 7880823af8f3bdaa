//! How many records of about 200 bytes a second go to a file, masked with a thousand secrets known: ours, and spdlog's JSON pattern in the same run. And
//! what a level costs that is not logged.
//!
//! `cargo bench --bench logging` (needs a C++ compiler and Debian's libspdlog-dev). It fails when ours is slower, or a silent level takes 3 ns.

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kei_agent::config::{LogConfig, LogLevel};
use kei_agent::observe::log::Logging;
use kei_agent::observe::redact::Redactor;
use kei_agent::secret::Secret;

const RECORDS: u32 = 1_000_000;
const ROUNDS: usize = 5;

fn main() {
    // In memory where that is offered: what is measured is not the disk.
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = tempfile::tempdir_in(place).expect("a folder");
    let redactor = Arc::new(Redactor::new());
    let mut random = fastrand::Rng::with_seed(7);
    let secrets: Vec<Secret> =
        (0..1000).map(|_| Secret::new((0..40).map(|_| random.alphanumeric()).collect::<String>())).collect();
    for secret in &secrets {
        redactor.register("token", secret);
    }
    let peer = compile(folder.path());
    // In turns, so that both have the same of what else the machine does; the best of each counts.
    let (mut ours, mut theirs) = (f64::INFINITY, f64::INFINITY);
    for round in 0..ROUNDS {
        ours = ours.min(write(&folder.path().join(format!("ours{round}")), &redactor));
        theirs = theirs.min(spdlog(&peer, &folder.path().join(format!("theirs{round}"))));
    }
    let rate = |seconds: f64| f64::from(RECORDS) / seconds / 1e6;
    println!("ours: {:.2} million records a second", rate(ours));
    println!("spdlog: {:.2} million records a second", rate(theirs));
    println!("ratio: {:.2}", theirs / ours);
    let silent = silent(&folder.path().join("silent"));
    println!("a level that is not logged: {silent:.2} ns");
    assert!(ours <= theirs, "ours must be as fast as spdlog");
    assert!(silent < 3.0, "a level that is not logged must cost less than 3 ns");
}

fn config(file: &Path) -> LogConfig {
    LogConfig { level: LogLevel::Info, file: file.to_str().map(str::to_owned), ..LogConfig::default() }
}

/// Seconds until all records are in the file.
fn write(file: &Path, redactor: &Arc<Redactor>) -> f64 {
    let logging =
        Logging::start(&LogConfig { max_bytes: 1 << 40, ..config(file) }, Arc::clone(redactor)).expect("a log");
    let start = Instant::now();
    tracing::dispatcher::with_default(&logging.dispatch(), || {
        for record in 0..RECORDS {
            tracing::info!(
                target: "kei_agent::call",
                operation = "agents.get", method = "GET", status = 200, attempts = 1, duration_ms = record,
                "call succeeded"
            );
            // None is to be dropped: what is not written does not count.
            while record % 1024 == 0 && logging.waiting() > 4 << 20 {
                std::thread::yield_now();
            }
        }
    });
    logging.close(Duration::from_secs(60));
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(logging.dropped(), 0);
    let text = std::fs::read_to_string(file).expect("the file");
    assert_eq!(text.lines().count(), RECORDS as usize);
    std::fs::remove_file(file).expect("it is removed");
    println!("  a record of {} bytes, {seconds:.3} s", text.len() / RECORDS as usize);
    seconds
}

fn compile(folder: &Path) -> std::path::PathBuf {
    let program = folder.join("spdlog");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/spdlog.cpp");
    let compiled = Command::new("c++")
        .args(["-O3", "-DNDEBUG", "-std=c++17", "-DSPDLOG_COMPILED_LIB", "-DSPDLOG_FMT_EXTERNAL"])
        .arg(source)
        .arg("-o")
        .arg(&program)
        .args(["-lspdlog", "-lfmt", "-lpthread"])
        .status();
    assert!(compiled.is_ok_and(|status| status.success()), "spdlog's program is compiled: is libspdlog-dev installed?");
    program
}

fn spdlog(program: &Path, file: &Path) -> f64 {
    let output = Command::new(program).arg(file).arg(RECORDS.to_string()).output().expect("the peer runs");
    let bytes = std::fs::metadata(file).expect("its file").len();
    std::fs::remove_file(file).expect("it is removed");
    let seconds = String::from_utf8_lossy(&output.stdout).trim().parse().expect("seconds");
    println!("  spdlog: a record of {} bytes, {seconds:.3} s", bytes / u64::from(RECORDS));
    seconds
}

/// Nanoseconds of a record that is not logged.
fn silent(file: &Path) -> f64 {
    const TIMES: u32 = 100_000_000;
    let logging = Logging::start(&config(file), Arc::default()).expect("a log");
    tracing::dispatcher::with_default(&logging.dispatch(), || {
        let start = Instant::now();
        for number in 0..TIMES {
            tracing::debug!(target: "kei_agent::call", number = black_box(number), "not logged");
        }
        start.elapsed().as_secs_f64() / f64::from(TIMES) * 1e9
    })
}
