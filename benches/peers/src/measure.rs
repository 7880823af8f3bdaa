//! What the clients share: the work, the latencies, and what is said at the end. The same as `c/bench.h`.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};
use nix::sys::time::TimeValLike;
use tokio::task::JoinHandle;

/// Latencies are counted in steps of 100 ns, up to 100 ms.
const STEP: u128 = 100;
const STEPS: usize = 1_000_000;
const WARM_UP: Duration = Duration::from_millis(300);

/// What is sent, from the environment; see `run.py`.
pub(crate) struct Work {
    /// Scheme, host and port.
    pub(crate) origin: String,
    /// The access token.
    pub(crate) bearer: String,
    /// The body.
    pub(crate) body: bytes::Bytes,
    /// Whether HTTP/2 is spoken.
    pub(crate) http2: bool,
    /// How many requests are in flight.
    pub(crate) in_flight: usize,
    /// For how long it is timed.
    pub(crate) time: Duration,
}

impl Work {
    /// The path of every request.
    pub(crate) const PATH: &str = "/api/v1/rpc/bench.echo";

    /// Reads it from the environment and the arguments `IN_FLIGHT SECONDS`.
    pub(crate) fn read() -> Self {
        let mut arguments = std::env::args().skip(2);
        let mut argument = || arguments.next().expect("usage: kei-agent-peers NAME IN_FLIGHT SECONDS");
        Self {
            origin: variable("BENCH_ORIGIN"),
            bearer: format!("Bearer {}", variable("BENCH_BEARER")),
            body: variable("BENCH_BODY").into(),
            http2: variable("BENCH_HTTP") == "http2",
            in_flight: argument().parse().expect("a number"),
            time: Duration::from_secs_f64(argument().parse().expect("a number")),
        }
    }

    /// Host and port.
    pub(crate) fn authority(&self) -> &str {
        self.origin.trim_start_matches("http://")
    }
}

/// A variable that `run.py` sets.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} must be set; see run.py"))
}

/// What is measured, on one thread.
pub(crate) struct Meter {
    steps: RefCell<Vec<u32>>,
    all: Cell<u64>,
    phase: Cell<u8>,
}

impl Default for Meter {
    fn default() -> Self {
        Self { steps: RefCell::new(vec![0; STEPS]), all: Cell::new(0), phase: Cell::new(0) }
    }
}

impl Meter {
    /// Something came that nobody asked for, so that nobody waited. Tells whether to take more.
    pub(crate) fn came(&self) -> bool {
        self.all.set(self.all.get() + 1);
        self.phase.get() < 2
    }

    /// A request that began at `start` has its answer. Tells whether to send another.
    pub(crate) fn done(&self, start: Instant) -> bool {
        self.all.set(self.all.get() + 1);
        if self.phase.get() == 1 {
            let step = usize::try_from(start.elapsed().as_nanos() / STEP).unwrap_or(STEPS);
            self.steps.borrow_mut()[step.min(STEPS - 1)] += 1;
        }
        self.phase.get() < 2
    }

    /// Times tasks that run, and waits for their ends.
    pub(crate) async fn time_all(&self, time: Duration, tasks: Vec<JoinHandle<()>>) {
        self.time(time).await;
        for task in tasks {
            task.await.expect("its end");
        }
    }

    /// Lets the tasks run, warms up, and times them; says what it was.
    pub(crate) async fn time(&self, time: Duration) {
        tokio::time::sleep(WARM_UP).await;
        let (start, cpu_before, before) = (Instant::now(), cpu(), self.all.get());
        self.phase.set(1);
        tokio::time::sleep(time).await;
        self.phase.set(2);
        let (seconds, used, count) = (start.elapsed().as_secs_f64(), cpu() - cpu_before, self.all.get() - before);
        println!(
            r#"{{"requests": {count}, "all": {}, "errors": 0, "seconds": {seconds:.6}, "cpu_s": {used:.6}, "p50_us": {:.2}, "p99_us": {:.2}, "peak_rss_kib": {}}}"#,
            self.all.get(),
            self.quantile(0.5),
            self.quantile(0.99),
            memory("VmHWM:")
        );
    }

    /// In microseconds.
    #[allow(clippy::cast_precision_loss)] // Counts of a second or two.
    fn quantile(&self, quantile: f64) -> f64 {
        let steps = self.steps.borrow();
        let wanted = steps.iter().map(|count| f64::from(*count)).sum::<f64>() * quantile;
        let mut seen = 0.0;
        for (step, count) in steps.iter().enumerate() {
            seen += f64::from(*count);
            if seen > wanted {
                return (step as f64 + 0.5) * STEP as f64 / 1000.0;
            }
        }
        0.0
    }
}

/// Seconds of a processor that the process has used.
fn cpu() -> f64 {
    let used = getrusage(UsageWho::RUSAGE_SELF).expect("it is known");
    Duration::from_micros((used.user_time() + used.system_time()).num_microseconds().unsigned_abs()).as_secs_f64()
}

/// A number of `/proc/self/status`, for example `VmHWM:`, the most memory that the process had; in KiB.
pub(crate) fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// Allows as many files as the system does.
pub(crate) fn more_files() {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("it is known");
    setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("it is allowed");
}
