//! Every way to fail, over real sockets with HTTP/1.1 and HTTP/2, under virtual time: how often a request is sent, when, and what the caller is told.

use super::*;
use crate::transport::{Answered, HttpClient, tests::Still};
use std::net::SocketAddr;
use std::sync::atomic::AtomicUsize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// Nobody listens.
    Refused,
    /// The server speaks no TLS.
    Tls,
    /// The connection is reset when the request has come.
    ResetBeforeHeaders,
    /// The connection (HTTP/1.1) or the stream (HTTP/2) is reset in the answer.
    ResetAfterHeaders,
    /// The connection is closed in the body.
    Cut,
    /// Nothing comes.
    Stall,
    /// A byte comes every five seconds.
    Drip,
    Status(u16),
    /// The server closes the connection without having looked at the request.
    GoAway,
    /// The server refuses the stream.
    RefusedStream,
}

use Fault::{Cut, Drip, GoAway, Refused, RefusedStream, ResetAfterHeaders, ResetBeforeHeaders, Stall, Status, Tls};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Version {
    One,
    Two,
}

/// A server with a fault, and what it saw.
struct Faulty {
    fault: Fault,
    requests: AtomicUsize,
    /// Nothing more comes from now on.
    silent: Notify,
}

impl Faulty {
    async fn start(fault: Fault, version: Version) -> (Arc<Self>, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let faulty = Arc::new(Self { fault, requests: AtomicUsize::new(0), silent: Notify::new() });
        let server = Arc::clone(&faulty);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = Arc::clone(&server);
                tokio::spawn(async move {
                    // A client that goes away is no fault of the server's.
                    let _ = match version {
                        Version::One => server.one(stream).await,
                        Version::Two => server.two(stream).await,
                    };
                });
            }
        });
        (faulty, address)
    }

    /// HTTP/1.1.
    async fn one(&self, mut stream: TcpStream) -> std::io::Result<()> {
        loop {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await?);
                if self.fault == Tls {
                    // What the client says is the beginning of a handshake, which this server does not know.
                    return stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
                }
            }
            stream.read_exact(&mut [0; 2]).await?;
            self.requests.fetch_add(1, Ordering::SeqCst);
            match self.fault {
                ResetBeforeHeaders => return reset(&stream),
                ResetAfterHeaders => {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 33554432\r\n\r\n").await?;
                    // More than all buffers on the way hold: when it is gone, the client is reading the body.
                    stream.write_all(&vec![b'x'; 16 << 20]).await?;
                    return reset(&stream);
                }
                Cut => return stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this").await,
                Stall => return self.hold(stream).await,
                Drip => {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n").await?;
                    self.silent.notify_one();
                    loop {
                        tokio::time::sleep(ms(5_000)).await;
                        stream.write_all(b"x").await?;
                    }
                }
                Status(status) => {
                    let answer = format!("HTTP/1.1 {status} Told\r\ncontent-length: 0\r\n\r\n");
                    stream.write_all(answer.as_bytes()).await?;
                }
                Refused | Tls | GoAway | RefusedStream => unreachable!("not here"),
            }
        }
    }

    /// HTTP/2, frame by frame (RFC 9113), so that it can break any rule.
    async fn two(&self, mut stream: TcpStream) -> std::io::Result<()> {
        if self.fault == Tls {
            return self.one(stream).await;
        }
        stream.read_exact(&mut [0; 24]).await?;
        frame(&mut stream, 4, 0, 0, &[]).await?;
        loop {
            let mut head = [0; 9];
            stream.read_exact(&mut head).await?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let (kind, flags) = (head[3], head[4]);
            let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            stream.read_exact(&mut vec![0; length as usize]).await?;
            match kind {
                // Settings are acknowledged; what else there is needs nothing until a request is whole.
                4 if flags & 1 == 0 => frame(&mut stream, 4, 1, 0, &[]).await?,
                0 | 1 if flags & 1 == 1 => {}
                _ => continue,
            }
            if kind == 4 {
                continue;
            }
            self.requests.fetch_add(1, Ordering::SeqCst);
            let ok: &[u8] = &[0x88];
            match self.fault {
                ResetBeforeHeaders => return reset(&stream),
                ResetAfterHeaders => {
                    frame(&mut stream, 1, 4, id, ok).await?;
                    frame(&mut stream, 0, 0, id, b"only this").await?;
                    // INTERNAL_ERROR
                    frame(&mut stream, 3, 0, id, &2_u32.to_be_bytes()).await?;
                }
                Cut => {
                    frame(&mut stream, 1, 4, id, ok).await?;
                    return frame(&mut stream, 0, 0, id, b"only this").await;
                }
                Stall => return self.hold(stream).await,
                Drip => {
                    frame(&mut stream, 1, 4, id, ok).await?;
                    self.silent.notify_one();
                    loop {
                        tokio::time::sleep(ms(5_000)).await;
                        frame(&mut stream, 0, 0, id, b"x").await?;
                    }
                }
                Status(status) => {
                    let text = status.to_string();
                    let fields = [&[0x08, 3], text.as_bytes()].concat();
                    frame(&mut stream, 1, 5, id, &fields).await?;
                }
                GoAway => {
                    // The last stream that was looked at is none.
                    frame(&mut stream, 7, 0, 0, &[0; 8]).await?;
                    let mut rest = [0; 1024];
                    while stream.read(&mut rest).await? > 0 {}
                    return Ok(());
                }
                RefusedStream => frame(&mut stream, 3, 0, id, &7_u32.to_be_bytes()).await?,
                Refused | Tls => unreachable!("not here"),
            }
        }
    }

    /// Keeps a connection, without a look at what comes.
    async fn hold(&self, stream: TcpStream) -> std::io::Result<()> {
        self.silent.notify_one();
        std::future::pending::<()>().await;
        drop(stream);
        Ok(())
    }
}

