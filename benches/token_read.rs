//! What it costs to read a valid token, from one thread and from several at once. No lock is taken: more threads must not make it slower than the machine's cores do.

use std::sync::Arc;

use bytes::Bytes;
use kei_agent::auth::{Means, TokenManager};
use kei_agent::clock::{BoxFuture, Clock, SystemClock};
use kei_agent::config::{AuthConfig, Mounts, TimeoutConfig};
use kei_agent::observe::Observe;
use kei_agent::transport::{Answered, Exchange, HttpRequest, HttpResponse};

/// An issuer whose token lives a day.
struct Issuer;

impl Exchange for Issuer {
    fn send(&self, _: HttpRequest) -> BoxFuture<'static, Answered> {
        let body =
            Bytes::from_static(br#"{"access_token":"a-token-of-the-bench","token_type":"Bearer","expires_in":86400}"#);
        Box::pin(async { Ok(Box::new(HttpResponse { body, ..HttpResponse::default() })) })
    }
}

fn manager(runtime: &tokio::runtime::Runtime) -> TokenManager {
    let config = r#"{"token_endpoint": "https://issuer.example/token", "client_id": "c", "client_secret": "a-secret-of-the-bench"}"#;
    let config: AuthConfig = serde_json::from_str(config).expect("it fits");
    let means = Means {
        timeouts: TimeoutConfig::default(),
        http: Arc::new(Issuer),
        clock: Arc::new(SystemClock),
        observe: Observe::default(),
        actor: String::new(),
        spawner: runtime.handle().clone(),
        cache: Arc::default(),
        mounts: Mounts::default(),
        certificate: None,
        way: String::new(),
    };
    let manager = TokenManager::new(&config, &means).expect("it fits");
    runtime.block_on(manager.credential()).expect("a token");
    manager
}

fn main() {
    divan::main();
}

#[divan::bench(threads = [1, 2, 8], sample_size = 10_000)]
fn read_a_valid_token(bencher: divan::Bencher) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let manager = manager(&runtime);
    // The time is looked at once for a call, for all that needs it.
    let now = SystemClock.now();
    bencher.bench(|| manager.at_once(now).expect("a valid token is there at once").is_some());
}
