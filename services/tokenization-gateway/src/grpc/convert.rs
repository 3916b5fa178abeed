//! Values → wire.

use causeway_primitives::{Address, AssetId, ChainId};
use causeway_proto::{
    tokenization::v1::{
        Approval, Asset, InboundMessage, LedgerEntry, LedgerLeg, LedgerSide, LedgerTotals, OnChain, OutboundMessage,
        Reconciliation, ReconciliationOutcome, Request, RequestKind, RequestState, TimelineEntry, TransactionOutcome,
        Valuation,
    },
    types::v1::{BigInteger, ChainPosition, Decimal},
};
use causeway_service::wire::{duration, timestamp};

use crate::{
    adapters::store::{AnswerRow, EntryRow, StepRow},
    app::{self, Comparison, Receipt, Taken, TransactionReceipt},
    domain::{
        self,
        authorise::FourEyes,
        instruction::{Kind, Movement},
        ledger::{Side, Totals},
        reconcile::Outcome,
        saga::State,
    },
};

fn big(value: impl ToString) -> Option<BigInteger> {
    Some(BigInteger { value: value.to_string() })
}

/// A request with the part of its way that is told with it.
pub(super) fn request(request: &domain::request::Request, steps: &[StepRow]) -> Request {
    let instruction = &request.instruction;
    let (saga, origin) = (request.saga, request.origin.as_ref());
    let holder = |holder: Option<Address>| holder.map(|holder| holder.to_string()).unwrap_or_default();
    Request {
        request_id: request.id.to_string(),
        kind: kind(instruction.kind()).into(),
        state: state(saga.state).into(),
        reason: saga.state.reason().to_owned(),
        asset_id: instruction.asset.to_string(),
        units: big(instruction.units),
        amount: request.amount.clone(),
        from: holder(instruction.movement.from()),
        to: holder(instruction.movement.to()),
        destination_selector: destination(&instruction.movement),
        reference: instruction.reference.to_string(),
        maker: request.maker.to_string(),
        approvals: request.approvals.iter().map(approval).collect(),
        valuation: request.valuation.as_ref().map(valuation),
        on_chain: request.on_chain.as_ref().map(on_chain),
        message_id: origin.map(|origin| origin.message.to_string()).unwrap_or_default(),
        uetr: origin.and_then(|origin| origin.uetr.clone()).unwrap_or_default(),
        timeline: steps.iter().map(step).collect(),
        created_at: timestamp(request.created_at),
        updated_at: timestamp(request.updated_at),
        trace_id: request.trace_id().unwrap_or_default().to_owned(),
        not_before: request.not_before.and_then(timestamp),
    }
}

const fn kind(kind: Kind) -> RequestKind {
    match kind {
        Kind::Mint => RequestKind::Mint,
        Kind::Transfer => RequestKind::Transfer,
        Kind::Redeem => RequestKind::Redeem,
        Kind::Bridge => RequestKind::Bridge,
    }
}

pub(super) const fn state(state: State) -> RequestState {
    match state {
        State::Received => RequestState::Received,
        State::Parsed => RequestState::Parsed,
        State::Validated => RequestState::Validated,
        State::Mapped => RequestState::Mapped,
        State::Valued => RequestState::Valued,
        State::Approved => RequestState::Approved,
        State::Guarded => RequestState::Guarded,
        State::Submitting => RequestState::Submitting,
        State::Submitted => RequestState::Submitted,
        State::Mined => RequestState::Mined,
        State::Reconciled => RequestState::Reconciled,
        State::Reported => RequestState::Reported,
        State::Rejected(_) => RequestState::Rejected,
        State::Held(_) => RequestState::Held,
        State::Unknown(_) => RequestState::Unknown,
        State::Failed(_) => RequestState::Failed,
        State::Compensating => RequestState::Compensating,
    }
}

fn destination(movement: &Movement) -> u64 {
    match movement {
        Movement::Bridge { destination, .. } => destination.get(),
        Movement::Mint { .. } | Movement::Transfer { .. } | Movement::Redeem { .. } => 0,
    }
}

fn approval(approval: &domain::authorise::Approval) -> Approval {
    Approval { approver: approval.approver.to_string(), at: timestamp(approval.at) }
}

fn valuation(valuation: &domain::valuation::Valuation) -> Valuation {
    Valuation {
        feed_id: valuation.feed.to_string(),
        round_id: big(valuation.round),
        price: Some(Decimal { value: valuation.price.to_string() }),
        age: duration(valuation.age),
        venues_counted: valuation.venues,
    }
}

fn on_chain(on_chain: &domain::request::OnChain) -> OnChain {
    OnChain {
        chain_id: on_chain.chain.get(),
        tx_hash: on_chain.tx_hash.to_string(),
        block_number: on_chain.block_number,
        block_hash: on_chain.block_hash.to_string(),
    }
}

