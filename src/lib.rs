//! kei-agent: a native agent client. (The map comes with the pieces.)
#![deny(missing_docs, unsafe_op_in_unsafe_fn, unsafe_code)]

pub mod auth;
pub mod clock;
pub mod config;
pub mod error;
pub mod json;
pub mod observe;
pub mod secret;
pub mod transport;
