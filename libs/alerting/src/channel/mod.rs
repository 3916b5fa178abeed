//! The carriers: one port, seven ways to reach somebody. None of them decides anything.
//!
//! Base URLs and credentials are settings, so a test or a proxy can stand where the vendor stands. No URL
//! and no credential appears in an error, in `Debug` or in a log line.

mod alertmanager;
mod http;
mod log;
mod pagerduty;
mod port;
mod silences;
mod slack;
mod sms;
mod smtp;
mod text;
mod webhook;

pub use self::{
    alertmanager::Alertmanager,
    http::{Endpoint, Outgoing, SettingError},
    log::Log,
    pagerduty::PagerDuty,
    port::{Channel, Error},
    silences::{Matcher, Relation, Silence, Silences},
    slack::Slack,
    sms::{Gateway, Sms, SmsBody},
    smtp::{Encryption, Login, Relay, Smtp},
    text::Wording,
    webhook::{Hook, Webhook},
};
