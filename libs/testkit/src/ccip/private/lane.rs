//! One direction of the private family: send, and execute as its relayer does.

use alloy::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    sol_types::SolValue,
};

use crate::ccip::{
    Chain, Error, Role, Sender, Transaction,
    abi::{
        common::FundedSender,
        own::RelayRouter::{self, MessageExecuted, MessageSent},
    },
    codec::padded,
    transact::{Call, attempt, emitted, read, transact},
};

/// From one chain to the other.
#[derive(Debug, Clone, Copy)]
pub struct Lane<'a> {
    source: &'a Chain,
    destination: &'a Chain,
}

/// A message of the private family on its way.
#[derive(Debug, Clone)]
pub struct Relayed {
    /// Where it was sent.
    pub transaction: Transaction,
    /// The position of its log in the block.
    pub log_index: u64,
    /// The id that the relayer derives: `keccak256(transaction hash ‖ uint256(log index))`. It changes when a
    /// reorganisation moves the log.
    pub message_id: B256,
    /// Who sent it.
    pub sender: Address,
    /// Who gets it.
    pub receiver: Address,
    /// What he gets.
    pub data: Bytes,
    /// What was paid, in juels.
    pub fee: U256,
}

impl<'a> Lane<'a> {
    pub(in crate::ccip) const fn new(source: &'a Chain, destination: &'a Chain) -> Self {
        Self { source, destination }
    }

    const fn source_router(&self) -> Address {
        self.source.private.router
    }

    /// What the router asks for, in juels.
    ///
    /// # Errors
    /// [`Error::Chain`] when the destination is not supported.
    pub async fn fee(&self, data: &Bytes) -> Result<U256, Error> {
        let call = RelayRouter::getFeeCall { destination: self.destination.selector, data: data.clone() };
        read(&self.source.anvil, self.source_router(), &call).await
    }

    /// Sends, paying in LINK: the user's or the sender contract's.
    ///
    /// # Errors
    /// [`Error::Reverted`], for example without the LINK, or [`Error::Chain`].
    pub async fn send(&self, sender: Sender, receiver: Address, data: Bytes) -> Result<Relayed, Error> {
        let transaction = transact(&self.source.anvil, self.send_call(sender, receiver, &data)).await?;
        let silent = Error::Silent { what: "send", event: "MessageSent" };
        let (log_index, event) = {
            let events = emitted::<MessageSent>(&transaction, self.source_router())?;
            let (log, event) = events.into_iter().next().ok_or(silent)?;
            (log.log_index.unwrap_or_default(), event)
        };
        let message_id = derived_id(transaction.hash, log_index);
        let (sender, fee) = (event.sender, event.fee);
        Ok(Relayed { transaction, log_index, message_id, sender, receiver, data, fee })
    }

    /// Sends what the router may refuse: the transaction is mined either way.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub async fn attempt_send(&self, sender: Sender, receiver: Address, data: &Bytes) -> Result<Transaction, Error> {
        attempt(&self.source.anvil, &self.send_call(sender, receiver, data)).await
    }

    fn send_call(&self, sender: Sender, receiver: Address, data: &Bytes) -> Call {
        let (destination, receiver, data) = (self.destination.selector, padded(receiver), data.clone());
        let router = self.source_router();
        match sender {
            Sender::Account(role) => {
                let call = RelayRouter::sendCall { destination, receiver, data };
                Call::new(self.source.account(role), router, &call)
            }
            Sender::Contract => {
                let call = FundedSender::sendRelayedCall { router, destination, receiver, data };
                Call::new(self.source.account(Role::User), self.source.tokens.sender, &call)
            }
        }
    }

    /// Executes under the derived id.
    ///
    /// # Errors
    /// [`Error::Reverted`] when the receiver reverts, or when the id was executed before.
    pub async fn execute(&self, message: &Relayed) -> Result<Transaction, Error> {
        self.execute_as(message.message_id, message).await
    }

    /// Executes under any id: a relayer that numbers messages in its own way.
    ///
    /// # Errors
    /// As [`Lane::execute`].
    pub async fn execute_as(&self, message_id: B256, message: &Relayed) -> Result<Transaction, Error> {
        let transaction = transact(&self.destination.anvil, self.execute_call(message_id, message)).await?;
        let executed = emitted::<MessageExecuted>(&transaction, self.destination.private.router)?;
        if executed.is_empty() {
            return Err(Error::Silent { what: "execute", event: "MessageExecuted" });
        }
        Ok(transaction)
    }

    /// Executes what may revert: the transaction is mined either way.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub async fn attempt(&self, message: &Relayed) -> Result<Transaction, Error> {
        attempt(&self.destination.anvil, &self.execute_call(message.message_id, message)).await
    }

    fn execute_call(&self, message_id: B256, message: &Relayed) -> Call {
        let call = RelayRouter::executeCall {
            messageId: message_id,
            source: self.source.selector,
            sender: padded(message.sender),
            receiver: message.receiver,
            data: message.data.clone(),
        };
        Call::new(self.destination.account(Role::Relayer), self.destination.private.router, &call)
    }

    /// Executes a second time under the same id: the router's protection is off for this one transaction.
    ///
    /// # Errors
    /// As [`Lane::execute`].
    pub async fn replay(&self, message: &Relayed) -> Result<Transaction, Error> {
        self.set_accepts_replays(true).await?;
        let replayed = self.execute(message).await;
        self.set_accepts_replays(false).await?;
        replayed
    }

    async fn set_accepts_replays(&self, accepts: bool) -> Result<Transaction, Error> {
        let call = RelayRouter::setAcceptsReplaysCall { accepts };
        self.destination.transact(Role::Owner, self.destination.private.router, &call).await
    }

    /// Closes the source's router to the destination: `isChainSupported` becomes false and sends revert.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Reverted`].
    pub async fn close(&self) -> Result<Transaction, Error> {
        self.set_support(false).await
    }

    /// Opens it again.
    ///
    /// # Errors
    /// As [`Lane::close`].
    pub async fn open(&self) -> Result<Transaction, Error> {
        self.set_support(true).await
    }

    async fn set_support(&self, supported: bool) -> Result<Transaction, Error> {
        let call = RelayRouter::setChainSupportCall { selector: self.destination.selector, supported };
        self.source.transact(Role::Owner, self.source_router(), &call).await
    }

    /// Gives the relayer's role at the destination to an account, or takes it away again.
    ///
    /// # Errors
    /// As [`Lane::close`].
    pub async fn set_relayer(&self, account: Address, allowed: bool) -> Result<Transaction, Error> {
        let call = RelayRouter::setRelayerCall { account, allowed };
        self.destination.transact(Role::Owner, self.destination.private.router, &call).await
    }
}

fn derived_id(transaction: B256, log_index: u64) -> B256 {
    keccak256((transaction, U256::from(log_index)).abi_encode())
}