async fn frame(stream: &mut TcpStream, kind: u8, flags: u8, id: u32, body: &[u8]) -> std::io::Result<()> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &id.to_be_bytes()].concat();
    stream.write_all(&[&head, body].concat()).await
}

fn reset(stream: &TcpStream) -> std::io::Result<()> {
    socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO))
}

/// The network, with virtual time standing still while anything is on it, and a note of each exchange's beginning and end.
struct Watched {
    http: HttpClient,
    clock: SharedClock,
    faulty: Arc<Faulty>,
    times: Arc<Mutex<Vec<(Duration, Duration)>>>,
}

impl Exchange for Watched {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Answered> {
        let (http, clock) = (self.http.clone(), Arc::clone(&self.clock));
        let (faulty, times) = (Arc::clone(&self.faulty), Arc::clone(&self.times));
        Box::pin(async move {
            let (still, start) = (Still::hold(), clock.now());
            let place = {
                let mut times = times.lock().unwrap();
                times.push((start, Duration::MAX));
                times.len() - 1
            };
            let mut exchange = http.send(request);
            let outcome = tokio::select! {
                biased;
                outcome = &mut exchange => outcome,
                () = faulty.silent.notified() => {
                    drop(still);
                    exchange.await
                }
            };
            times.lock().unwrap()[place].1 = clock.now();
            outcome
        })
    }
}

/// A pipeline to a server with this fault.
struct Row {
    world: World,
    faulty: Arc<Faulty>,
    pipeline: Arc<Pipeline>,
    url: url::Url,
    times: Arc<Mutex<Vec<(Duration, Duration)>>>,
    _bound: TcpSocket,
}

impl Row {
    async fn new(fault: Fault, version: Version, changes: &serde_json::Value) -> Self {
        let world = World::of(&[Does::Hangs]);
        let (faulty, address) = Faulty::start(fault, version).await;
        // Bound, so that nobody else can listen there.
        let bound = TcpSocket::new_v4().unwrap();
        bound.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = if fault == Refused { bound.local_addr().unwrap() } else { address };
        let scheme = if fault == Tls { "https" } else { "http" };
        let url = url::Url::parse(&format!("{scheme}://{address}/path")).unwrap();
        let version = if version == Version::One { "http1" } else { "http2" };
        let mut config =
            json!({ "base_url": url.origin().ascii_serialization(), "http": { "version": version, "proxy": "none" } });
        for (name, value) in changes.as_object().unwrap() {
            config[name] = value.clone();
        }
        let config: ClientConfig = serde_json::from_value(config).unwrap();
        let http = HttpClient::new(&config.http, &config.tls, None, &config.timeouts).unwrap();
        let times = Arc::default();
        let watched =
            Watched { http, clock: Arc::clone(&world.clock), faulty: Arc::clone(&faulty), times: Arc::clone(&times) };
        let source = Arc::clone(&world.tokens) as Arc<dyn Credentials>;
        let pipeline =
            Pipeline::new(&config, Arc::new(watched), source, Arc::clone(&world.clock), Observe::default()).unwrap();
        Self { world, faulty, pipeline: Arc::new(pipeline), url, times, _bound: bound }
    }

    fn call(&self, repeat: Repeat, timeout: Duration) -> Call {
        Call { url: self.url.clone().into(), ..self.world.call_within(repeat, timeout) }
    }
}

