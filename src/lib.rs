//! kei-agent: a native agent client. It takes care of what every serious client gets wrong: tokens, retries and logging.
//!
//! # How a call travels
//!
//! 1. [`ffi`] (or a Rust program) hands an operation's name, a JSON request and JSON options to a [`client::Client`]. The client checks them,
//!    finds the operation in the registry ([`operations`], declared with the types of [`operation`]), and puts it into the [`inbox`] of its
//!    [`runtime::Runtime`], whose I/O thread runs it. One that waits for nothing is run there and then, and answered.
//! 2. The operation reads its request, makes a URL and a body of it, and gives a call to the [`pipeline`].
//! 3. The pipeline validates it, holds it to its deadline, asks the breaker for leave, gets a credential from [`auth`], and
//!    sends it by [`transport`]; what fails is judged, and sent again where that is right.
//! 4. The answer's bytes go back as they came. The outcome, good or bad, is delivered exactly once, scrubbed of secrets by [`observe`].
//!
//! Dependencies point one way: ffi → client → operations → pipeline → {auth, vault, transport, letters} → {config, observe, clock, error,
//! secret, fault, inbox, json, private, schemas, thread}.
#![deny(missing_docs, unsafe_op_in_unsafe_fn, unsafe_code)]

pub mod auth;
pub mod client;
pub mod clock;
pub mod config;
pub mod error;
mod exporter;
mod fault;
pub mod feed;
#[allow(unsafe_code)] // The boundary to C, and the only place for it.
pub mod ffi;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod in_flight;
pub mod inbox;
pub mod json;
mod latch;
pub mod letters;
pub mod observe;
pub mod operation;
pub mod operations;
mod order;
pub mod pipeline;
mod private;
pub mod runtime;
pub mod schemas;
pub mod seat;
pub mod secret;
pub mod server;
mod thread;
pub mod transport;
pub mod vault;

pub use client::Client;
pub use error::{Code, Error, Result};
pub use runtime::Runtime;
