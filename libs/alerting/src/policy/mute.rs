//! Maintenance windows: while one is open, what it names makes no message, except when something was
//! stopped because of it, or somebody must come at once.
//!
//! A window that somebody else keeps is leased: here it ends with the lease, and is told anew while it lasts. Whoever keeps it
//! may die; nothing stays quiet for longer than his word was good.

use std::{fmt, sync::Arc};

use causeway_primitives::Timestamp;

use super::rule::Matcher;
use crate::alert::{Alert, Severity, Text, Tier};

/// Names a window, for example a change ticket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowId(Arc<str>);

impl WindowId {
    /// Any text; cleaned and cut like other words of people.
    pub fn new(text: &str) -> Self {
        Self(Text::clean(text).as_str().into())
    }
}

impl fmt::Display for WindowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// From when to when, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Its name: a window of the same name replaces it.
    pub id: WindowId,
    /// First muted moment.
    pub from: Timestamp,
    /// First moment that is not muted any more.
    pub until: Timestamp,
    /// Which alerts.
    pub matcher: Matcher,
    /// Why, for the record.
    pub reason: Text,
}

impl Window {
    /// Whether it keeps this alert quiet now. Tier 1, and what is critical, is heard through every window.
    pub fn mutes(&self, alert: &Alert, now: Timestamp) -> bool {
        let may_wait = match alert.tier {
            Tier::Halt => false,
            Tier::Alert | Tier::Track => true,
        };
        let is_lesser = match alert.severity {
            Severity::Critical => false,
            Severity::Error | Severity::Warning | Severity::Info => true,
        };
        may_wait && is_lesser && self.from <= now && now < self.until && self.matcher.matches(alert)
    }
}
