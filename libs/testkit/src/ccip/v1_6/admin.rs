//! What owners and the risk network do to a 1.6 lane.

use alloy::primitives::Address;

use super::Lane;
use crate::ccip::{
    Chain, Error, Role, Subject, Transaction,
    abi::{
        common::{OffRampOf, OnRampOf, RateLimit, Router, TokenPool},
        v1_6::{AllowList, Destination, OffRamp, OnRamp, RmnRemote, Source},
    },
    codec::padded,
};

impl Lane<'_> {
    /// The source's risk network curses the destination, or everything: the router refuses to quote and to send.
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

    /// The destination's risk network curses the source, or everything: commits and manual executions revert,
    /// the oracle network's executions are skipped.
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
        self.set_router(self.source.v1_6.router).await
    }

    async fn set_router(&self, router: Address) -> Result<Transaction, Error> {
        let destination = Destination { destChainSelector: self.destination.selector, router, allowlistEnabled: false };
        let call = OnRamp::applyDestChainConfigUpdatesCall { destinations: vec![destination] };
        self.source.transact(Role::Owner, self.source.v1_6.on_ramp, &call).await
    }

    /// Takes the lane off the source's router, so that `isChainSupported` becomes false.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn unroute(&self) -> Result<Transaction, Error> {
        self.set_on_ramp(Address::ZERO).await
    }

    /// Puts it back.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn route_again(&self) -> Result<Transaction, Error> {
        self.set_on_ramp(self.source.v1_6.on_ramp).await
    }

    async fn set_on_ramp(&self, on_ramp: Address) -> Result<Transaction, Error> {
        let none = Vec::<OffRampOf>::new;
        let on_ramps = vec![OnRampOf { destChainSelector: self.destination.selector, onRamp: on_ramp }];
        let call = Router::applyRampUpdatesCall { onRamps: on_ramps, removed: none(), added: none() };
        self.source.transact(Role::Owner, self.source.v1_6.router, &call).await
    }

    /// From now on only these may send, beside those that were allowed before.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn allow_only(&self, senders: Vec<Address>) -> Result<Transaction, Error> {
        self.set_allow_list(true, senders, Vec::new()).await
    }

    /// Takes these off the list, which stays in force.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn disallow(&self, senders: Vec<Address>) -> Result<Transaction, Error> {
        self.set_allow_list(true, Vec::new(), senders).await
    }

    /// Everybody may send again.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn allow_everybody(&self) -> Result<Transaction, Error> {
        self.set_allow_list(false, Vec::new(), Vec::new()).await
    }

    async fn set_allow_list(
        &self,
        enabled: bool,
        added: Vec<Address>,
        removed: Vec<Address>,
    ) -> Result<Transaction, Error> {
        let destination = self.destination.selector;
        let list = AllowList { destChainSelector: destination, allowlistEnabled: enabled, added, removed };
        let call = OnRamp::applyAllowlistUpdatesCall { lists: vec![list] };
        self.source.transact(Role::Owner, self.source.v1_6.on_ramp, &call).await
    }

    /// Disables the source at the off-ramp: commits and executions revert until [`Lane::enable_source`].
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn disable_source(&self) -> Result<Transaction, Error> {
        self.set_source(false).await
    }

    /// Enables it again.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn enable_source(&self) -> Result<Transaction, Error> {
        self.set_source(true).await
    }

    async fn set_source(&self, enabled: bool) -> Result<Transaction, Error> {
        let source = Source {
            router: self.destination.v1_6.router,
            sourceChainSelector: self.source.selector,
            isEnabled: enabled,
            isRMNVerificationDisabled: true,
            onRamp: padded(self.source.v1_6.on_ramp),
        };
        let call = OffRamp::applySourceChainConfigUpdatesCall { sources: vec![source] };
        self.destination.transact(Role::Owner, self.off_ramp(), &call).await
    }

    /// Limits how much of the bridged token may arrive: so much at once, refilled at so much per second, in its
    /// smallest unit. The rate must be positive and below the capacity.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn limit_arrivals(&self, capacity: u128, rate: u128) -> Result<Transaction, Error> {
        let call = TokenPool::setChainRateLimiterConfigCall {
            remote: self.source.selector,
            outbound: RateLimit { isEnabled: false, capacity: 0, rate: 0 },
            inbound: RateLimit { isEnabled: true, capacity, rate },
        };
        self.destination.transact(Role::Owner, self.destination.v1_6.token_pool, &call).await
    }
}

async fn curse(chain: &Chain, subject: Subject, other: u64) -> Result<Transaction, Error> {
    let call = RmnRemote::curseCall { subject: subject.of(other) };
    chain.transact(Role::Owner, chain.v1_6.rmn, &call).await
}

async fn uncurse(chain: &Chain, subject: Subject, other: u64) -> Result<Transaction, Error> {
    let call = RmnRemote::uncurseCall { subject: subject.of(other) };
    chain.transact(Role::Owner, chain.v1_6.rmn, &call).await
}