/// What follows from the rules: the attempts of a safe and of an unsafe request, the error's number, and whether the pauses are those of throttling.
fn rules(fault: Fault) -> (usize, usize, Code, bool) {
    match fault {
        Refused => (3, 3, Code::Connect, false),
        Tls => (1, 1, Code::Tls, false),
        ResetBeforeHeaders => (3, 1, Code::ConnectionLost, false),
        ResetAfterHeaders | Cut => (1, 1, Code::ConnectionLost, false),
        Stall => (3, 1, Code::Timeout, false),
        Drip => (1, 1, Code::Timeout, false),
        Status(408) => (3, 1, Code::Timeout, false),
        Status(429) => (3, 3, Code::RateLimited, true),
        Status(425 | 500 | 502..=504) => (3, 1, Code::Remote, false),
        Status(501 | 505) => (1, 1, Code::NotImplemented, false),
        GoAway | RefusedStream => (3, 3, Code::ConnectionLost, false),
        Status(status) => unreachable!("{status} is in no row"),
    }
}

const BOTH: [Fault; 16] = [
    Refused,
    Tls,
    ResetBeforeHeaders,
    ResetAfterHeaders,
    Cut,
    Stall,
    Drip,
    Status(408),
    Status(425),
    Status(429),
    Status(500),
    Status(501),
    Status(502),
    Status(503),
    Status(504),
    Status(505),
];

/// What is one of HTTP/2 only.
const TWO: [Fault; 2] = [GoAway, RefusedStream];

async fn check(fault: Fault, version: Version, repeat: Repeat) {
    let (safe, not_safe, code, throttled) = rules(fault);
    let expected = if repeat.is_safe() { safe } else { not_safe };
    let what = format!("{fault:?}, {version:?}, {repeat:?}");
    let row = Row::new(fault, version, &json!({})).await;
    let start = row.world.clock.now();
    let error = failed(row.pipeline.run(&row.call(repeat.clone(), ms(30_000))).await);
    let times = row.times.lock().unwrap().clone();
    assert_eq!((times.len(), error.attempts as usize), (expected, expected), "{what}: {error}");
    // What arrived at the server: nothing, where no request can have. After silence HTTP/2 uses another connection, too.
    let arrived = if matches!(fault, Refused | Tls) { 0 } else { expected };
    assert_eq!(row.faulty.requests.load(Ordering::SeqCst), arrived, "{what}");
    let took = row.world.clock.now().saturating_sub(start);
    if fault == Stall && expected == 3 {
        // The third attempt has what is left of the thirty seconds.
        assert_eq!((error.code, took.as_millis() / 2), (Code::Deadline, 15_000), "{what}: {error}");
        assert_eq!(times[0].1.saturating_sub(times[0].0).as_millis() / 2, 5_000, "{what}");
    } else {
        assert_eq!(error.code, code, "{what}: {error}");
        let why = match (expected, safe) {
            (3, _) => "attempts",
            (_, 3) => "unsafe",
            _ => "final",
        };
        assert_eq!(error.details["not_retried"], why, "{what}");
        if matches!(fault, Stall | Drip) {
            assert_eq!(took.as_millis() / 2, 5_000, "{what}: an attempt has ten seconds");
        }
    }
    // The pauses are those that the seed gives.
    let mut chance = fastrand::Rng::with_seed(SEED);
    for (number, pair) in times.windows(2).enumerate() {
        let base = if throttled { 1_000.0 } else { 50.0 };
        let drawn = base * f64::from(1 << number) * chance.f64();
        let paused = pair[1].0.saturating_sub(pair[0].1).as_secs_f64() * 1_000.0;
        assert!((drawn..drawn + 2.0).contains(&paused), "{what}: pause {number} was {paused} ms, drawn {drawn} ms");
    }
}

fn each_repeat() -> [Repeat; 3] {
    [Repeat::Safe, Repeat::Never, Repeat::WithKey("key".into())]
}

