//! What the service runs with, checked. Where a value came from is remembered for the errors that only the world
//! reveals; secrets stay in types that do not print them.

use std::time::Duration;

use causeway_service::config::Base;

use super::{AlertLimits, ChainSettings, LaneSettings};
use crate::adapters::dialects::Private;

/// What the service runs with.
#[derive(Debug, Clone)]
pub struct Config {
    /// What every service has.
    pub base: Base,
    /// How often it looks.
    pub monitor: Monitor,
    /// When it speaks up.
    pub alerts: AlertLimits,
    /// The chains.
    pub chains: Vec<ChainSettings>,
    /// The lanes that the operators listed. Others are followed on sight, and said to be unlisted.
    pub lanes: Vec<LaneSettings>,
    /// True in the deployment of one chain: no lane is listed, so none is unlisted.
    pub open: bool,
    /// The operators' own dialects, the preset included.
    pub dialects: Vec<Private>,
    /// The dialect of the router in the deployment of one chain.
    pub open_dialect: String,
}

/// How often it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Monitor {
    /// Routers, curses, balances, counters, judgements.
    pub interval: Duration,
    /// For one request to an endpoint.
    pub call_timeout: Duration,
    /// For lanes that are not listed.
    pub expire_after: Duration,
}
