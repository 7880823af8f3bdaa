//! Connections and requests: recorded first, then befallen by a fault or answered.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tower::ServiceExt;

use super::faults::{Fault, Reset};
use super::problem::Problem;
use super::{State, bus, control, grants, issuer, registry, rpc, stream};

/// The largest body that is taken.
const MAX_BODY: usize = 64 << 20;
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// Serves connections until dropped.
pub(super) async fn serve(state: Arc<State>, listener: TcpListener) {
    let router = Router::new()
        .merge(issuer::routes())
        .merge(grants::routes())
        .merge(rpc::routes())
        .merge(registry::routes())
        .merge(stream::routes())
        .merge(bus::routes())
        .merge(control::routes())
        .fallback(|| async { Problem::not_found("there is nothing at this path") })
        .with_state(Arc::clone(&state));
    loop {
        // A connection that went away while it was accepted is no reason to stop.
        let Ok((stream, _)) = listener.accept().await else { continue };
        state.evidence.connections.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(connection(Arc::clone(&state), router.clone(), stream));
    }
}

async fn connection(state: Arc<State>, router: Router, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(Notify::new());
    let Ok(stream) = stream.into_std() else { return };
    // A second descriptor of the same socket, to set its lingering by while hyper owns the first.
    let Ok(twin) = stream.try_clone() else { return };
    let Ok(stream) = TcpStream::from_std(stream) else { return };
    let signal = Arc::clone(&reset);
    let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        let (state, router, reset) = (Arc::clone(&state), router.clone(), Arc::clone(&reset));
        async move { Ok::<_, Infallible>(answer(state, router, reset, request.map(Body::new)).await) }
    });
    let builder = Builder::new(TokioExecutor::new());
    tokio::select! {
        // How a connection ended is its client's business.
        _ = builder.serve_connection_with_upgrades(TokioIo::new(stream), service) => {}
        () = signal.notified() => {
            // Without lingering, closing resets. It happens when both descriptors are dropped, here.
            let _ = socket2::SockRef::from(&twin).set_linger(Some(std::time::Duration::ZERO));
        }
    }
}

async fn answer(state: Arc<State>, router: Router, reset: Arc<Notify>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        let detail = format!("the body did not come whole, or is larger than {MAX_BODY} bytes");
        return Problem::new(StatusCode::BAD_REQUEST, "bad_body", detail).into_response();
    };
    let (method, path) = (parts.method.as_str().to_owned(), parts.uri.path().to_owned());
    let correlation = parts.headers.get(&CORRELATION_ID).cloned();
    let work = |body: Bytes| router.oneshot(Request::from_parts(parts.clone(), Body::from(body)));
    if path.starts_with("/_dev/") {
        return work(body).await.into_response();
    }
    state.evidence.in_flight.fetch_add(1, Ordering::SeqCst);
    let _leave = Leave(Arc::clone(&state));
    let seq = state.evidence.arrived(&method, &path, &parts.headers, &body);
    let fault = state.faults.take(&method, &path);
    if let Some(latency) = fault.as_ref().and_then(Fault::latency) {
        tokio::time::sleep(latency).await;
    }
    if fault.as_ref().is_some_and(|fault| fault.hang) {
        std::future::pending::<()>().await;
    }
    if fault.as_ref().and_then(|fault| fault.reset) == Some(Reset::BeforeHeaders) {
        reset.notify_one();
        std::future::pending::<()>().await;
    }
    let mut response = match fault.as_ref().and_then(|fault| fault.status) {
        Some(status) => faulty(fault.as_ref(), status),
        None => work(body).await.into_response(),
    };
    if let Some(id) = correlation {
        response.headers_mut().insert(CORRELATION_ID, id);
    }
    state.evidence.answered(seq, response.status().as_u16());
    match fault {
        Some(fault) if fault.reset.is_some() || fault.truncate_bytes.is_some() => cut(response, &fault, reset).await,
        _ => response,
    }
}

/// Counts a request out, also when its connection goes away.
struct Leave(Arc<State>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.evidence.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The answer that a fault asks for.
fn faulty(fault: Option<&Fault>, status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match fault.and_then(|fault| fault.body.clone()) {
        Some(body) => (status, body).into_response(),
        None => Problem::new(status, "fault", "this fault was asked for").into_response(),
    };
    let fields = fault.into_iter().flat_map(|fault| {
        let retry_after = fault.retry_after.iter().map(|wish| ("retry-after", wish));
        retry_after.chain(fault.headers.iter().map(|(name, value)| (name.as_str(), value)))
    });
    for (name, value) in fields {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The answer with its body cut off: its length is promised whole.
async fn cut(response: Response, fault: &Fault, reset: Arc<Notify>) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    let sent = match fault.reset {
        Some(Reset::AfterHeaders) => 0,
        Some(_) => body.len() / 2,
        None => fault.truncate_bytes.unwrap_or(0).min(body.len()),
    };
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len().max(sent + 1)));
    let resets = fault.reset.is_some();
    let end = futures_util::stream::once(async move {
        // The bytes before must be on their way first; the connection's task writes them when this yields.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        if resets {
            reset.notify_one();
            std::future::pending::<()>().await;
        }
        Err::<Bytes, _>(std::io::Error::other("cut off on demand"))
    });
    let start = futures_util::stream::once(async move { Ok(body.slice(..sent)) });
    Response::from_parts(parts, Body::from_stream(start.chain(end)))
}
