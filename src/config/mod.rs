//! Configuration: one typed schema, merged from its sources, checked as a whole.

pub mod schema;

pub use schema::*;
