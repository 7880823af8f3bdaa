//! Configuration: one typed schema, merged from its sources, checked as a whole.

mod auth;
mod health;
mod load;
mod observe;
mod otlp;
mod platform;
mod resilience;
pub mod schema;

pub use auth::*;
pub use health::*;
pub use load::{environment, load};
pub use observe::*;
pub use otlp::OtlpConfig;
pub use platform::{base_url, is_loopback};
pub use resilience::*;
pub use schema::*;
