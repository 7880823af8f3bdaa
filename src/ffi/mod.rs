//! The C ABI: the only place where `unsafe` is allowed, one exported function after the other, nothing else.
//!
//! Inputs are pointer and length, checked and copied before a function returns. Every function runs inside the panic guard. Handles
//! are looked up in one table; see `handle`.

mod abi;
mod buf;
mod call;
mod client;
mod guard;
mod handle;
mod input;
mod notify;
mod packed;
mod queue;
mod queues;
mod runtime;
mod status;
mod wake;

use once_cell::sync::Lazy;

pub use abi::*;
pub use buf::kei_buf_free;
pub use call::{kei_call, kei_op_cancel, kei_submit};
pub use client::{kei_client_new, kei_close};
pub use packed::kei_queue_drain_packed;
pub use queues::{kei_queue_drain, kei_queue_fd, kei_queue_new, kei_queue_next, kei_queue_notify_fd, kei_queue_wake};
pub use runtime::{kei_runtime_new, kei_runtime_shutdown};
pub use status::{kei_status_name, kei_status_retryable};

static TABLE: Lazy<handle::Table> = Lazy::new(|| {
    crate::operations::count_handles_with(|| TABLE.counts());
    handle::Table::new()
});

/// All that handles stand for.
fn table() -> &'static handle::Table {
    &TABLE
}
