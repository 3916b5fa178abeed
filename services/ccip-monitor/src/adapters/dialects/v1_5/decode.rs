//! From logs to neutral events.

use alloy::sol_types::SolEvent;
use causeway_chain::logs::ScannedLog;
use causeway_primitives::{Address, B256, Bytes, ChainSelector, MessageId, U256};

use super::{
    abi,
    id::{self, Lane},
    settings,
};
use crate::{
    adapters::dialects::{
        abi::{Budget, Tuple},
        event::{Event, counted, interval, lane_from, lane_to, nonce, outcome, return_data, same, selector},
        hash::payload,
        settings::{Setting, decode as decode_setting, topics},
        shared,
    },
    domain::event::{
        Attempted, Committed, IdOrigin, IdProof, LaneEvent, SenderNonce, Sent, SkipReason, Skipped, TokenAmount,
    },
    ports::{Contract, Decode, DecodeError, Role},
};

/// The decoder of CCIP 1.2 and 1.5.
#[derive(Debug, Clone, Copy, Default)]
pub struct V1_5;

/// The topics of the off-ramp's events about messages.
const EXECUTIONS: [B256; 5] = [
    abi::ExecutionStateChanged::SIGNATURE_HASH,
    abi::SkippedAlreadyExecutedMessage::SIGNATURE_HASH,
    abi::AlreadyAttempted::SIGNATURE_HASH,
    abi::SkippedIncorrectNonce::SIGNATURE_HASH,
    abi::SkippedSenderWithPreviousRampMessageInflight::SIGNATURE_HASH,
];

/// The topics of the commit store's events about messages.
const REPORTS: [B256; 2] = [abi::ReportAccepted::SIGNATURE_HASH, abi::RootRemoved::SIGNATURE_HASH];

impl Decode for V1_5 {
    fn topics(&self, role: Role) -> Vec<B256> {
        let messages: &[B256] = match role {
            Role::OnRamp => &[abi::CCIPSendRequested::SIGNATURE_HASH],
            Role::OffRamp => &EXECUTIONS,
            Role::CommitStore => &REPORTS,
            Role::Router | Role::NonceManager | Role::Rmn | Role::Verifier => &[],
        };
        messages.iter().copied().chain(topics(tables(role))).collect()
    }

    fn decode(&self, contract: &Contract, log: &ScannedLog) -> Result<Vec<LaneEvent>, DecodeError> {
        let Some(topic) = log.topics.first() else { return Ok(Vec::new()) };
        let budget = Budget::of(&log.data);
        let event = match contract.role {
            Role::OnRamp if *topic == abi::CCIPSendRequested::SIGNATURE_HASH => {
                Some(LaneEvent::Sent(Box::new(sent(contract, log, &budget)?)))
            }
            Role::OffRamp if EXECUTIONS.contains(topic) => Some(execution(*topic, contract, log, &budget)?),
            Role::CommitStore if *topic == abi::ReportAccepted::SIGNATURE_HASH => {
                // A report of prices alone has an empty root and moves no message.
                return Ok(report(contract, log, &budget)?.map(LaneEvent::Committed).into_iter().collect());
            }
            Role::CommitStore if *topic == abi::RootRemoved::SIGNATURE_HASH => {
                let event = Event::open("RootRemoved", 1, log, &budget)?;
                Some(LaneEvent::RootRemoved { root: event.data.b256(0)? })
            }
            Role::Router
            | Role::OnRamp
            | Role::OffRamp
            | Role::CommitStore
            | Role::NonceManager
            | Role::Rmn
            | Role::Verifier => None,
        };
        event.map_or_else(|| decode_setting(tables(contract.role), log), |event| Ok(vec![event]))
    }
}

/// The settings that a contract of a role tells of.
const fn tables(role: Role) -> &'static [&'static [Setting]] {
    match role {
        Role::Router => &[shared::ROUTER, shared::OWNERSHIP],
        Role::OnRamp => &[settings::ON_RAMP, shared::OWNERSHIP],
        Role::OffRamp => &[settings::OFF_RAMP, shared::OWNERSHIP],
        Role::CommitStore => &[settings::COMMIT_STORE, shared::PAUSE, shared::OWNERSHIP],
        Role::Rmn => &[shared::RMN, shared::OWNERSHIP],
        Role::NonceManager | Role::Verifier => &[],
    }
}

fn peer(contract: &Contract) -> Result<ChainSelector, DecodeError> {
    contract.peer.ok_or(DecodeError::Peer)
}

/// A message as its event has it.
#[derive(Debug)]
pub(super) struct Message<'a> {
    pub(super) source: u64,
    pub(super) sender: Address,
    pub(super) receiver: Address,
    pub(super) sequence: u64,
    pub(super) gas_limit: U256,
    pub(super) strict: bool,
    pub(super) nonce: u64,
    pub(super) fee_token: Address,
    pub(super) fee: U256,
    pub(super) data: &'a [u8],
    pub(super) tokens: Vec<(Address, U256)>,
    pub(super) token_data: Vec<&'a [u8]>,
    pub(super) id: MessageId,
}

