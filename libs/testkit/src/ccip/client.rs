//! What applications do: send through a router, and receive.

use alloy::primitives::{Address, Bytes, U256};

use super::{
    Chain, Error, Role, Transaction,
    abi::common::{FundedSender, OutgoingMessage, Router, TokenAmount},
    codec::{extra_args, padded},
    transact::{Call, attempt, read, transact},
};

/// Enough gas for the scripted receiver.
const GAS_LIMIT: u64 = 200_000;

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// An account of the chain; only the user has LINK and tokens.
    Account(Role),
    /// The sender contract, out of its own balance.
    Contract,
}

/// What the fee is paid in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fee {
    /// The chain's coin.
    Native,
    /// LINK.
    Link,
}

/// Whether the sender's messages must be executed in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// One after the other: the message has a nonce.
    Kept,
    /// Any: the nonce is 0.
    Free,
}

/// A message to send.
#[derive(Debug, Clone)]
pub struct Send {
    /// Who sends it.
    pub sender: Sender,
    /// Who gets it on the other chain.
    pub receiver: Address,
    /// What he gets.
    pub data: Bytes,
    /// What the fee is paid in.
    pub fee: Fee,
    /// How much gas the receiver may use.
    pub gas_limit: u64,
    /// Whether order matters.
    pub order: Order,
    /// Tokens to carry, each with its amount in its smallest unit.
    pub tokens: Vec<(Address, U256)>,
}

impl Send {
    /// From the user, paid natively, in order, with 200,000 gas and without tokens.
    pub fn new(receiver: Address, data: impl Into<Bytes>) -> Self {
        Self {
            sender: Sender::Account(Role::User),
            receiver,
            data: data.into(),
            fee: Fee::Native,
            gas_limit: GAS_LIMIT,
            order: Order::Kept,
            tokens: Vec::new(),
        }
    }

    fn message(&self, link: Address) -> OutgoingMessage {
        OutgoingMessage {
            receiver: padded(self.receiver),
            data: self.data.clone(),
            tokenAmounts: self.tokens.iter().map(|&(token, amount)| TokenAmount { token, amount }).collect(),
            feeToken: match self.fee {
                Fee::Native => Address::ZERO,
                Fee::Link => link,
            },
            extraArgs: extra_args(self.gas_limit, self.order == Order::Free),
        }
    }
}

/// What a receiver does with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes it.
    Accept,
    /// Reverts with a string.
    RevertWithReason(String),
    /// Reverts with `Refused(bytes32 messageId)`.
    RevertWithError,
    /// Reverts with nothing.
    RevertEmpty,
    /// Fails an assertion.
    Panic,
    /// Takes it after using this much gas; with less it runs out, which looks like reverting with nothing.
    UseGas(u64),
}

impl Behaviour {
    /// As the contract's `tell` takes it: number, reason, appetite.
    pub(super) fn as_told(&self) -> (u8, String, U256) {
        match self {
            Self::Accept => (0, String::new(), U256::ZERO),
            Self::RevertWithReason(reason) => (1, reason.clone(), U256::ZERO),
            Self::RevertWithError => (2, String::new(), U256::ZERO),
            Self::RevertEmpty => (3, String::new(), U256::ZERO),
            Self::Panic => (4, String::new(), U256::ZERO),
            Self::UseGas(gas) => (5, String::new(), U256::from(*gas)),
        }
    }
}

/// A router on a chain and the selector that it sends to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route<'a> {
    pub(super) chain: &'a Chain,
    pub(super) router: Address,
    pub(super) destination: u64,
}

impl Route<'_> {
    /// What the router asks for, in the fee token's smallest unit.
    pub(super) async fn fee(&self, send: &Send) -> Result<U256, Error> {
        let message = send.message(self.chain.tokens.link);
        let call = Router::getFeeCall { destination: self.destination, message };
        read(&self.chain.anvil, self.router, &call).await
    }

    /// Sends, paying exactly the fee.
    pub(super) async fn send(&self, send: &Send) -> Result<Transaction, Error> {
        let fee = self.fee(send).await?;
        transact(&self.chain.anvil, self.call(send, fee)).await
    }

    /// Sends, also what the router will refuse: the transaction is mined and reverts.
    pub(super) async fn attempt(&self, send: &Send, native: U256) -> Result<Transaction, Error> {
        attempt(&self.chain.anvil, &self.call(send, native)).await
    }

    fn call(&self, send: &Send, native: U256) -> Call {
        let message = send.message(self.chain.tokens.link);
        let destination = self.destination;
        match send.sender {
            Sender::Contract => {
                let call = FundedSender::sendCall { router: self.router, destination, message };
                Call::new(self.chain.account(Role::User), self.chain.tokens.sender, &call)
            }
            Sender::Account(role) => {
                let call = Router::ccipSendCall { destination, message };
                let value = match send.fee {
                    Fee::Native => native,
                    Fee::Link => U256::ZERO,
                };
                Call::new(self.chain.account(role), self.router, &call).with_value(value)
            }
        }
    }
}
