//! The messages of a 1.5 lane: read from the on-ramp's logs, their ids recomputed. The id is the leaf.

use std::ops::RangeInclusive;

use alloy::primitives::{Address, B256, keccak256};

use crate::ccip::{
    Chain, Error,
    abi::v1_5::{Message, OnRamp::CCIPSendRequested},
    codec::{LEAF, hash},
    transact::history,
};

/// What a message is hashed under, since 1.2.
const PREFIX: &str = "EVM2EVMMessageHashV2";

/// The two ends that a message's hash is bound to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) source: u64,
    pub(super) destination: u64,
    pub(super) on_ramp: Address,
}

impl Ends {
    /// The messages of an interval, in order.
    pub(super) async fn messages(&self, chain: &Chain, interval: RangeInclusive<u64>) -> Result<Vec<Message>, Error> {
        let sent = history::<CCIPSendRequested>(&chain.anvil, self.on_ramp, &[]).await?;
        interval
            .map(|number| {
                let (_, found) = sent
                    .iter()
                    .find(|(_, event)| event.message.sequenceNumber == number)
                    .ok_or(Error::NotSent(number))?;
                self.check(&found.message)?;
                Ok(found.message.clone())
            })
            .collect()
    }

    /// That the id is what the formula gives.
    pub(super) fn check(&self, message: &Message) -> Result<(), Error> {
        let (emitted, computed) = (message.messageId, self.message_id(message));
        let sequence_number = message.sequenceNumber;
        if emitted == computed { Ok(()) } else { Err(Error::Id { sequence_number, emitted, computed }) }
    }

    fn message_id(&self, message: &Message) -> B256 {
        let lane = hash(&(keccak256(PREFIX), self.source, self.destination, self.on_ramp));
        let fixed = hash(&(
            message.sender,
            message.receiver,
            message.sequenceNumber,
            message.gasLimit,
            message.strict,
            message.nonce,
            message.feeToken,
            message.feeTokenAmount,
        ));
        hash(&(
            LEAF,
            lane,
            fixed,
            keccak256(&message.data),
            hash(&message.tokenAmounts),
            hash(&message.sourceTokenData),
        ))
    }
}
