//! A diagnosis → wire.

use causeway_chain::logs::Position;
use causeway_primitives::{ChainId, Timestamp};
use causeway_proto::{
    ccip::v1::{DiagnoseMessageResponse, DiagnosisStep, Finding, ManualExecution},
    types::v1::ChainPosition,
};

use super::convert::{bytes, integer, message};
use crate::{
    app::diagnose::Diagnosed,
    domain::diagnose::{Found, Manual, Step},
};
use causeway_service::wire::timestamp;

pub(super) fn response(diagnosed: Diagnosed) -> DiagnoseMessageResponse {
    let found = diagnosed.diagnosis;
    DiagnoseMessageResponse {
        message: Some(message(&diagnosed.message)),
        verdict: found.summary,
        action: found.action,
        steps: found.steps.into_iter().map(step).collect(),
        source_position: diagnosed.source_position.map(position),
        destination_position: diagnosed.destination_position.map(position),
        outcome: found.verdict.as_str().to_owned(),
        manual: found.manual.map(manual),
    }
}

fn step(step: Step) -> DiagnosisStep {
    DiagnosisStep {
        name: step.name.as_str().to_owned(),
        finding: finding(step.found).into(),
        detail: step.detail,
        proof: step.proof,
        action: step.action,
    }
}

const fn finding(found: Found) -> Finding {
    match found {
        Found::Ok => Finding::Ok,
        Found::Waiting => Finding::Waiting,
        Found::Problem => Finding::Problem,
        Found::Unknown => Finding::Unspecified,
        Found::NotApplicable => Finding::NotApplicable,
    }
}

fn manual(plan: Manual) -> ManualExecution {
    let (call, unavailable) = match plan.call {
        Ok(call) => (Some(call), String::new()),
        Err(gap) => (None, gap.to_string()),
    };
    ManualExecution {
        off_ramp: bytes(plan.off_ramp),
        possible_from: timestamp(plan.possible_from),
        gas_override: plan.gas_override.and_then(integer),
        gas_floor: integer(plan.gas_floor),
        function: call.as_ref().map(|call| call.function.to_owned()).unwrap_or_default(),
        calldata: call.as_ref().map(|call| call.calldata.to_vec()).unwrap_or_default(),
        to_fill_in: call.map(|call| call.to_fill_in).unwrap_or_default(),
        unavailable,
    }
}

fn position((chain, block, _): (ChainId, Position, Timestamp)) -> ChainPosition {
    ChainPosition { chain_id: chain.get(), block_number: block.number, block_hash: block.hash.to_string() }
}
