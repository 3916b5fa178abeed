//! Why a message is where it is.

use causeway_chain::logs::Position as BlockPosition;
use causeway_primitives::{ChainId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    message::Message,
    text::{bytes, text, time},
};
use crate::{
    app::diagnose::Diagnosed,
    domain::diagnose::{Manual as ManualPlan, Step, Verdict},
};

/// Why a message is where it is.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Diagnosis {
    message: Message,
    /// `executed`, `waiting`, `stuck`, `executable` (by hand), or `unknown` (never to be read as stuck).
    verdict: &'static str,
    /// The verdict in one sentence.
    summary: String,
    /// What to do next.
    action: String,
    /// Until when a waiting message is expected to move; since when an executable one can be executed.
    at: Option<String>,
    /// In the order in which a message passes them.
    steps: Vec<DiagnosisStep>,
    /// Absent where there is no execution by hand, or the message is executed.
    manual: Option<Manual>,
    /// Up to where the source chain was read for this.
    source_position: Option<Position>,
    /// Up to where the destination chain was read for this.
    destination_position: Option<Position>,
}

/// A step of a diagnosis.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct DiagnosisStep {
    /// `monitor`, `send`, `funds`, `router`, `lane`, `finality`, `commit`, `curse`, `order`, `relay`, `execution` or `gas`.
    name: &'static str,
    /// `ok`, `problem`, `unknown` (never to be read as good) or `not_applicable`.
    found: &'static str,
    /// In words, with the figures.
    detail: String,
    /// The reads that prove it, one a line: method, contract, block, value.
    proof: String,
    /// Empty when there is nothing to do.
    action: String,
}

/// What an execution by hand takes.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Manual {
    off_ramp: String,
    /// By the destination chain's clock.
    possible_from: String,
    /// What to give to the receiver; absent when what the message says is enough, as far as is known.
    gas_override: Option<String>,
    /// Gas that the transaction needs at least.
    gas_floor: String,
    function: Option<&'static str>,
    /// Ready to send.
    calldata: Option<String>,
    /// The committed root that the proof leads to.
    root: Option<String>,
    proof: Vec<String>,
    proof_flags: Option<String>,
    /// What still has to be filled in, in words; empty when nothing has.
    to_fill_in: String,
    /// Why the call could not be made.
    unavailable: Option<String>,
}

/// Up to where a chain was read.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Position {
    chain_id: u64,
    block_number: u64,
    block_hash: String,
    timestamp: String,
}

impl From<Diagnosed> for Diagnosis {
    fn from(diagnosed: Diagnosed) -> Self {
        let found = diagnosed.diagnosis;
        let at = match found.verdict {
            Verdict::Waiting { until, .. } => until,
            Verdict::Executable { since } => Some(since),
            Verdict::Executed | Verdict::Stuck { .. } | Verdict::Unknown { .. } => None,
        };
        Self {
            message: Message::from(&diagnosed.message),
            verdict: found.verdict.as_str(),
            summary: found.summary,
            action: found.action,
            at: time(at),
            steps: found.steps.into_iter().map(DiagnosisStep::from).collect(),
            manual: found.manual.map(Manual::from),
            source_position: diagnosed.source_position.map(Position::from),
            destination_position: diagnosed.destination_position.map(Position::from),
        }
    }
}

impl From<Step> for DiagnosisStep {
    fn from(step: Step) -> Self {
        Self {
            name: step.name.as_str(),
            found: step.found.as_str(),
            detail: step.detail,
            proof: step.proof,
            action: step.action,
        }
    }
}

impl From<ManualPlan> for Manual {
    fn from(plan: ManualPlan) -> Self {
        let (call, unavailable) = match plan.call {
            Ok(call) => (Some(call), None),
            Err(gap) => (None, Some(gap.to_string())),
        };
        Self {
            off_ramp: bytes(plan.off_ramp),
            possible_from: plan.possible_from.to_string(),
            gas_override: text(plan.gas_override),
            gas_floor: plan.gas_floor.to_string(),
            function: call.as_ref().map(|call| call.function),
            calldata: call.as_ref().map(|call| bytes(&call.calldata)),
            root: call.as_ref().and_then(|call| text(call.root)),
            proof: call.iter().flat_map(|call| &call.proof).map(ToString::to_string).collect(),
            proof_flags: call.as_ref().map(|call| call.proof_flags.to_string()),
            to_fill_in: call.map(|call| call.to_fill_in).unwrap_or_default(),
            unavailable,
        }
    }
}

impl From<(ChainId, BlockPosition, Timestamp)> for Position {
    fn from((chain, block, time): (ChainId, BlockPosition, Timestamp)) -> Self {
        Self {
            chain_id: chain.get(),
            block_number: block.number,
            block_hash: block.hash.to_string(),
            timestamp: time.to_string(),
        }
    }
}
