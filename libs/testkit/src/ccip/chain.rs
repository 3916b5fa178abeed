//! One chain of a world: its process, who is who on it, and the contracts of every family.

use alloy::{
    primitives::{Address, U256},
    sol_types::{SolCall, SolValue},
};

use super::{
    Error, Network,
    abi::{
        common::FundedSender,
        own::{BridgeToken, ScriptedReceiver},
    },
    client::Behaviour,
    private,
    site::whole_tokens,
    transact::{Call, Transaction, deploy_own, read, transact},
    v1_5, v1_6, v2_0,
};
use crate::{anvil::Anvil, contracts::Contract};

/// One end of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The consortium's chain: 138 unless set, where gas is free.
    Home,
    /// The other chain: 1337 unless set.
    Away,
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Home => Self::Away,
            Self::Away => Self::Home,
        }
    }
}

/// Who an account of a chain is. The keys are anvil's public ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Owns every contract.
    Owner,
    /// Transmits commits for the oracle network.
    Committer,
    /// Transmits executions for the oracle network.
    Executor,
    /// Executes in the private family.
    Relayer,
    /// Sends messages and executes manually; has LINK and bridged tokens and has approved the routers.
    User,
    /// Has coins and no rights.
    Stranger,
    /// Blesses roots in 1.5's risk network.
    Blesser,
    /// Curses in 1.5's risk network.
    Curser,
}

impl Role {
    const fn position(self) -> usize {
        match self {
            Self::Owner => 0,
            Self::Committer => 1,
            Self::Executor => 2,
            Self::Relayer => 3,
            Self::User => 4,
            Self::Stranger => 5,
            Self::Blesser => 6,
            Self::Curser => 7,
        }
    }
}

/// What the families share on a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
    /// LINK, 18 decimals.
    pub link: Address,
    /// The wrapped coin.
    pub wrapped: Address,
    /// A token that 1.6 carries to its counterpart on the other chain, burning here and minting there.
    pub bridged: Address,
    /// A receiver that does what it is told: [`Chain::tell_receiver`].
    pub receiver: Address,
    /// A sender that pays its fees itself: [`Chain::set_sender_link`].
    pub sender: Address,
}

/// The contracts of a chain.
#[derive(Debug)]
pub(super) struct Contracts {
    pub(super) tokens: Tokens,
    pub(super) v1_6: v1_6::Contracts,
    pub(super) v1_5: v1_5::Contracts,
    pub(super) v2_0: v2_0::Contracts,
    pub(super) private: private::Contracts,
}

/// A chain of a world.
#[derive(Debug)]
pub struct Chain {
    /// Its process.
    pub anvil: Anvil,
    /// Its EVM chain id.
    pub chain_id: u64,
    /// Its CCIP selector.
    pub selector: u64,
    /// Tokens, receiver and sender.
    pub tokens: Tokens,
    /// CCIP 1.6.
    pub v1_6: v1_6::Contracts,
    /// CCIP 1.5.
    pub v1_5: v1_5::Contracts,
    /// CCIP 2.0.
    pub v2_0: v2_0::Contracts,
    /// The operators' own.
    pub private: private::Contracts,
    accounts: Vec<Address>,
}

/// What the user and the sender contract start with, of LINK and of the bridged token, in whole tokens.
const ENDOWMENT: u64 = 100;

impl Chain {
    pub(super) fn new(anvil: Anvil, Network { chain_id, selector }: Network, contracts: Contracts) -> Self {
        let accounts = anvil.accounts().iter().map(|account| account.address).collect();
        let Contracts { tokens, v1_6, v1_5, v2_0, private } = contracts;
        Self { anvil, chain_id, selector, tokens, v1_6, v1_5, v2_0, private, accounts }
    }

    /// The account of a role.
    pub fn account(&self, role: Role) -> Address {
        self.accounts.get(role.position()).copied().unwrap_or_default()
    }

