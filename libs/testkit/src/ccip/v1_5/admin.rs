//! What owners and the risk network do to a 1.5 lane.

use alloy::primitives::{Address, B256, aliases::B128};

use super::Lane;
use crate::ccip::{
    Chain, Error, Role, Subject, Transaction,
    abi::v1_5::{CommitStore, OnRamp, OwnerUnvote, Rmn, Unvote},
    transact::read,
};

impl Lane<'_> {
    /// The source's risk network curses the destination, or everything: sends revert.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Reverted`], as all of these.
    pub async fn curse_source(&self, subject: Subject) -> Result<Transaction, Error> {
        curse(self.source, subject, self.destination.selector).await
    }

    /// Lifts it.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn uncurse_source(&self, subject: Subject) -> Result<Transaction, Error> {
        uncurse(self.source, subject, self.destination.selector).await
    }

    /// The destination's risk network curses the source, or everything: commits and executions revert.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn curse_destination(&self, subject: Subject) -> Result<Transaction, Error> {
        curse(self.destination, subject, self.source.selector).await
    }

    /// Lifts it.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn uncurse_destination(&self, subject: Subject) -> Result<Transaction, Error> {
        uncurse(self.destination, subject, self.source.selector).await
    }

    /// Pauses the lane at the on-ramp: its router becomes zero.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn pause(&self) -> Result<Transaction, Error> {
        self.set_router(Address::ZERO).await
    }

    /// Ends the pause.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn resume(&self) -> Result<Transaction, Error> {
        self.set_router(self.source.v1_5.router).await
    }

    async fn set_router(&self, router: Address) -> Result<Transaction, Error> {
        let on_ramp = self.source.v1_5.on_ramp;
        let mut config = read(&self.source.anvil, on_ramp, &OnRamp::getDynamicConfigCall {}).await?;
        config.router = router;
        self.source.transact(Role::Owner, on_ramp, &OnRamp::setDynamicConfigCall { config }).await
    }

    /// Stops the commit store: neither commits nor executions go through.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn pause_commits(&self) -> Result<Transaction, Error> {
        self.destination.transact(Role::Owner, self.commit_store(), &CommitStore::pauseCall {}).await
    }

    /// Starts it again.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn resume_commits(&self) -> Result<Transaction, Error> {
        self.destination.transact(Role::Owner, self.commit_store(), &CommitStore::unpauseCall {}).await
    }

    /// Withdraws a committed root that was not blessed.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn remove_root(&self, root: B256) -> Result<Transaction, Error> {
        let call = CommitStore::resetUnblessedRootsCall { roots: vec![root] };
        self.destination.transact(Role::Owner, self.commit_store(), &call).await
    }

    /// Moves the commit store's counter, as owners do before they commit an interval again.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn set_next_to_commit(&self, sequence_number: u64) -> Result<Transaction, Error> {
        let call = CommitStore::setMinSeqNrCall { next: sequence_number };
        self.destination.transact(Role::Owner, self.commit_store(), &call).await
    }

    const fn commit_store(&self) -> Address {
        self.destination.v1_5.commit_store
    }
}

async fn curse(chain: &Chain, subject: Subject, other: u64) -> Result<Transaction, Error> {
    // An id serves once per voter; the count of his transactions is a fresh one.
    let nonce = chain.anvil.nonce(chain.account(Role::Curser)).await?;
    let call = Rmn::voteToCurseCall { curseId: B128::from(u128::from(nonce)), subjects: vec![subject.of(other)] };
    chain.transact(Role::Curser, chain.v1_5.rmn, &call).await
}

async fn uncurse(chain: &Chain, subject: Subject, other: u64) -> Result<Transaction, Error> {
    let unit = Unvote { subject: subject.of(other), cursesHash: alloy::primitives::FixedBytes::ZERO };
    let request = OwnerUnvote { curseVoteAddr: chain.account(Role::Curser), unit, forceUnvote: true };
    let call = Rmn::ownerUnvoteToCurseCall { requests: vec![request] };
    chain.transact(Role::Owner, chain.v1_5.rmn, &call).await
}
