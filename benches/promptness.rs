//! How soon a call ends that is cancelled, or whose deadline passes, with 200 at once before a server that never answers.
//!
//! `cargo bench --bench promptness`, or with `--profile dev` for a build that takes no time. It fails past 10 ms and 50 ms, which is what is promised.

use std::io::Read;
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use kei_agent::in_flight::Ticket;
use kei_agent::{Client, Runtime};

const CALLS: usize = 200;

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    // Taken, said so, and never answered.
    let (say, arrived) = channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 16]);
            let _ = say.send(());
            kept.push(stream);
        }
    });
    let runtime = Runtime::new(r#"{"log": {"output": "none"}}"#).expect("a runtime");
    let config = format!(r#"{{"base_url": "{url}", "breaker": {{"enabled": false}}}}"#);
    let client = Client::new(&runtime, &config).expect("a client");
    let cancelled = report("cancelled", cancelled(&client, &arrived));
    let late = report("past its deadline", past(&client));
    assert!(cancelled < Duration::from_millis(10), "a cancelled call must end within 10 ms");
    assert!(late < Duration::from_millis(50), "no call may outlive its deadline by more than 50 ms");
    runtime.shutdown(None).expect("an end");
}

/// How long after being cancelled each of the calls ended.
fn cancelled(client: &Client, arrived: &Receiver<()>) -> Vec<Duration> {
    let (send, receive) = channel();
    let tickets: Vec<_> = (0..CALLS)
        .map(|_| {
            let ticket = Ticket::new();
            let send = send.clone();
            let done = move |_| send.send(Instant::now()).expect("somebody waits");
            client.submit("http.request", br#"{"path": "/"}"#, "", &ticket, done).expect("the call fits");
            ticket
        })
        .collect();
    arrived.iter().take(CALLS).for_each(drop);
    let one = |ticket: &Ticket| {
        let start = Instant::now();
        ticket.cancel();
        receive.recv().expect("an outcome").duration_since(start)
    };
    tickets.iter().map(one).collect()
}

/// How long after its deadline each of the calls ended.
fn past(client: &Client) -> Vec<Duration> {
    let (send, receive) = channel();
    for number in 0..CALLS {
        let timeout = Duration::from_millis(500 + 5 * number as u64);
        let options = format!(r#"{{"timeout_ms": {}}}"#, timeout.as_millis());
        let send = send.clone();
        let start = Instant::now();
        let done = move |_| send.send(start.elapsed().saturating_sub(timeout)).expect("somebody waits");
        client.submit("http.request", br#"{"path": "/"}"#, &options, &Ticket::new(), done).expect("the call fits");
    }
    receive.iter().take(CALLS).collect()
}

/// Says how long it took; answers the longest.
fn report(what: &str, mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let longest = times[times.len() - 1];
    println!("{what}: median {:?}, longest {longest:?} of {}", times[times.len() / 2], times.len());
    longest
}
