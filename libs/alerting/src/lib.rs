//! Alerts: what they are, who hears of them and when, and the channels that carry them.
//!
//! The heart is [`policy::next`], a pure state machine: it takes what happened and the time, and answers
//! which notifications are due. It groups, deduplicates, waits, escalates, mutes and resolves, and never
//! touches a network or a clock. [`channel`] holds the carriers behind one port, each of which delivers one
//! notification or says why not. A service takes [`config::RawAlerting`] into its configuration, calls
//! [`start()`], and says to the [`Alarms`] it gets what is wrong; what was said to whom is kept in the
//! service's database, so that a crash neither loses an alarm nor pages anybody twice.
//!
//! What it deliberately does not do: evaluate metrics (Prometheus does), or decide what is wrong (the
//! services' domains do).

mod alarms;
pub mod alert;
pub mod channel;
pub mod config;
mod delivery;
mod desk;
pub mod dispatcher;
pub mod metrics;
pub mod notification;
pub mod policy;
pub mod rules;
mod start;
pub mod wire;

pub use crate::{
    alarms::{Alarms, Concern, Refused, Standing},
    alert::{Alert, Fingerprint, Labels, Name, Severity, Text, Tier},
    channel::Channel,
    notification::{ChannelId, Kind, Notification},
    start::{Parts, start},
};