impl<'a> Message<'a> {
    fn read(tuple: Tuple<'a>) -> Result<Self, DecodeError> {
        let tokens = tuple.array(10, 2)?.fixed().map(|item| Ok((item.address(0)?, item.u256(1)?)));
        Ok(Self {
            source: tuple.u64(0)?,
            sender: tuple.address(1)?,
            receiver: tuple.address(2)?,
            sequence: tuple.u64(3)?,
            gas_limit: tuple.u256(4)?,
            strict: tuple.bool(5)?,
            nonce: tuple.u64(6)?,
            fee_token: tuple.address(7)?,
            fee: tuple.u256(8)?,
            data: tuple.bytes(9)?,
            tokens: tokens.collect::<Result<_, DecodeError>>()?,
            token_data: tuple.array(11, 1)?.bytes().collect::<Result<_, _>>()?,
            id: MessageId::new(tuple.b256(12)?),
        })
    }
}

fn sent(contract: &Contract, log: &ScannedLog, budget: &Budget) -> Result<Sent, DecodeError> {
    let event = Event::open("CCIPSendRequested", 1, log, budget)?;
    let message = Message::read(event.data.tuple(0)?)?;
    let destination = peer(contract)?;
    same("sourceChainSelector", &selector("sourceChainSelector", message.source)?, &contract.home)?;
    let payload = payload(message.data);
    let lane = Lane { source: contract.home, destination, on_ramp: contract.address };
    let computed = id::compute(lane, &message, payload.hash);
    let verified = computed == message.id;
    Ok(Sent {
        lane: lane_to(contract, destination),
        id: message.id,
        id_origin: IdOrigin::Stated,
        id_proof: if verified { IdProof::Verified } else { IdProof::Mismatch { computed } },
        sequence: Some(counted("sequenceNumber", message.sequence)?),
        nonce: nonce(message.nonce)?,
        sender: message.sender,
        receiver: Bytes::copy_from_slice(message.receiver.as_slice()),
        payload,
        fee_token: message.fee_token,
        fee: message.fee,
        fee_juels: None,
        gas_limit: Some(message.gas_limit),
        tokens: message.tokens.into_iter().map(|(token, amount)| TokenAmount { token, amount }).collect(),
        leaf: None,
    })
}

fn report(contract: &Contract, log: &ScannedLog, budget: &Budget) -> Result<Option<Committed>, DecodeError> {
    let report = Event::open("ReportAccepted", 1, log, budget)?.data.tuple(0)?;
    let root = report.b256(3)?;
    if root.is_zero() {
        return Ok(None);
    }
    let first = counted("interval.min", report.u64(1)?)?;
    let last = counted("interval.max", report.u64(2)?)?;
    let (first, last) = interval("interval", first, last)?;
    let lane = lane_from(contract, peer(contract)?);
    Ok(Some(Committed { lane, on_ramp: contract.peer_on_ramp, first, last, root }))
}

fn execution(topic: B256, contract: &Contract, log: &ScannedLog, budget: &Budget) -> Result<LaneEvent, DecodeError> {
    let lane = lane_from(contract, peer(contract)?);
    let skipped =
        |sequence, nonce, reason| Ok(LaneEvent::Skipped(Skipped { lane: lane.clone(), sequence, nonce, reason }));
    match topic {
        abi::SkippedAlreadyExecutedMessage::SIGNATURE_HASH => {
            let event = Event::open("SkippedAlreadyExecutedMessage", 2, log, budget)?;
            let sequence = counted("sequenceNumber", event.topic_u64(1)?)?;
            skipped(Some(sequence), None, SkipReason::AlreadyExecuted)
        }
        abi::AlreadyAttempted::SIGNATURE_HASH => {
            let event = Event::open("AlreadyAttempted", 1, log, budget)?;
            let sequence = counted("sequenceNumber", event.data.u64(0)?)?;
            skipped(Some(sequence), None, SkipReason::AlreadyAttempted)
        }
        abi::SkippedIncorrectNonce::SIGNATURE_HASH => {
            let event = Event::open("SkippedIncorrectNonce", 3, log, budget)?;
            skipped(None, Some(sender_nonce(&event)?), SkipReason::IncorrectNonce)
        }
        abi::SkippedSenderWithPreviousRampMessageInflight::SIGNATURE_HASH => {
            let event = Event::open("SkippedSenderWithPreviousRampMessageInflight", 3, log, budget)?;
            skipped(None, Some(sender_nonce(&event)?), SkipReason::PreviousRampInFlight)
        }
        _ => {
            let event = Event::open("ExecutionStateChanged", 3, log, budget)?;
            Ok(LaneEvent::Attempted(Box::new(Attempted {
                lane,
                id: MessageId::new(event.topic(2)?),
                sequence: Some(counted("sequenceNumber", event.topic_u64(1)?)?),
                leaf: None,
                outcome: outcome(event.data.u64(0)?)?,
                return_data: return_data(event.data.bytes(1)?),
                gas_used: None,
                content: None,
            })))
        }
    }
}

fn sender_nonce(event: &Event<'_>) -> Result<SenderNonce, DecodeError> {
    Ok(SenderNonce { nonce: counted("nonce", event.topic_u64(1)?)?, sender: event.topic_address(2)? })
}