/// One step. A row of a state that this program does not know cannot be: the domain wrote it.
pub(super) fn step(row: &StepRow) -> TimelineEntry {
    let known = State::every().find(|known| known.as_str() == row.state && known.reason() == row.reason);
    TimelineEntry {
        step: row.step,
        state: known.map_or(RequestState::Unspecified, state).into(),
        cause: if row.reason.is_empty() { row.event.clone() } else { row.reason.clone() },
        actor: row.actor.clone(),
        at: timestamp(row.at),
    }
}

/// A message of a file, and what became of it.
pub(super) fn message(receipt: Receipt) -> InboundMessage {
    InboundMessage {
        message_id: receipt.message.map(|id| id.to_string()).unwrap_or_default(),
        message_type: receipt.message_type,
        digest: receipt.digest.to_string(),
        sender: receipt.sender,
        transactions: receipt.transactions.into_iter().map(transaction).collect(),
        received_at: timestamp(receipt.at),
    }
}

fn transaction(receipt: TransactionReceipt) -> TransactionOutcome {
    let (request_id, known, refusal) = match receipt.outcome {
        Ok(Taken::New(id)) => (id.to_string(), false, String::new()),
        Ok(Taken::Known(id)) => (id.to_string(), true, String::new()),
        Err(refused) => (String::new(), false, refused.reason().to_owned()),
    };
    TransactionOutcome { position: receipt.position, request_id, refusal, known }
}

/// An asset with where its token is.
pub(super) fn asset(id: &AssetId, asset: &app::Asset, (chain, token): (ChainId, Option<Address>)) -> Asset {
    let policy = &asset.policy;
    Asset {
        asset_id: id.to_string(),
        denomination: asset.denomination.to_string(),
        chain_id: chain.get(),
        token: token.map(|token| token.to_string()).unwrap_or_default(),
        decimals: asset.decimals.get().into(),
        approval_above: match policy.four_eyes {
            FourEyes::Above(units) => big(units),
            FourEyes::Always => None,
        },
        max_per_request: big(policy.max_per_request),
        max_per_day: big(policy.max_per_day),
        max_supply: big(policy.max_supply),
        price_feed_id: asset.price.as_ref().map(|(feed, _)| feed.to_string()).unwrap_or_default(),
        active: !policy.kinds.is_empty(),
    }
}

/// An entry of the books.
pub(super) fn entry(asset: &AssetId, row: &EntryRow) -> LedgerEntry {
    let leg = |(account, side): (domain::ledger::Account, Side)| LedgerLeg {
        account: account.to_string(),
        side: match side {
            Side::Debit => LedgerSide::Debit,
            Side::Credit => LedgerSide::Credit,
        }
        .into(),
        units: big(row.entry.units),
    };
    LedgerEntry {
        entry_id: row.id,
        asset_id: asset.to_string(),
        request_id: row.request.to_string(),
        phase: row.phase.clone(),
        legs: row.entry.legs().into_iter().map(leg).collect(),
        at: timestamp(row.at),
    }
}

/// The sums of an asset.
pub(super) fn totals(totals: &Totals) -> LedgerTotals {
    LedgerTotals {
        issued: big(totals.issued),
        redeemed: big(totals.redeemed),
        bridged_out: big(totals.bridged_out),
        held: big(totals.held),
        in_transfer: big(totals.in_transfer),
        uncertain: big(totals.uncertain),
    }
}

/// A comparison of books and chain.
pub(super) fn reconciliation(asset: &AssetId, chain: ChainId, comparison: &Comparison) -> Reconciliation {
    let outcome = match comparison.outcome {
        None => ReconciliationOutcome::Unknown,
        Some(Outcome::Balanced) => ReconciliationOutcome::Balanced,
        Some(Outcome::InFlight) => ReconciliationOutcome::InFlight,
        Some(Outcome::Broken(_)) => ReconciliationOutcome::Broken,
    };
    Reconciliation {
        asset_id: asset.to_string(),
        outcome: outcome.into(),
        totals: Some(totals(&comparison.totals)),
        total_supply: comparison.supply.and_then(|read| big(read.supply.total)),
        balances: comparison.supply.and_then(|read| big(read.supply.balances)),
        position: comparison.supply.map(|read| ChainPosition {
            chain_id: chain.get(),
            block_number: read.block_number,
            block_hash: read.block_hash.to_string(),
        }),
        at: timestamp(comparison.at),
    }
}

/// An answer, and how far it has come.
pub(super) fn answer(row: AnswerRow) -> OutboundMessage {
    OutboundMessage {
        answer_id: row.id.to_string(),
        request_id: row.request.to_string(),
        message_type: row.message_type,
        content: row.content,
        state: row.state.map_or("kept", causeway_store::outbox::Delivery::as_str).to_owned(),
        created_at: timestamp(row.at),
    }
}
