//! Wire ↔ values. Everything that can be wrong in a request is refused here, with the field's name.

use std::time::Duration;

use causeway_grpc::Refusal as Status;
use causeway_primitives::{MessageId, RelayerId, Scope, Timestamp, U256};
use causeway_proto::{guard::v1 as wire, types::v1::BigInteger};
use uuid::Uuid;

use crate::{
    adapters::store::{About, Operation},
    app::{Answer, CapSetting, Standing},
    domain::{
        latch::Halt,
        lease::{Lease, Refusal},
    },
};

/// The most operations of one report.
const OPERATIONS: usize = 200;

pub(super) fn holder(text: &str) -> Result<RelayerId, Status> {
    text.parse().map_err(|error| Status::field("holder", error))
}

pub(super) fn scope(number: i32) -> Result<Scope, Status> {
    match wire::Scope::try_from(number) {
        Ok(wire::Scope::BatchCreation) => Ok(Scope::BatchCreation),
        Ok(wire::Scope::Settlement) => Ok(Scope::Settlement),
        Ok(wire::Scope::Tokenization) => Ok(Scope::Tokenization),
        Ok(wire::Scope::All) => Ok(Scope::All),
        Ok(wire::Scope::Unspecified) | Err(_) => Err(Status::field("scope", "one of the scopes of the contract")),
    }
}

pub(super) fn uuid(field: &'static str, text: &str) -> Result<Uuid, Status> {
    text.parse().map_err(|_| Status::field(field, "a UUID"))
}

pub(super) const fn scope_out(scope: Scope) -> wire::Scope {
    match scope {
        Scope::BatchCreation => wire::Scope::BatchCreation,
        Scope::Settlement => wire::Scope::Settlement,
        Scope::Tokenization => wire::Scope::Tokenization,
        Scope::All => wire::Scope::All,
    }
}

pub(super) fn halted(halts: &[Halt]) -> Vec<wire::HaltedScope> {
    let halted = |halt: &Halt| wire::HaltedScope {
        scope: scope_out(halt.scope).into(),
        halt_id: Uuid::from_u128(halt.id.get()).to_string(),
        epoch: halt.epoch,
    };
    halts.iter().map(halted).collect()
}

pub(super) fn answer(request_id: String, answer: Answer) -> wire::AcquireLeaseResponse {
    use wire::acquire_lease_response::Answer as Out;
    let out = match answer.outcome {
        Ok(lease) => Out::Lease(lease_out(&lease, &answer.caps, answer.standing)),
        Err(refusal) => Out::Refusal(wire::LeaseRefusal {
            reason: reason(&refusal).into(),
            detail: refusal.to_string(),
            epoch: answer.epoch,
            halted: halted(&answer.halted),
            retry_after: None,
        }),
    };
    wire::AcquireLeaseResponse { request_id, answer: Some(out) }
}

fn lease_out(lease: &Lease, caps: &[CapSetting], standing: Standing) -> wire::Lease {
    let number = |units: U256| Some(BigInteger { value: units.to_string() });
    let cap = |cap: &CapSetting| wire::Cap {
        asset: cap.asset.to_string(),
        max_per_operation: number(cap.per_operation),
        max_total: number(cap.total),
    };
    wire::Lease {
        epoch: lease.epoch,
        sequence: lease.sequence,
        verdict_id: Uuid::from_u128(lease.verdict).to_string(),
        scope: scope_out(lease.scope).into(),
        // Rounded down: never longer than it was granted.
        ttl_ms: u32::try_from(lease.ttl.as_millis()).unwrap_or(u32::MAX),
        caps: caps.iter().map(cap).collect(),
        probation: match standing {
            Standing::Regular => false,
            Standing::Probation => true,
        },
    }
}

const fn reason(refusal: &Refusal) -> wire::LeaseRefusalReason {
    match refusal {
        Refusal::LatchUnreadable => wire::LeaseRefusalReason::LatchUnreadable,
        Refusal::Halted { .. } => wire::LeaseRefusalReason::Halted,
        Refusal::NotLeader => wire::LeaseRefusalReason::NotLeader,
        Refusal::Behind { .. } => wire::LeaseRefusalReason::GuardBehind,
        Refusal::Starting => wire::LeaseRefusalReason::Starting,
        Refusal::HeldByAnother { .. } => wire::LeaseRefusalReason::HeldByAnother,
        Refusal::NoFreshPass { .. } => wire::LeaseRefusalReason::NoFreshPass,
    }
}

pub(super) fn operations(told: &[wire::Operation]) -> Result<Vec<Operation>, Status> {
    if !(1..=OPERATIONS).contains(&told.len()) {
        return Err(Status::field("operations", format!("1 to {OPERATIONS}")));
    }
    told.iter().enumerate().map(|(index, one)| operation(index, one)).collect()
}

