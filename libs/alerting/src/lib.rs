//! Alerts: what they are, who hears of them and when, and the channels that carry them.
//!
//! The heart is [`policy::next`], a pure state machine: it takes what happened and the time, and answers
//! which notifications are due. It groups, deduplicates, waits, escalates, mutes and resolves, and never
//! touches a network or a clock. [`channel`] holds the carriers behind one port, each of which delivers one
//! notification or says why not. [`dispatcher`] joins the two inside one process with bounded queues.
//!
//! What it deliberately does not do: evaluate metrics (Prometheus does), keep its state across a restart
//! (services raise again what is still wrong), or decide what is wrong (the services' domains do).

pub mod alert;
pub mod channel;
pub mod dispatcher;
pub mod metrics;
pub mod notification;
pub mod policy;
pub mod registry;
pub mod rules;
pub mod wire;

pub use crate::{
    alert::{Alert, Fingerprint, Labels, Name, Severity, Text, Tier},
    channel::Channel,
    notification::{ChannelId, Kind, Notification},
    registry::Registry,
};