#[tokio::test(start_paused = true)]
async fn every_fault_of_http_1_1_ends_as_the_rules_say() {
    for fault in BOTH {
        for repeat in each_repeat() {
            check(fault, Version::One, repeat).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_fault_of_http_2_ends_as_the_rules_say() {
    for fault in BOTH.into_iter().chain(TWO) {
        for repeat in each_repeat() {
            check(fault, Version::Two, repeat).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_less_than_a_byte_a_second_is_given_up_after_twenty_seconds() {
    for version in [Version::One, Version::Two] {
        let row = Row::new(Drip, version, &json!({ "timeouts": { "attempt_ms": 600_000 } })).await;
        let start = row.world.clock.now();
        let error = failed(row.pipeline.run(&row.call(Repeat::Safe, ms(600_000))).await);
        let took = row.world.clock.now().saturating_sub(start).as_secs();
        assert_eq!((error.code, error.attempts, &error.details["not_retried"]), (Code::Timeout, 1, &"final".into()));
        assert!((20..=25).contains(&took), "{version:?}: {took} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_reading_is_noticed_within_thirty_seconds_with_a_stream_open() {
    // HTTP/2 asks whether the other side is there, however long an attempt may take.
    let long = json!({ "timeouts": { "attempt_ms": 600_000 }, "retry": { "max_attempts": 1 } });
    let row = Row::new(Stall, Version::Two, &long).await;
    let start = row.world.clock.now();
    let error = failed(row.pipeline.run(&row.call(Repeat::Safe, ms(600_000))).await);
    let took = row.world.clock.now().saturating_sub(start);
    assert_eq!(error.code, Code::ConnectionLost, "{error}");
    assert!(took >= ms(20_000) && took <= ms(30_002), "{took:?}");
    // HTTP/1.1 has no such question: an attempt's own ten seconds notice it.
    let row = Row::new(Stall, Version::One, &json!({ "retry": { "max_attempts": 1 } })).await;
    let start = row.world.clock.now();
    failed(row.pipeline.run(&row.call(Repeat::Safe, ms(600_000))).await);
    assert!(row.world.clock.now().saturating_sub(start) <= ms(10_002));
}

#[tokio::test(start_paused = true)]
async fn no_call_of_two_hundred_at_once_outlives_its_deadline() {
    // Straight to the network: a deadline holds from the call's beginning, wherever the call is.
    let (_server, address) = Faulty::start(Stall, Version::One).await;
    let world = World::of(&[Does::Hangs]);
    let changes = json!({ "base_url": format!("http://{address}"), "breaker": { "enabled": false }, "http": { "proxy": "none" } });
    let config: ClientConfig = serde_json::from_value(changes).unwrap();
    let http = Arc::new(HttpClient::new(&config.http, &config.tls, None, &config.timeouts).unwrap());
    let source = Arc::clone(&world.tokens) as Arc<dyn Credentials>;
    let pipeline =
        Arc::new(Pipeline::new(&config, http, source, Arc::clone(&world.clock), Observe::default()).unwrap());
    let url = url::Url::parse(&format!("http://{address}/path")).unwrap();
    let calls = (0..200_u64).map(|number| {
        let timeout = ms(500 + number * 40);
        let call = Call { url: url.clone().into(), ..world.call_within(Repeat::Safe, timeout) };
        let (clock, pipeline) = (Arc::clone(&world.clock), Arc::clone(&pipeline));
        let start = clock.now();
        tokio::spawn(async move {
            let error = failed(pipeline.run(&call).await);
            (error.code, clock.now().saturating_sub(start), timeout)
        })
    });
    for call in calls.collect::<Vec<_>>() {
        let (code, took, timeout) = call.await.unwrap();
        assert_eq!(code, Code::Deadline);
        assert!(took >= timeout && took <= timeout + ms(2), "{took:?} of {timeout:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn connections_on_which_others_were_heard_are_kept_when_one_request_is_not_answered() {
    // The first request of two is never answered, the second is: the server is there.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (say, mut connections) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            say.send(()).unwrap();
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(stream).await.unwrap();
                let mut kept = Vec::new();
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    if request.uri().path() == "/never" {
                        kept.push(respond);
                    } else {
                        respond.send_response(axum::http::Response::new(()), true).unwrap();
                    }
                }
            });
        }
    });
    let config = json!({ "http": { "version": "http2", "proxy": "none" }, "timeouts": { "connect_ms": 600_000 } });
    let config: ClientConfig = serde_json::from_value(config).unwrap();
    let timeouts = crate::config::TimeoutConfig { connect_ms: 5_000, ..config.timeouts };
    let http = HttpClient::new(&config.http, &config.tls, None, &timeouts).unwrap();
    let get = |path: &str, timeout| {
        let request = crate::transport::tests::request(&format!("http://{address}{path}"));
        http.send(HttpRequest { timeout, ..request })
    };
    let ask = async |path: &str| {
        let _still = Still::hold();
        get(path, ms(600_000)).await.map(|response| response.status)
    };
    ask("/").await.unwrap();
    let never = tokio::spawn(get("/never", ms(10_000)));
    tokio::time::sleep(ms(2_000)).await;
    ask("/").await.unwrap();
    assert!(never.await.unwrap().is_err());
    ask("/").await.unwrap();
    assert!(connections.recv().await.is_some() && connections.try_recv().is_err(), "one connection for all");
    // Now nobody is heard meanwhile.
    assert!(get("/never", ms(10_000)).await.is_err());
    ask("/").await.unwrap();
    assert!(connections.try_recv().is_ok(), "another connection");
}
