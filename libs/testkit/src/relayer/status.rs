//! What a simulated relayer says of itself.

use serde::{Deserialize, Serialize};

use super::engine::{Cycle, Faults};

/// The answer of `/status`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Status {
    /// Always true: nobody shall take it for a relayer.
    pub simulated: bool,
    /// Which instance this is.
    pub holder: String,
    /// The process.
    pub pid: u32,
    /// Whether cycles run by themselves.
    pub pace: Pace,
    /// Cycles since the start.
    pub cycles: u64,
    /// What they did together; `held_up` is that of the last one.
    pub done: Cycle,
    /// What made the last cycle fail; absent when it did not.
    pub failure: Option<String>,
    /// How it stands with the guard; empty when nobody is asked.
    pub clearance: Vec<ScopeStanding>,
    /// What goes wrong by order.
    pub faults: Faults,
    /// The traffic since the start.
    pub traffic: Traffic,
}

/// Whether cycles run by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// They do.
    #[default]
    Running,
    /// Only when they are told to.
    Paused,
}

/// How it stands with the guard for one scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeStanding {
    /// The scope's word.
    pub scope: String,
    /// The epoch of the lease; 0 without one.
    pub epoch: u64,
    /// For how long it is good yet; 0 without one.
    pub left_ms: u64,
    /// Why there is none; absent with one.
    pub refused: Option<String>,
}

/// What simulated users did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Traffic {
    /// Deposits that were mined.
    pub deposits: u64,
    /// Burns that were mined.
    pub burns: u64,
    /// What a contract or a node refused.
    pub refused: u64,
}