fn operation(index: usize, told: &wire::Operation) -> Result<Operation, Status> {
    let wrong = |field: &str, expected: &str| Status::field(format!("operations[{index}].{field}"), expected);
    let at = told.at.as_ref().and_then(timestamp).ok_or_else(|| wrong("at", "a time since 1970"))?;
    let duration =
        told.duration.as_ref().map(duration).map(|d| d.ok_or_else(|| wrong("duration", "no less than nothing")));
    // A turn of the indexer in which nothing was new is one, and covers nothing; everything else covers something.
    let is_turn = told.kind() == wire::OperationKind::IndexCycle;
    let things = if is_turn { told.count } else { told.count.max(1) };
    Ok(Operation {
        id: told.operation_id.parse().map_err(|_| wrong("operation_id", "a UUID"))?,
        kind: kind(told.kind()).ok_or_else(|| wrong("kind", "one of the kinds of the contract"))?,
        outcome: outcome(told.outcome()).ok_or_else(|| wrong("outcome", "one of the outcomes of the contract"))?,
        at,
        duration: duration.transpose()?,
        things,
        epoch: told.epoch,
        sequence: told.sequence,
        about: about(told).map_err(|(field, expected)| wrong(field, expected))?,
    })
}

fn about(told: &wire::Operation) -> Result<About, (&'static str, &'static str)> {
    let hash = |field, text: &str| {
        let parsed = Some(text).filter(|text| !text.is_empty()).map(str::parse::<MessageId>).transpose();
        parsed.map(|hash| hash.map(MessageId::get)).map_err(|_| (field, "0x and 64 hexadecimal digits, or nothing"))
    };
    let asset = Some(told.asset.as_str()).filter(|text| !text.is_empty()).map(str::parse).transpose();
    let amount = told.amount.as_ref().map(|amount| U256::from_str_radix(&amount.value, 10)).transpose();
    let some = |number: u64| Some(number).filter(|number| *number > 0);
    Ok(About {
        chain: some(told.chain_id),
        tx: hash("tx_hash", &told.tx_hash)?,
        message: hash("message_id", &told.message_id)?,
        batch: told.batch_number,
        asset: asset.map_err(|_| ("asset", "an asset's name, or nothing"))?,
        amount: amount.map_err(|_| ("amount", "a whole number of base units, not negative"))?,
        gas_estimated: some(told.gas_estimated),
        gas_used: some(told.gas_used),
    })
}

fn timestamp(told: &prost_types::Timestamp) -> Option<Timestamp> {
    let seconds = u64::try_from(told.seconds).ok()?;
    let nanos = u32::try_from(told.nanos).ok()?;
    Timestamp::from_millis(seconds.checked_mul(1_000)?.checked_add(u64::from(nanos / 1_000_000))?).ok()
}

fn duration(told: &prost_types::Duration) -> Option<Duration> {
    let nanos = u32::try_from(told.nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    Some(Duration::new(u64::try_from(told.seconds).ok()?, nanos))
}

const fn kind(kind: wire::OperationKind) -> Option<&'static str> {
    match kind {
        wire::OperationKind::Unspecified => None,
        wire::OperationKind::IndexCycle => Some("index_cycle"),
        wire::OperationKind::BatchCreated => Some("batch_created"),
        wire::OperationKind::BatchAnchored => Some("batch_anchored"),
        wire::OperationKind::Minted => Some("minted"),
        wire::OperationKind::WithdrawalClaimed => Some("withdrawal_claimed"),
        wire::OperationKind::ProofVerified => Some("proof_verified"),
        wire::OperationKind::Broadcast => Some("broadcast"),
        wire::OperationKind::ChainCall => Some("chain_call"),
    }
}

const fn outcome(outcome: wire::OperationOutcome) -> Option<&'static str> {
    match outcome {
        wire::OperationOutcome::Unspecified => None,
        wire::OperationOutcome::Succeeded => Some("succeeded"),
        wire::OperationOutcome::Failed => Some("failed"),
        wire::OperationOutcome::Unknown => Some("unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: wire::OperationKind, count: u64) -> Result<Operation, Status> {
        let told = wire::Operation {
            operation_id: Uuid::nil().to_string(),
            kind: kind.into(),
            outcome: wire::OperationOutcome::Succeeded.into(),
            at: Some(prost_types::Timestamp { seconds: 1, nanos: 0 }),
            count,
            ..wire::Operation::default()
        };
        operations(&[told]).map(|mut taken| taken.remove(0))
    }

    #[test]
    fn grd_6_a_turn_of_the_indexer_without_deposits_indexes_none_and_anything_else_is_one_thing() {
        assert_eq!(told(wire::OperationKind::IndexCycle, 0).unwrap().things, 0);
        assert_eq!(told(wire::OperationKind::IndexCycle, 7).unwrap().things, 7);
        assert_eq!(told(wire::OperationKind::BatchAnchored, 0).unwrap().things, 1);
        assert!(told(wire::OperationKind::Unspecified, 1).is_err());
    }
}
