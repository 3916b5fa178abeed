//! The messages of a 1.6 lane: read from the on-ramp's logs, their ids recomputed, and in the form in which the
//! off-ramp takes them.

use std::ops::RangeInclusive;

use alloy::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    sol_types::SolValue,
};

use crate::ccip::{
    Chain, Error,
    abi::v1_6::{ArrivingMessage, ArrivingToken, OnRamp::CCIPMessageSent, SentMessage, SentToken},
    codec::{LEAF, gas_limit, hash, padded, unpadded},
    transact::{history, topic},
};

/// What a message id on the source chain is hashed under.
const SENT_PREFIX: &str = "EVM2AnyMessageHashV1";
/// What a leaf on the destination chain is hashed under.
const LEAF_PREFIX: &str = "Any2EVMMessageHashV1";

/// The two ends that a message's hashes are bound to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) source: u64,
    pub(super) destination: u64,
    pub(super) on_ramp: Address,
}

/// A message as it arrives, and its leaf.
#[derive(Debug, Clone)]
pub struct Leaf {
    pub(super) message: ArrivingMessage,
    /// The hash that a commit's root is made of, and that `ExecutionStateChanged` tells.
    pub hash: B256,
}

impl Ends {
    /// The messages of an interval, in order.
    pub(super) async fn leaves(&self, chain: &Chain, interval: RangeInclusive<u64>) -> Result<Vec<Leaf>, Error> {
        let mut leaves = Vec::new();
        for sequence_number in interval {
            let indexed = [Some(topic(self.destination)), Some(topic(sequence_number))];
            let found = history::<CCIPMessageSent>(&chain.anvil, self.on_ramp, &indexed).await?;
            let (_, sent) = found.into_iter().next().ok_or(Error::NotSent(sequence_number))?;
            self.check(&sent.message)?;
            leaves.push(self.leaf(&sent.message)?);
        }
        Ok(leaves)
    }

    /// That the id is what the formula gives.
    pub(super) fn check(&self, message: &SentMessage) -> Result<(), Error> {
        let (emitted, computed) = (message.header.messageId, self.message_id(message));
        let sequence_number = message.header.sequenceNumber;
        if emitted == computed { Ok(()) } else { Err(Error::Id { sequence_number, emitted, computed }) }
    }

    pub(super) fn message_id(&self, message: &SentMessage) -> B256 {
        let lane = hash(&(keccak256(SENT_PREFIX), self.source, self.destination, self.on_ramp));
        let header = &message.header;
        let fixed =
            hash(&(message.sender, header.sequenceNumber, header.nonce, message.feeToken, message.feeTokenAmount));
        hash(&(
            LEAF,
            lane,
            fixed,
            keccak256(&message.receiver),
            keccak256(&message.data),
            hash(&message.tokenAmounts),
            keccak256(&message.extraArgs),
        ))
    }

    pub(super) fn leaf(&self, message: &SentMessage) -> Result<Leaf, Error> {
        let message = arriving(message).ok_or(Error::Arguments(message.header.sequenceNumber))?;
        let hash = self.leaf_hash(&message);
        Ok(Leaf { message, hash })
    }

    fn leaf_hash(&self, message: &ArrivingMessage) -> B256 {
        let on_ramp = keccak256(padded(self.on_ramp));
        let lane = hash(&(keccak256(LEAF_PREFIX), self.source, self.destination, on_ramp));
        let header = &message.header;
        let fixed = hash(&(header.messageId, message.receiver, header.sequenceNumber, message.gasLimit, header.nonce));
        hash(&(LEAF, lane, fixed, keccak256(&message.sender), keccak256(&message.data), hash(&message.tokenAmounts)))
    }
}

/// `None` for a message to a chain that is no EVM.
fn arriving(message: &SentMessage) -> Option<ArrivingMessage> {
    Some(ArrivingMessage {
        header: message.header.clone(),
        sender: padded(message.sender),
        data: message.data.clone(),
        receiver: unpadded(&message.receiver)?,
        gasLimit: gas_limit(&message.extraArgs)?,
        tokenAmounts: message.tokenAmounts.iter().map(arriving_token).collect::<Option<_>>()?,
    })
}

fn arriving_token(token: &SentToken) -> Option<ArrivingToken> {
    Some(ArrivingToken {
        sourcePoolAddress: padded(token.sourcePoolAddress),
        destTokenAddress: unpadded(&token.destTokenAddress)?,
        destGasAmount: u32::abi_decode(&token.destExecData).ok()?,
        extraData: token.extraData.clone(),
        amount: token.amount,
    })
}

impl Leaf {
    /// The message with other data: what an off-ramp must refuse to execute.
    pub(super) fn tampered(mut self, data: Bytes) -> Self {
        self.message.data = data;
        self
    }

    pub(super) fn tokens(&self) -> usize {
        self.message.tokenAmounts.len()
    }

    pub(super) fn gas_limit(&self) -> U256 {
        self.message.gasLimit
    }
}
