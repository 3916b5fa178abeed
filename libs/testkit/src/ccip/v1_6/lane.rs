//! One direction of 1.6, driven step by step: send, commit, execute.

use std::ops::RangeInclusive;

use alloy::{
    primitives::{Address, B256, Bytes, U256, Uint},
    sol_types::SolValue,
};

use super::{
    contracts::CONFIG_DIGEST,
    messages::{Ends, Leaf},
};
use crate::ccip::{
    Chain, Committed, Error, Executed, Role, Send, Sent, State, Transaction, Tree,
    abi::v1_6::{
        CommitReport, GasPrice, OffRamp,
        OnRamp::{self, CCIPMessageSent},
        PriceUpdates, Root, TokenPrice,
    },
    client::Route,
    codec::padded,
    oracles::Oracles,
    site::{GAS_USD, LINK_USD, usd},
    transact::{emitted, read, topic},
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
        self.destination.v1_6.off_ramp
    }

    const fn ends(&self) -> Ends {
        Ends { source: self.source.selector, destination: self.destination.selector, on_ramp: self.source.v1_6.on_ramp }
    }

    const fn route(&self) -> Route<'a> {
        Route { chain: self.source, router: self.source.v1_6.router, destination: self.destination.selector }
    }

    /// What the router asks for, in the fee token's smallest unit.
    ///
    /// # Errors
    /// [`Error::Chain`] when the router refuses the message, for example on a cursed lane.
    pub async fn fee(&self, send: &Send) -> Result<U256, Error> {
        self.route().fee(send).await
    }

    /// Sends through the router and pays exactly the fee.
    ///
    /// # Errors
    /// As [`Lane::fee`]; [`Error::Reverted`]; [`Error::Id`] when the ramp's id is not what the formula gives.
    pub async fn send(&self, send: &Send) -> Result<Sent, Error> {
        let transaction = self.route().send(send).await?;
        let on_ramp = self.source.v1_6.on_ramp;
        let silent = Error::Silent { what: "ccipSend", event: "CCIPMessageSent" };
        let (log_index, message) = {
            let events = emitted::<CCIPMessageSent>(&transaction, on_ramp)?;
            let (log, event) = events.into_iter().next().ok_or(silent)?;
            (log.log_index.unwrap_or_default(), event.message)
        };
        self.ends().check(&message)?;
        Ok(Sent {
            transaction,
            log_index,
            message_id: message.header.messageId,
            sequence_number: message.header.sequenceNumber,
            nonce: message.header.nonce,
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

    /// The sequence number that the next message gets: one more than were sent.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Shape`].
    pub async fn next_to_send(&self) -> Result<u64, Error> {
        let call = OnRamp::getExpectedNextSequenceNumberCall { destination: self.destination.selector };
        read(&self.source.anvil, self.source.v1_6.on_ramp, &call).await
    }

    /// The sequence number that the next commit must begin with.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Shape`].
    pub async fn next_to_commit(&self) -> Result<u64, Error> {
        let call = OffRamp::getSourceChainConfigCall { source: self.source.selector };
        Ok(read(&self.destination.anvil, self.off_ramp(), &call).await?.minSeqNr)
    }

    /// The messages as they will arrive, with their leaves.
    ///
    /// # Errors
    /// [`Error::NotSent`] and [`Error::Id`].
    pub async fn leaves(&self, interval: RangeInclusive<u64>) -> Result<Vec<Leaf>, Error> {
        self.ends().leaves(self.source, interval).await
    }

    /// Commits the messages of an interval under one root, signed by the oracle network.
    ///
    /// # Errors
    /// As [`Lane::leaves`]; [`Error::Reverted`] when the interval does not continue the last one.
    pub async fn commit(&self, interval: RangeInclusive<u64>) -> Result<Committed, Error> {
        let leaves = self.leaves(interval.clone()).await?;
        self.commit_root(interval, Tree::new(leaves.iter().map(|leaf| leaf.hash).collect()).root()).await
    }

    /// Commits everything that was sent and is not committed yet.
    ///
    /// # Errors
    /// As [`Lane::commit`].
    pub async fn commit_all(&self) -> Result<Committed, Error> {
        let (first, next) = (self.next_to_commit().await?, self.next_to_send().await?);
        self.commit(first..=next.saturating_sub(1)).await
    }

    /// Commits any root, also one that is no root of these messages: a lying oracle network.
    ///
    /// # Errors
    /// As [`Lane::commit`].
    pub async fn commit_root(&self, interval: RangeInclusive<u64>, root: B256) -> Result<Committed, Error> {
        let under = Root {
            sourceChainSelector: self.source.selector,
            onRampAddress: padded(self.source.v1_6.on_ramp),
            minSeqNr: *interval.start(),
            maxSeqNr: *interval.end(),
            merkleRoot: root,
        };
        let nothing = PriceUpdates { tokenPriceUpdates: Vec::new(), gasPriceUpdates: Vec::new() };
        let transaction = self.report(vec![under], nothing).await?;
        Ok(Committed { transaction, interval, root })
    }

    /// Commits prices and no root, as the network does between messages.
    ///
    /// # Errors
    /// As [`Lane::commit`].
    pub async fn commit_prices(&self) -> Result<Transaction, Error> {
        let link = TokenPrice { sourceToken: self.destination.tokens.link, usdPerToken: usd(LINK_USD) };
        let gas = GasPrice { destChainSelector: self.source.selector, usdPerUnitGas: Uint::from(GAS_USD) };
        let prices = PriceUpdates { tokenPriceUpdates: vec![link], gasPriceUpdates: vec![gas] };
        self.report(Vec::new(), prices).await
    }

    async fn report(&self, unblessed: Vec<Root>, prices: PriceUpdates) -> Result<Transaction, Error> {
        let off_ramp = self.off_ramp();
        let last = read(&self.destination.anvil, off_ramp, &OffRamp::getLatestPriceSequenceNumberCall {}).await?;
        let report = CommitReport {
            priceUpdates: prices,
            blessedMerkleRoots: Vec::new(),
            unblessedMerkleRoots: unblessed,
            rmnSignatures: Vec::new(),
        };
        let report = Bytes::from(report.abi_encode());
        let context = [CONFIG_DIGEST, topic(last.saturating_add(1))];
        let signatures = Oracles::new()?.sign(&report, &context)?;
        let call = OffRamp::commitCall { context, report, r: signatures.r, s: signatures.s, v: signatures.v };
        self.destination.transact(Role::Committer, off_ramp, &call).await
    }

    /// What the off-ramp says of a message.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Shape`].
    pub async fn state(&self, sequence_number: u64) -> Result<State, Error> {
        let call = OffRamp::getExecutionStateCall { source: self.source.selector, sequenceNumber: sequence_number };
        State::from_number(read(&self.destination.anvil, self.off_ramp(), &call).await?)
    }

    /// Sends, commits and executes one message.
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
