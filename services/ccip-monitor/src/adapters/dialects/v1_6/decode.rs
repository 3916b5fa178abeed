//! From logs to neutral events.

use alloy::sol_types::SolEvent;
use causeway_chain::logs::ScannedLog;
use causeway_primitives::{B256, MessageId};

use super::{
    abi,
    hashes::{self, Lane},
    message::Message,
    settings,
};
use crate::{
    adapters::dialects::{
        abi::{Budget, Tuple, bytes_to_address},
        event::{Event, counted, interval, lane_from, lane_to, nonce, outcome, receiver, return_data, same, selector},
        hash::payload,
        settings::{Setting, decode as decode_setting, topics},
        shared,
    },
    domain::event::{
        Attempted, Committed, IdOrigin, IdProof, LaneEvent, SenderNonce, Sent, SkipReason, Skipped, TokenAmount,
    },
    ports::{Contract, Decode, DecodeError, Role},
};

/// The decoder of CCIP 1.6.
#[derive(Debug, Clone, Copy, Default)]
pub struct V1_6;

/// The topics of the off-ramp's events about messages.
const ARRIVALS: [B256; 6] = [
    abi::CommitReportAccepted::SIGNATURE_HASH,
    abi::RootRemoved::SIGNATURE_HASH,
    abi::ExecutionStateChanged::SIGNATURE_HASH,
    abi::SkippedAlreadyExecutedMessage::SIGNATURE_HASH,
    abi::AlreadyAttempted::SIGNATURE_HASH,
    abi::SkippedReportExecution::SIGNATURE_HASH,
];

impl Decode for V1_6 {
    fn topics(&self, role: Role) -> Vec<B256> {
        let messages: &[B256] = match role {
            Role::OnRamp => &[abi::CCIPMessageSent::SIGNATURE_HASH],
            Role::OffRamp => &ARRIVALS,
            Role::NonceManager => &[abi::SkippedIncorrectNonce::SIGNATURE_HASH],
            Role::Router | Role::CommitStore | Role::Rmn | Role::Verifier => &[],
        };
        messages.iter().copied().chain(topics(tables(role))).collect()
    }

    fn decode(&self, contract: &Contract, log: &ScannedLog) -> Result<Vec<LaneEvent>, DecodeError> {
        let Some(topic) = log.topics.first() else { return Ok(Vec::new()) };
        let budget = Budget::of(&log.data);
        match contract.role {
            Role::OnRamp if *topic == abi::CCIPMessageSent::SIGNATURE_HASH => {
                Ok(vec![LaneEvent::Sent(Box::new(sent(contract, log, &budget)?))])
            }
            Role::OffRamp if ARRIVALS.contains(topic) => arrival(*topic, contract, log, &budget),
            Role::NonceManager if *topic == abi::SkippedIncorrectNonce::SIGNATURE_HASH => {
                let event = Event::open("SkippedIncorrectNonce", 1, log, &budget)?;
                let sender = bytes_to_address(event.data.bytes(2)?);
                let number = counted("nonce", event.data.u64(1)?)?;
                let nonce = sender.map(|sender| SenderNonce { sender, nonce: number });
                let skipped = skipped(contract, &event, None, SkipReason::IncorrectNonce)?;
                Ok(vec![LaneEvent::Skipped(Skipped { nonce, ..skipped })])
            }
            Role::Router
            | Role::OnRamp
            | Role::OffRamp
            | Role::CommitStore
            | Role::NonceManager
            | Role::Rmn
            | Role::Verifier => decode_setting(tables(contract.role), log),
        }
    }
}

/// The settings that a contract of a role tells of.
const fn tables(role: Role) -> &'static [&'static [Setting]] {
    match role {
        Role::Router => &[shared::ROUTER, shared::OWNERSHIP],
        Role::OnRamp => &[settings::ON_RAMP, shared::OWNERSHIP],
        Role::OffRamp => &[settings::OFF_RAMP, shared::OWNERSHIP],
        Role::NonceManager => &[settings::NONCE_MANAGER, shared::CALLERS, shared::OWNERSHIP],
        Role::Rmn => &[shared::RMN, shared::CALLERS, shared::OWNERSHIP],
        Role::CommitStore | Role::Verifier => &[],
    }
}

