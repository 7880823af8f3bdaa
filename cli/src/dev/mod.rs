//! The KEI platform in a box: a real server for development, tests and examples.
//!
//! `server` takes connections, `evidence` counts what arrives, `faults` make it misbehave on demand, `issuer` gives and checks tokens to the
//! `clients` by their `grants`,
//! `rpc` does the agents' work with `tools`, `registry` keeps the agents, `stream` carries their topics, and `bus` takes their messages. It does not use the library that it is the counterpart of.

// A refusal is an HTTP response: large, and off every path that counts.
#![allow(clippy::result_large_err)]

mod arithmetic;
mod bus;
mod clients;
mod control;
mod evidence;
mod faults;
mod grants;
mod issuer;
mod planner;
mod problem;
mod registry;
mod rpc;
mod server;
mod stream;
mod tools;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;

/// How the platform is set up.
pub(crate) struct Settings {
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<String>,
    pub(crate) token_lifetime: Duration,
    pub(crate) sandbox: Option<PathBuf>,
}

/// The platform.
pub(crate) struct Platform {
    state: Arc<State>,
}

/// What all requests share.
struct State {
    base: String,
    started: Instant,
    issuer: issuer::Issuer,
    grants: grants::Grants,
    faults: faults::Faults,
    evidence: evidence::Evidence,
    registry: registry::Registry,
    rpc: rpc::Rpc,
    stream: stream::Stream,
    bus: bus::Bus,
}

impl Platform {
    pub(crate) fn new(address: SocketAddr, settings: Settings) -> Result<Self, String> {
        let base = format!("http://{address}");
        let secret = settings.client_secret.unwrap_or_else(|| {
            let mut bytes = [0; 32];
            rand::rng().fill_bytes(&mut bytes);
            URL_SAFE_NO_PAD.encode(bytes)
        });
        let state = State {
            issuer: issuer::Issuer::new(&base, settings.client_id, secret, settings.token_lifetime)?,
            grants: grants::Grants::default(),
            faults: faults::Faults::default(),
            evidence: evidence::Evidence::default(),
            registry: registry::Registry::default(),
            rpc: rpc::Rpc::new(tools::Tools::new(settings.sandbox)?),
            stream: stream::Stream::default(),
            bus: bus::Bus::default(),
            started: Instant::now(),
            base,
        };
        Ok(Self { state: Arc::new(state) })
    }

    /// The environment that a client of the platform needs.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let issuer = &self.state.issuer;
        vec![
            ("KEI_API_URL", self.state.base.clone()),
            ("KEI_AUTH_TYPE", "oidc".to_owned()),
            ("KEI_OIDC_ISSUER", issuer.url().to_owned()),
            ("KEI_OIDC_CLIENT_ID", issuer.client_id().to_owned()),
            ("KEI_OIDC_CLIENT_SECRET", issuer.client_secret().to_owned()),
            ("KEI_OIDC_SCOPES", issuer::AGENT_SCOPE.to_owned()),
            ("KEI_AGENT_ID", "dev-agent".to_owned()),
        ]
    }

    /// Serves until dropped.
    pub(crate) async fn serve(&self, listener: tokio::net::TcpListener) {
        server::serve(Arc::clone(&self.state), listener).await;
    }
}
