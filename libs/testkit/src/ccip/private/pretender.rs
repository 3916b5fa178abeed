//! Somebody without any right who emits what looks like messages, and what looks like nothing.

use alloy::primitives::{Address, B256, Bytes, U256};

use super::Relayed;
use crate::ccip::{Chain, Error, Role, Transaction, abi::own::LookAlike, codec::padded};

/// The stranger and his look-alike contract on one chain.
#[derive(Debug, Clone, Copy)]
pub struct Pretender<'a> {
    chain: &'a Chain,
}

impl<'a> Pretender<'a> {
    pub(in crate::ccip) const fn new(chain: &'a Chain) -> Self {
        Self { chain }
    }

    /// Emits a `MessageSent` that nobody sent, in a sender's name.
    ///
    /// # Errors
    /// [`Error::Chain`], as all of these.
    pub async fn pretend_sent(
        &self,
        sender: Address,
        destination: u64,
        receiver: Address,
        data: Bytes,
    ) -> Result<Transaction, Error> {
        let receiver = padded(receiver);
        self.emit(&LookAlike::pretendSentCall { sender, destination, receiver, data, fee: U256::ONE }).await
    }

    /// Emits a `MessageExecuted` for a message that was not executed.
    ///
    /// # Errors
    /// As [`Pretender::pretend_sent`].
    pub async fn pretend_executed(&self, source: u64, message: &Relayed) -> Result<Transaction, Error> {
        let (sender, data) = (padded(message.sender), message.data.clone());
        self.emit(&LookAlike::pretendExecutedCall { messageId: message.message_id, source, sender, data }).await
    }

    /// Emits any log, with at most four topics: truncated data, absurd lengths, whatever a decoder may meet.
    ///
    /// # Errors
    /// As [`Pretender::pretend_sent`].
    pub async fn raw(&self, topics: Vec<B256>, data: Bytes) -> Result<Transaction, Error> {
        self.emit(&LookAlike::rawCall { topics, data }).await
    }

    async fn emit<C: alloy::sol_types::SolCall>(&self, call: &C) -> Result<Transaction, Error> {
        self.chain.transact(Role::Stranger, self.chain.private.look_alike, call).await
    }
}
