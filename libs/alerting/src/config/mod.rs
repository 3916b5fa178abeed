//! `[alerting]`: the section of a service's configuration that says where alerts go.
//!
//! A service embeds [`RawAlerting`], its defaults in its `default.toml`, and [`SECRETS`] in its schema:
//!
//! ```toml
//! [alerting]
//! source = ""
//! runbook_base_url = ""
//! delivery_timeout_ms = 10000
//! ```

mod channels;
mod settings;

pub use self::{
    channels::RawChannel,
    settings::{RawAlerting, SECRETS, Settings},
};