fn sent(contract: &Contract, log: &ScannedLog, budget: &Budget) -> Result<Sent, DecodeError> {
    let event = Event::open("CCIPMessageSent", 3, log, budget)?;
    let message = Message::read(event.data.tuple(0)?)?;
    same("sourceChainSelector", &message.source, &contract.home.get())?;
    same("destChainSelector", &message.destination, &event.topic_u64(1)?)?;
    same("sequenceNumber", &message.sequence, &event.topic_u64(2)?)?;
    let destination = selector("destChainSelector", message.destination)?;
    let payload = payload(message.data);
    let lane = Lane { source: contract.home, destination, on_ramp: contract.address };
    let computed = hashes::id(lane, &message, payload.hash);
    let verified = computed == message.id;
    let tokens = message.tokens.iter();
    Ok(Sent {
        lane: lane_to(contract, destination),
        id: message.id,
        id_origin: IdOrigin::Stated,
        id_proof: if verified { IdProof::Verified } else { IdProof::Mismatch { computed } },
        sequence: Some(counted("sequenceNumber", message.sequence)?),
        nonce: nonce(message.nonce)?,
        sender: message.sender,
        receiver: receiver(message.receiver)?,
        fee_token: message.fee_token,
        fee: message.fee,
        fee_juels: Some(message.fee_juels),
        gas_limit: message.gas_limit(),
        tokens: tokens.map(|token| TokenAmount { token: token.source_pool, amount: token.amount }).collect(),
        leaf: hashes::leaf(lane, &message, payload.hash),
        payload,
    })
}

fn arrival(topic: B256, contract: &Contract, log: &ScannedLog, budget: &Budget) -> Result<Vec<LaneEvent>, DecodeError> {
    match topic {
        abi::CommitReportAccepted::SIGNATURE_HASH => reports(contract, log, budget),
        abi::RootRemoved::SIGNATURE_HASH => {
            let event = Event::open("RootRemoved", 1, log, budget)?;
            Ok(vec![LaneEvent::RootRemoved { root: event.data.b256(0)? }])
        }
        abi::SkippedAlreadyExecutedMessage::SIGNATURE_HASH => {
            let event = Event::open("SkippedAlreadyExecutedMessage", 1, log, budget)?;
            let sequence = counted("sequenceNumber", event.data.u64(1)?)?;
            let skipped = skipped(contract, &event, Some(sequence), SkipReason::AlreadyExecuted)?;
            Ok(vec![LaneEvent::Skipped(skipped)])
        }
        abi::AlreadyAttempted::SIGNATURE_HASH => {
            let event = Event::open("AlreadyAttempted", 1, log, budget)?;
            let sequence = counted("sequenceNumber", event.data.u64(1)?)?;
            let skipped = skipped(contract, &event, Some(sequence), SkipReason::AlreadyAttempted)?;
            Ok(vec![LaneEvent::Skipped(skipped)])
        }
        abi::SkippedReportExecution::SIGNATURE_HASH => {
            let event = Event::open("SkippedReportExecution", 1, log, budget)?;
            Ok(vec![LaneEvent::Skipped(skipped(contract, &event, None, SkipReason::Cursed)?)])
        }
        _ => Ok(vec![LaneEvent::Attempted(Box::new(attempted(contract, log, budget)?))]),
    }
}

fn attempted(contract: &Contract, log: &ScannedLog, budget: &Budget) -> Result<Attempted, DecodeError> {
    let event = Event::open("ExecutionStateChanged", 4, log, budget)?;
    Ok(Attempted {
        lane: lane_from(contract, selector("sourceChainSelector", event.topic_u64(1)?)?),
        id: MessageId::new(event.topic(3)?),
        sequence: Some(counted("sequenceNumber", event.topic_u64(2)?)?),
        leaf: Some(event.data.b256(0)?),
        outcome: outcome(event.data.u64(1)?)?,
        return_data: return_data(event.data.bytes(2)?),
        gas_used: Some(event.data.u256(3)?),
        content: None,
    })
}

/// Both lists: whether a committee blessed a root decides what the off-ramp asks for, not whether it arrived. A report
/// may be of prices alone, and both lists are empty then.
fn reports(contract: &Contract, log: &ScannedLog, budget: &Budget) -> Result<Vec<LaneEvent>, DecodeError> {
    let event = Event::open("CommitReportAccepted", 1, log, budget)?;
    let (blessed, unblessed) = (event.data.array(0, 1)?, event.data.array(1, 1)?);
    let roots = blessed.tuples().chain(unblessed.tuples());
    roots.map(|root| committed(contract, root?).map(LaneEvent::Committed)).collect()
}

fn committed(contract: &Contract, root: Tuple<'_>) -> Result<Committed, DecodeError> {
    let first = counted("minSeqNr", root.u64(2)?)?;
    let last = counted("maxSeqNr", root.u64(3)?)?;
    let (first, last) = interval("maxSeqNr", first, last)?;
    let source = selector("sourceChainSelector", root.u64(0)?)?;
    // Not every source is an EVM chain.
    let on_ramp = bytes_to_address(root.bytes(1)?);
    Ok(Committed { lane: lane_from(contract, source), on_ramp, first, last, root: root.b256(4)? })
}

/// The source chain is the first word of every event of this kind.
fn skipped(
    contract: &Contract,
    event: &Event<'_>,
    sequence: Option<u64>,
    reason: SkipReason,
) -> Result<Skipped, DecodeError> {
    let source = selector("sourceChainSelector", event.data.u64(0)?)?;
    Ok(Skipped { lane: lane_from(contract, source), sequence, nonce: None, reason })
}
