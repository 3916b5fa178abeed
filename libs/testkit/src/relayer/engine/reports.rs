//! What the guard is told: operations as figures, and what must not be.

use alloy::primitives::{B256, U256};
use causeway_proto::{
    guard::v1::{Operation, OperationKind, OperationOutcome, ReportViolationRequest, ViolationKind},
    types::v1::BigInteger,
};
use uuid::Uuid;

use super::{
    Standing,
    operate::{Kind, Transaction},
};
use crate::{bridge::End, relayer::time};

/// One turn of the indexer over one chain, in which so many deposits were new.
pub(super) fn index_cycle(chain_id: u64, deposits: u64, nanos: u64) -> Operation {
    let base = operation(OperationKind::IndexCycle, OperationOutcome::Succeeded);
    Operation { chain_id, count: deposits, duration: Some(duration(nanos)), ..base }
}

/// A batch was written.
pub(super) fn batch_created(number: u64, messages: usize, nanos: u64) -> Operation {
    let base = operation(OperationKind::BatchCreated, OperationOutcome::Succeeded);
    let count = u64::try_from(messages).unwrap_or(u64::MAX);
    Operation { batch_number: Some(number), count, duration: Some(duration(nanos)), ..base }
}

/// The reads of one turn over one chain ended, one way or the other.
pub(super) fn chain_call(chain_id: u64, outcome: OperationOutcome, nanos: u64) -> Operation {
    Operation { chain_id, duration: Some(duration(nanos)), ..operation(OperationKind::ChainCall, outcome) }
}

/// A transaction that came to its end.
#[derive(Debug)]
pub(super) struct Ended<'a> {
    pub(super) of: &'a Transaction,
    pub(super) chain_id: u64,
    /// The guard's word for it.
    pub(super) asset: &'a str,
    pub(super) standing: Standing,
    pub(super) gas_used: u64,
    /// Epoch and sequence; 0 and 0 for none.
    pub(super) lease: (u64, u64),
    /// What our own verification of its proof took.
    pub(super) proof_nanos: Option<u64>,
    /// How long what it settles had been on its way.
    pub(super) age_millis: Option<u64>,
}

/// That it was broadcast, and what it did.
pub(super) fn transaction(ended: &Ended<'_>) -> Vec<Operation> {
    let outcome = match ended.standing {
        Standing::Confirmed => OperationOutcome::Succeeded,
        Standing::Reverted => OperationOutcome::Failed,
    };
    let of = ended.of;
    let base = |kind, nanos: Option<u64>| Operation {
        chain_id: ended.chain_id,
        tx_hash: of.hash.to_string(),
        asset: of.amount.map(|_| ended.asset.to_owned()).unwrap_or_default(),
        amount: of.amount.map(integer),
        batch_number: of.batch,
        message_id: of.message.map(|id| id.to_string()).unwrap_or_default(),
        epoch: ended.lease.0,
        sequence: ended.lease.1,
        gas_estimated: of.gas_estimate.unwrap_or_default(),
        gas_used: ended.gas_used,
        duration: nanos.map(duration),
        ..operation(kind, outcome)
    };
    let mut told = vec![base(OperationKind::Broadcast, None)];
    let settled = match (of.kind, of.end) {
        (Kind::Anchor, _) => Some(OperationKind::BatchAnchored),
        (Kind::Claim, End::Destination) => Some(OperationKind::Minted),
        (Kind::Claim, End::Source) => Some(OperationKind::WithdrawalClaimed),
        (Kind::Mint | Kind::Release | Kind::Rescue | Kind::Transfer, _) => None,
    };
    if ended.proof_nanos.is_some() {
        told.push(base(OperationKind::ProofVerified, ended.proof_nanos));
    }
    let age = ended.age_millis.map(|millis| millis.saturating_mul(1_000_000));
    told.extend(settled.map(|kind| base(kind, age)));
    told
}

/// SQLSTATE 23505.
pub(super) fn broken_uniqueness(batch: u64, root: B256, constraint: &str) -> ReportViolationRequest {
    ReportViolationRequest {
        constraint: constraint.to_owned(),
        batch_number: Some(batch),
        merkle_root: root.to_string(),
        ..violation(ViolationKind::UniqueConstraint, "the table of batches refused a row".to_owned())
    }
}

/// A contract refused what we hold for proven.
pub(super) fn proof_rejected(of: &Transaction, chain_id: u64) -> ReportViolationRequest {
    ReportViolationRequest {
        batch_number: of.batch,
        message_id: of.message.map(|id| id.to_string()).unwrap_or_default(),
        tx_hash: of.hash.to_string(),
        chain_id,
        ..violation(ViolationKind::ProofRejected, "a settlement refused a proof that leads to its root".to_owned())
    }
}

/// The chain counts otherwise than we do.
pub(super) fn nonce_desync(chain_id: u64, hash: B256, words: &str) -> ReportViolationRequest {
    ReportViolationRequest {
        tx_hash: hash.to_string(),
        chain_id,
        ..violation(ViolationKind::NonceDesync, words.to_owned())
    }
}

fn operation(kind: OperationKind, outcome: OperationOutcome) -> Operation {
    let millis = time::wall_millis();
    let at = prost_types::Timestamp {
        seconds: i64::try_from(millis / 1_000).unwrap_or_default(),
        nanos: i32::try_from(millis % 1_000).unwrap_or_default().saturating_mul(1_000_000),
    };
    Operation {
        operation_id: Uuid::new_v4().to_string(),
        kind: kind.into(),
        outcome: outcome.into(),
        at: Some(at),
        ..Operation::default()
    }
}

fn violation(kind: ViolationKind, detail: String) -> ReportViolationRequest {
    ReportViolationRequest {
        report_id: Uuid::new_v4().to_string(),
        kind: kind.into(),
        detail,
        ..ReportViolationRequest::default()
    }
}

fn integer(amount: U256) -> BigInteger {
    BigInteger { value: amount.to_string() }
}

fn duration(nanos: u64) -> prost_types::Duration {
    prost_types::Duration {
        seconds: i64::try_from(nanos / 1_000_000_000).unwrap_or(i64::MAX),
        nanos: i32::try_from(nanos % 1_000_000_000).unwrap_or_default(),
    }
}
