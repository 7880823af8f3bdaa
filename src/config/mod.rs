//! Configuration: one typed schema, merged from its sources, checked as a whole.

mod auth;
mod check;
mod facts;
mod fields;
mod file;
mod format;
mod health;
mod load;
mod observe;
mod otlp;
mod platform;
mod private_file;
mod reference;
mod resilience;
mod sample;
pub mod schema;
mod sources;
#[cfg(test)]
mod tests;
mod variables;

pub use auth::*;
pub use facts::{Change, Explained, Facts, Files, Origin, Source, plant};
#[cfg(test)]
pub(crate) use fields::list;
pub use fields::{Field, Fields, is_under, kind};
#[cfg(test)]
pub(crate) use file::SCHEMA as FILE;
pub use file::{check_text, check_update, user_folder};
pub use format::Format;
pub use health::*;
pub use load::{Given, Loaded, Settings, assemble, environment, load, merge, read};
pub use observe::*;
pub use otlp::{OtlpConfig, OtlpTlsConfig};
pub use platform::{base_url, is_loopback};
pub use private_file::{Mounts, Opened, read_secret};
pub use reference::{NoVault, Reference, Vault, VaultPath};
pub use resilience::*;
pub use sample::sample;
pub use schema::*;
pub use sources::*;
pub use variables::unknown as unknown_variables;
