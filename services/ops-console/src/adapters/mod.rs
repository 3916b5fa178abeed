//! The outside: the services, and the console's own database.

pub mod exposition;
pub mod hooks;
pub mod oidc;
pub mod passwords;
pub mod services;
pub mod siblings;
pub mod store;
pub(crate) mod wire;
pub mod world;
