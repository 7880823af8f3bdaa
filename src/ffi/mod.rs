//! The C ABI: the only place where `unsafe` is allowed, one exported function after the other, nothing else.
//!
//! Inputs are pointer and length, checked and copied before a function returns. Every function runs inside the panic guard. Handles
//! are looked up in one table; see `handle`.

mod abi;
mod body;
mod buf;
mod call;
mod client;
mod dispatch;
mod guard;
mod handle;
mod input;
mod logs;
mod notify;
mod packed;
mod process;
mod queue;
mod queues;
mod runtime;
mod stamp;
mod status;
mod subscribe;
mod wake;

pub use abi::*;
pub use buf::kei_buf_free;
pub use call::{kei_call, kei_op_cancel, kei_submit};
pub use client::{kei_client_new, kei_close};
pub use dispatch::kei_queue_set_callback;
pub use logs::kei_log_attach;
pub use packed::kei_queue_drain_packed;
pub use process::kei_runtime_after_fork_child;
pub use queues::{kei_queue_drain, kei_queue_fd, kei_queue_new, kei_queue_next, kei_queue_notify_fd, kei_queue_wake};
pub use runtime::{kei_runtime_new, kei_runtime_shutdown};
pub use status::{kei_status_name, kei_status_retryable};
pub use subscribe::{kei_reply, kei_sub_credit, kei_subscribe};

/// All that handles stand for. For use inside the guard, which has seen that this is no forked child that inherited it.
fn table() -> &'static handle::Table {
    &process::here().table
}
