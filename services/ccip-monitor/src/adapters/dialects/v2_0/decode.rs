//! From logs to neutral events.

use alloy::{primitives::keccak256, sol_types::SolEvent};
use causeway_chain::logs::ScannedLog;
use causeway_primitives::{B256, MessageId, U256};

use super::{
    abi,
    message::{MessageV1, TokenTransfer},
    settings,
};
use crate::{
    adapters::dialects::{
        abi::{Budget, Tuple, bytes_to_address},
        event::{Event, counted, lane_from, lane_to, outcome, receiver, return_data, same, selector},
        hash::payload,
        settings::{Setting, decode as decode_setting, topics},
        shared,
    },
    domain::event::{Attempted, IdOrigin, IdProof, LaneEvent, Sent, TokenAmount},
    ports::{Contract, Decode, DecodeError, Role},
};

/// The decoder of CCIP 2.0.
#[derive(Debug, Clone, Copy, Default)]
pub struct V2_0;

impl Decode for V2_0 {
    fn topics(&self, role: Role) -> Vec<B256> {
        let messages: &[B256] = match role {
            Role::OnRamp => &[abi::CCIPMessageSent::SIGNATURE_HASH],
            Role::OffRamp => &[abi::ExecutionStateChanged::SIGNATURE_HASH],
            Role::Router | Role::CommitStore | Role::NonceManager | Role::Rmn | Role::Verifier => &[],
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
            Role::OffRamp if *topic == abi::ExecutionStateChanged::SIGNATURE_HASH => {
                Ok(vec![LaneEvent::Attempted(Box::new(attempted(contract, log, &budget)?))])
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
        Role::Verifier => &[settings::VERIFIER, shared::OWNERSHIP],
        Role::Rmn => &[shared::RMN, shared::CALLERS, shared::OWNERSHIP],
        Role::CommitStore | Role::NonceManager => &[],
    }
}

fn sent(contract: &Contract, log: &ScannedLog, budget: &Budget) -> Result<Sent, DecodeError> {
    let event = Event::open("CCIPMessageSent", 4, log, budget)?;
    let encoded = event.data.bytes(2)?;
    let message = MessageV1::parse(encoded).map_err(|_| DecodeError::Range { field: "encodedMessage" })?;
    same("sourceChainSelector", &message.source, &contract.home.get())?;
    same("destChainSelector", &message.destination, &event.topic_u64(1)?)?;
    let sender = event.topic_address(2)?;
    same("sender", &bytes_to_address(message.sender), &Some(sender))?;
    let id = MessageId::new(event.topic(3)?);
    let computed = MessageId::new(keccak256(encoded));
    let verified = computed == id;
    let destination = selector("destChainSelector", message.destination)?;
    Ok(Sent {
        lane: lane_to(contract, destination),
        id,
        id_origin: IdOrigin::Stated,
        id_proof: if verified { IdProof::Verified } else { IdProof::Mismatch { computed } },
        sequence: Some(counted("messageNumber", message.number)?),
        nonce: None,
        sender,
        receiver: receiver(message.receiver)?,
        payload: payload(message.data),
        fee_token: event.data.address(0)?,
        fee: fee(event.data)?,
        fee_juels: None,
        gas_limit: Some(U256::from(message.receiver_gas_limit)),
        tokens: message.token.as_ref().map(token).transpose()?.into_iter().collect(),
        leaf: None,
    })
}

/// What everybody along the way takes, together.
fn fee(data: Tuple<'_>) -> Result<U256, DecodeError> {
    let mut total = U256::ZERO;
    for receipt in data.array(3, 1)?.tuples() {
        let amount = receipt?.u256(3)?;
        total = total.checked_add(amount).ok_or(DecodeError::Range { field: "feeTokenAmount" })?;
    }
    Ok(total)
}

fn token(transfer: &TokenTransfer<'_>) -> Result<TokenAmount, DecodeError> {
    let token = bytes_to_address(transfer.source_token).ok_or(DecodeError::Range { field: "sourceTokenAddress" })?;
    Ok(TokenAmount { token, amount: transfer.amount })
}

fn attempted(contract: &Contract, log: &ScannedLog, budget: &Budget) -> Result<Attempted, DecodeError> {
    let event = Event::open("ExecutionStateChanged", 4, log, budget)?;
    Ok(Attempted {
        lane: lane_from(contract, selector("sourceChainSelector", event.topic_u64(1)?)?),
        id: MessageId::new(event.topic(3)?),
        sequence: Some(counted("messageNumber", event.topic_u64(2)?)?),
        leaf: None,
        outcome: outcome(event.data.u64(0)?)?,
        return_data: return_data(event.data.bytes(1)?),
        gas_used: None,
        content: None,
    })
}
