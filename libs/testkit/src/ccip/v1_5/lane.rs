//! One direction of 1.5, driven step by step: send, commit, bless.

use std::ops::RangeInclusive;

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    sol_types::SolValue,
};

use super::messages::Ends;
use crate::ccip::{
    Chain, Committed, Error, Executed, Role, Send, Sent, State, Transaction, Tree,
    abi::v1_5::{
        CommitReport, CommitStore, Interval, Message, Ocr2, OffRamp,
        OnRamp::{self, CCIPSendRequested},
        PriceUpdates, Rmn, TaggedRoot,
    },
    client::Route,
    oracles::Oracles,
    transact::{emitted, read},
};

/// From one chain to the other. What configures it is in the methods of its administration.
#[derive(Debug, Clone, Copy)]
pub struct Lane<'a> {
    pub(super) source: &'a Chain,
    pub(super) destination: &'a Chain,
}

impl<'a> Lane<'a> {
    pub(in crate::ccip) const fn new(source: &'a Chain, destination: &'a Chain) -> Self {
        Self { source, destination }
    }

    pub(super) const fn off_ramp(&self) -> Address {
        self.destination.v1_5.off_ramp
    }

    const fn ends(&self) -> Ends {
        Ends { source: self.source.selector, destination: self.destination.selector, on_ramp: self.source.v1_5.on_ramp }
    }

    const fn route(&self) -> Route<'a> {
        Route { chain: self.source, router: self.source.v1_5.router, destination: self.destination.selector }
    }

    /// What the router asks for, in the fee token's smallest unit.
    ///
    /// # Errors
    /// [`Error::Chain`] when the router refuses the message.
    pub async fn fee(&self, send: &Send) -> Result<U256, Error> {
        self.route().fee(send).await
    }

    /// Sends through the router and pays exactly the fee.
    ///
    /// # Errors
    /// As [`Lane::fee`]; [`Error::Reverted`]; [`Error::Id`] when the ramp's id is not what the formula gives.
    pub async fn send(&self, send: &Send) -> Result<Sent, Error> {
        let transaction = self.route().send(send).await?;
        let silent = Error::Silent { what: "ccipSend", event: "CCIPSendRequested" };
        let (log_index, message) = {
            let events = emitted::<CCIPSendRequested>(&transaction, self.source.v1_5.on_ramp)?;
            let (log, event) = events.into_iter().next().ok_or(silent)?;
            (log.log_index.unwrap_or_default(), event.message)
        };
        self.ends().check(&message)?;
        Ok(Sent {
            transaction,
            log_index,
            message_id: message.messageId,
            sequence_number: message.sequenceNumber,
            nonce: message.nonce,
            fee: message.feeTokenAmount,
        })
    }

    /// Sends what the router may refuse, with so much native coin: the transaction is mined either way.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub async fn attempt_send(&self, send: &Send, native: U256) -> Result<Transaction, Error> {
        self.route().attempt(send, native).await
    }

    /// The sequence number that the next message gets.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Shape`].
    pub async fn next_to_send(&self) -> Result<u64, Error> {
        let call = OnRamp::getExpectedNextSequenceNumberCall {};
        read(&self.source.anvil, self.source.v1_5.on_ramp, &call).await
    }

    /// The sequence number that the next commit must begin with.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Shape`].
    pub async fn next_to_commit(&self) -> Result<u64, Error> {
        let call = CommitStore::getExpectedNextSequenceNumberCall {};
        read(&self.destination.anvil, self.destination.v1_5.commit_store, &call).await
    }

    pub(super) async fn messages(&self, interval: RangeInclusive<u64>) -> Result<Vec<Message>, Error> {
        self.ends().messages(self.source, interval).await
    }

    /// Commits the messages of an interval under one root, signed by the oracle network, and blesses it.
    ///
    /// # Errors
    /// [`Error::NotSent`] and [`Error::Id`]; [`Error::Reverted`] when the interval does not continue the last one.
    pub async fn commit(&self, interval: RangeInclusive<u64>) -> Result<Committed, Error> {
        let committed = self.commit_unblessed(interval).await?;
        self.bless(committed.root).await?;
        Ok(committed)
    }

    /// Commits and blesses everything that was sent and is not committed yet.
    ///
    /// # Errors
    /// As [`Lane::commit`].
    pub async fn commit_all(&self) -> Result<Committed, Error> {
        let (first, next) = (self.next_to_commit().await?, self.next_to_send().await?);
        self.commit(first..=next.saturating_sub(1)).await
    }

    /// Commits without the blessing that execution needs.
    ///
    /// # Errors
    /// As [`Lane::commit`].
    pub async fn commit_unblessed(&self, interval: RangeInclusive<u64>) -> Result<Committed, Error> {
        let leaves = self.messages(interval.clone()).await?.iter().map(|message| message.messageId).collect();
        self.commit_root(interval, Tree::new(leaves).root()).await
    }

    /// Commits any root, also one that is no root of these messages, without blessing it.
    ///
    /// # Errors
    /// As [`Lane::commit`].
    pub async fn commit_root(&self, interval: RangeInclusive<u64>, root: B256) -> Result<Committed, Error> {
        let transaction = self.report(&interval, root).await?;
        Ok(Committed { transaction, interval, root })
    }

    /// Blesses a root as the risk network does.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Reverted`].
    pub async fn bless(&self, root: B256) -> Result<Transaction, Error> {
        let tagged = TaggedRoot { commitStore: self.destination.v1_5.commit_store, root };
        let call = Rmn::voteToBlessCall { roots: vec![tagged] };
        self.destination.transact(Role::Blesser, self.destination.v1_5.rmn, &call).await
    }

    async fn report(&self, interval: &RangeInclusive<u64>, root: B256) -> Result<Transaction, Error> {
        let store = self.destination.v1_5.commit_store;
        let interval = Interval { min: *interval.start(), max: *interval.end() };
        let nothing = PriceUpdates { tokenPriceUpdates: Vec::new(), gasPriceUpdates: Vec::new() };
        let report = CommitReport { priceUpdates: nothing, interval, merkleRoot: root };
        let report = Bytes::from(report.abi_encode());
        let context = self.context(store).await?;
        let signatures = Oracles::new()?.sign(&report, &context)?;
        let call = Ocr2::transmitCall { context, report, r: signatures.r, s: signatures.s, v: signatures.v };
        self.destination.transact(Role::Committer, store, &call).await
    }

    /// Configuration digest, epoch and round, and a word that nobody reads.
    pub(super) async fn context(&self, contract: Address) -> Result<[B256; 3], Error> {
        let details = read(&self.destination.anvil, contract, &Ocr2::latestConfigDetailsCall {}).await?;
        Ok([details.digest, B256::ZERO, B256::ZERO])
    }

    /// What the off-ramp says of a message.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Shape`].
    pub async fn state(&self, sequence_number: u64) -> Result<State, Error> {
        let call = OffRamp::getExecutionStateCall { sequenceNumber: sequence_number };
        State::from_number(read(&self.destination.anvil, self.off_ramp(), &call).await?)
    }

    /// Sends, commits, blesses and executes one message.
    ///
    /// # Errors
    /// As those.
    pub async fn deliver(&self, send: &Send) -> Result<(Sent, Executed), Error> {
        let sent = self.send(send).await?;
        self.commit_all().await?;
        let executed = self.execute(&[sent.sequence_number]).await?;
        Ok((sent, executed))
    }
}
