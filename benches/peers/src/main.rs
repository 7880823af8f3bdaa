//! The peers in Rust, each of which does the same work on one thread: `kei-agent-peers NAME IN_FLIGHT SECONDS`, with what is sent in the environment; see `run.py`.

mod bare_hyper;
mod bare_websocket;
mod first;
mod held;
mod hyper_client;
mod measure;
mod push;
mod with_reqwest;

use measure::Work;
use tokio::task::LocalSet;

/// Runs what `task` spawns on this thread, too.
fn here(task: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(LocalSet::new().run_until(task));
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("hyper") => here(bare_hyper::run(Work::read())),
        Some("client") => here(hyper_client::run(Work::read())),
        Some("reqwest") => here(with_reqwest::run(Work::read())),
        Some("websocket") => here(bare_websocket::run(Work::read())),
        Some("first") => first::run(&Work::read()),
        Some("held") => here(held::run(arguments.next().expect("how many").parse().expect("a number"))),
        Some("push") => here(push::run()),
        _ => panic!("usage: kei-agent-peers hyper|client|reqwest|websocket|first|held|push …"),
    }
}