    /// Tells the receiver what to do from now on.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Reverted`].
    pub async fn tell_receiver(&self, behaviour: &Behaviour) -> Result<Transaction, Error> {
        let (number, reason, appetite) = behaviour.as_told();
        let call = ScriptedReceiver::tellCall { behaviour: number, reason, appetite };
        self.transact(Role::Owner, self.tokens.receiver, &call).await
    }

    /// How many messages the receiver accepted, of all families.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Shape`].
    pub async fn received(&self) -> Result<u64, Error> {
        Ok(read(&self.anvil, self.tokens.receiver, &ScriptedReceiver::receivedCall {}).await?.saturating_to())
    }

    /// A balance of one of our tokens, in its smallest unit.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Shape`].
    pub async fn balance(&self, token: Address, account: Address) -> Result<U256, Error> {
        read(&self.anvil, token, &BridgeToken::balanceOfCall { account }).await
    }

    /// Gives or takes LINK until the sender contract has this much, in juels.
    ///
    /// # Errors
    /// [`Error::Chain`], [`Error::Shape`] or [`Error::Reverted`].
    pub async fn set_sender_link(&self, juels: U256) -> Result<(), Error> {
        let Tokens { link, sender, .. } = self.tokens;
        let present = self.balance(link, sender).await?;
        if let Some(missing) = juels.checked_sub(present).filter(|missing| !missing.is_zero()) {
            let call = BridgeToken::mintCall { account: sender, amount: missing };
            self.transact(Role::Owner, link, &call).await?;
        }
        if let Some(surplus) = present.checked_sub(juels).filter(|surplus| !surplus.is_zero()) {
            let to = self.account(Role::Owner);
            let call = FundedSender::withdrawCall { token: link, to, amount: surplus };
            self.transact(Role::Owner, sender, &call).await?;
        }
        Ok(())
    }

    pub(super) async fn transact<C: SolCall>(&self, role: Role, to: Address, call: &C) -> Result<Transaction, Error> {
        transact(&self.anvil, Call::new(self.account(role), to, call)).await
    }
}

/// The account of a role on a chain that is not a [`Chain`] yet.
pub(super) fn account(anvil: &Anvil, role: Role) -> Result<Address, Error> {
    anvil.accounts().get(role.position()).map(|account| account.address).ok_or(Error::Accounts)
}

impl Tokens {
    /// Deploys the tokens, the receiver and the sender.
    pub(super) async fn deploy(anvil: &Anvil) -> Result<Self, Error> {
        let owner = account(anvil, Role::Owner)?;
        let named = |name: &str, symbol: &str| (name.to_owned(), symbol.to_owned()).abi_encode_params();
        Ok(Self {
            link: deploy_own(anvil, owner, Contract::BridgeToken, named("ChainLink Token", "LINK")).await?,
            wrapped: deploy_own(anvil, owner, Contract::WrappedNative, Vec::new()).await?,
            bridged: deploy_own(anvil, owner, Contract::BridgeToken, named("Bridged", "BRG")).await?,
            receiver: deploy_own(anvil, owner, Contract::ScriptedReceiver, Vec::new()).await?,
            sender: deploy_own(anvil, owner, Contract::FundedSender, Vec::new()).await?,
        })
    }

    /// Endows the user and the sender contract, and lets the routers take from the user.
    pub(super) async fn endow(&self, anvil: &Anvil, routers: [Address; 4]) -> Result<(), Error> {
        let (owner, user) = (account(anvil, Role::Owner)?, account(anvil, Role::User)?);
        let amount = whole_tokens(ENDOWMENT);
        for token in [self.link, self.bridged] {
            for account in [user, self.sender] {
                transact(anvil, Call::new(owner, token, &BridgeToken::mintCall { account, amount })).await?;
            }
            for spender in routers {
                let call = BridgeToken::approveCall { spender, amount: U256::MAX };
                transact(anvil, Call::new(user, token, &call)).await?;
            }
        }
        // The sender contract pays native fees out of what it has.
        anvil.set_balance(self.sender, amount).await?;
        Ok(())
    }
}
