//! The operations server of a runtime, on the loopback interface, off unless it is asked for: `/metrics`, `/health`, `/ready`, `/live`, `/heartbeat`.
//!
//! It only tells. Requests that a browser was led to make are refused by their `Host`: only this machine's own names are answered.

use std::convert::Infallible;
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use socket2::SockRef;
use tokio::sync::{Mutex, Semaphore};

use crate::config::ServerConfig;
use crate::error::{Code, Error, Result, millis};
use crate::observe::metrics;
use crate::operations::{self, Clients};
use crate::runtime::Services;

/// As many connections as are served at once, and how long one may take to say what it wants.
const MOST: usize = 64;
const PATIENCE: Duration = Duration::from_secs(5);
/// How long what a health check found is told again: whoever asks more often asks no one else.
const FRESH: Duration = Duration::from_secs(1);

/// Binds the address of the configuration, if it has one.
pub fn bind(config: &ServerConfig) -> Result<Option<TcpListener>> {
    let Some(text) = config.listen.as_deref().filter(|text| !text.is_empty()) else { return Ok(None) };
    let wrong = |why: &str| Error::new(Code::Config, format!("`server.listen` {why}")).with("field", "server.listen");
    let address: SocketAddr = text
        .parse()
        .map_err(|_| wrong("must be an address and a port, for example \"127.0.0.1:9464\"; port 0 takes a free one"))?;
    if !address.ip().is_loopback() {
        return Err(wrong("must be an address of the loopback interface: what it tells is for this machine alone"));
    }
    let failed = |error: std::io::Error| wrong(&format!("cannot be listened on ({error})"));
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(Some(listener))
}

/// A listener that lets nobody in any more once it is dropped, even where a child that the host has forked meanwhile holds the same socket open.
struct Door(tokio::net::TcpListener);

impl Drop for Door {
    fn drop(&mut self) {
        // Other systems than Linux may refuse this; there the socket ends with the last who holds it.
        let _ = SockRef::from(&self.0).shutdown(Shutdown::Both);
    }
}

struct State {
    services: Services,
    begun: Duration,
    /// The last health that was found, and when.
    health: Mutex<Option<(Duration, Value)>>,
}

/// Serves until the runtime shuts down. Must run on the runtime.
pub async fn serve(listener: TcpListener, services: Services) {
    let door = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => Door(listener),
        Err(error) => {
            tracing::error!(target: "kei_agent::server", "the operations server could not be started: {error}");
            return;
        }
    };
    let (stop, places) = (services.stopping.clone(), Arc::new(Semaphore::new(MOST)));
    let begun = services.clock.now();
    let state = Arc::new(State { services, begun, health: Mutex::new(None) });
    loop {
        // A connection past the bound waits in the system's own queue.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = door.0.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Too many open files, as a rule: not worth a busy loop.
            state.services.clock.sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (state, stop) = (Arc::clone(&state), stop.clone());
        tokio::spawn(async move {
            let _place = place;
            let answer = service_fn(|request| {
                let state = Arc::clone(&state);
                async move { Ok::<_, Infallible>(state.answer(&request).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .max_buf_size(16 << 10)
                .serve_connection(TokioIo::new(stream), answer);
            tokio::select! {
                () = stop.cancelled() => {}
                // What a peer does wrong concerns no one else.
                _ = connection => {}
            }
        });
    }
}

impl State {
    async fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if !is_own(request) {
            let why = json!({ "error": "this server answers to names of this machine only: ask it by its address" });
            return told(StatusCode::MISDIRECTED_REQUEST, &why);
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = told(StatusCode::METHOD_NOT_ALLOWED, &json!({ "error": "ask with GET" }));
            response.headers_mut().insert(ALLOW, hyper::header::HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        match request.uri().path() {
            "/metrics" => {
                let text = metrics::text(&operations::metrics(&self.services));
                // Labels are of our own and of the configuration's; it is still the way out.
                let text = self.services.observe.redactor.scrub(&text).into_owned();
                response(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text)
            }
            "/health" => {
                let health = self.health().await;
                told(status(&health), &health)
            }
            "/ready" => {
                let health = self.health().await;
                told(status(&health), &json!({ "status": health["status"] }))
            }
            "/live" => told(StatusCode::OK, &json!({ "status": "pass" })),
            "/heartbeat" => told(StatusCode::OK, &self.heartbeat()),
            _ => {
                let why = json!({ "error": "there are /metrics, /health, /ready, /live and /heartbeat" });
                told(StatusCode::NOT_FOUND, &why)
            }
        }
    }

    fn heartbeat(&self) -> Value {
        let Services { clock, running, clients, .. } = &self.services;
        json!({
            "status": "pass",
            "version": env!("CARGO_PKG_VERSION"),
            "uptime_ms": millis(clock.now().saturating_sub(self.begun)),
            "clients": clients.all().len(),
            "in_flight": running.count(),
        })
    }

    /// The health of all clients. One look at a time; who comes meanwhile waits for it.
    async fn health(&self) -> Value {
        let now = self.services.clock.now();
        let mut known = self.health.lock().await;
        if let Some((at, health)) = &*known
            && self.services.clock.now().saturating_sub(*at) < FRESH
        {
            return health.clone();
        }
        let health = of_all(&self.services.clients).await;
        *known = Some((now, health.clone()));
        health
    }
}

async fn of_all(clients: &Clients) -> Value {
    let (mut worst, mut all) = ("pass", Vec::new());
    for (number, session) in clients.all() {
        let health = operations::health(&session).await;
        worst = match (worst, health["status"].as_str()) {
            ("fail", _) | (_, None | Some("fail")) => "fail",
            ("warn", _) | (_, Some("warn")) => "warn",
            _ => "pass",
        };
        all.push(json!({ "client": number, "agent_id": session.config.agent_id, "health": health }));
    }
    json!({ "status": worst, "clients": all })
}

fn status(health: &Value) -> StatusCode {
    if health["status"] == "fail" { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
}

/// Whether a request names this machine, as one does that was not led here by another's name.
fn is_own(request: &Request<Incoming>) -> bool {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn told(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    response(status, "application/json", body.to_string())
}

fn response(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, hyper::header::HeaderValue::from_static("no-store"));
    response
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn nobody_is_let_in_after_the_end_though_a_child_still_holds_the_socket() {
        let listener = bind(&ServerConfig { listen: Some("127.0.0.1:0".to_owned()) }).unwrap().unwrap();
        let address = listener.local_addr().unwrap();
        // As a fork has it: another descriptor of the same socket.
        let _childs = listener.try_clone().unwrap();
        let door = Door(tokio::net::TcpListener::from_std(listener).unwrap());
        assert!(TcpStream::connect(address).is_ok());
        drop(door);
        assert!(TcpStream::connect(address).is_err());
    }
}
