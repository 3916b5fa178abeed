//! What the service runs with, checked. Where a value came from is remembered for the errors that only the world
//! reveals; secrets stay in types that do not print them.

use std::time::Duration;

use causeway_service::config::Base;

use super::{Chain, Feeds, Publisher, Signers, Venues};

/// What the service runs with.
#[derive(Debug, Clone)]
pub struct Config {
    /// What every service has.
    pub base: Base,
    /// The chain.
    pub chain: Chain,
    /// The publisher's keys.
    pub signers: Signers,
    /// How transactions are sent.
    pub publisher: Publisher,
    /// Whether every hold is stored.
    pub keep_holds: bool,
    /// How long decisions are kept.
    pub retention: Duration,
    /// The feeds.
    pub feeds: Feeds,
    /// The venues.
    pub venues: Venues,
}
