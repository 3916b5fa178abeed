//! Configuration: built-in defaults, then a TOML file, then the environment.
//!
//! A service describes its settings once, as a raw `serde` structure that denies unknown fields plus a
//! [`Schema`]; [`load`] gives it back filled, and the [`Effective`] settings with it: who set what, what
//! may not be shown, and a hash over the rest. What is wrong is said in one line a setting: its path, its
//! value unless secret, what was expected, and where it came from.
//!
//! The environment is an argument. Only [`Environment::of_process`] reads the real one, once.

mod effective;
mod environment;
mod error;
mod layers;
mod load;
mod path;
mod secret;
mod sections;
mod validate;

pub use secrecy::{ExposeSecret, SecretString};

pub use self::{
    effective::Effective,
    environment::{Environment, FlatName, Kind},
    error::{Error, Invalid, Origin, Problem},
    load::{Loaded, Schema, load},
    path::SettingPath,
    secret::{NotAUrl, SecretUrl},
    sections::{FLAT_NAMES, RawListen, RawShutdown, RawTelemetry, ShutdownLimits},
    validate::Validator,
};
