//! Deploys aggregators and proxies, and reads and writes their rounds without the code under test.

use alloy::{
    primitives::{Address, Bytes, I256, U256},
    sol,
    sol_types::{SolCall, SolValue},
};
use causeway_primitives::{Answer, Decimals, RoundId};

use super::{Contract, Error};
use crate::anvil::{Anvil, Mined};

sol! {
    interface Contracts {
        function addTransmitter(address account) external;
        function removeTransmitter(address account) external;
        function updateAnswer(int256 answer) external;
        function updateAnswer(uint256 answer) external;
        function submit(uint256 roundId, int256 answer) external;
        function transmit(int192 answer) external;
        function latestRound() external view returns (uint80);
        function setAggregator(address next) external;
        function getRoundData(uint80 roundId) external view
            returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
    }
}

/// The write function that an aggregator has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `updateAnswer(int256)`.
    UpdateAnswerInt256,
    /// `updateAnswer(uint256)`.
    UpdateAnswerUint256,
    /// `submit(uint256,int256)`.
    SubmitRound,
    /// `transmit(int192)`.
    TransmitInt192,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::UpdateAnswerInt256, Self::UpdateAnswerUint256, Self::SubmitRound, Self::TransmitInt192];

    const fn contract(self) -> Contract {
        match self {
            Self::UpdateAnswerInt256 => Contract::UpdateAnswerInt256Aggregator,
            Self::UpdateAnswerUint256 => Contract::UpdateAnswerUint256Aggregator,
            Self::SubmitRound => Contract::SubmitRoundAggregator,
            Self::TransmitInt192 => Contract::TransmitInt192Aggregator,
        }
    }
}

/// How a feed without a round answers `latestRoundData`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyFeed {
    /// Five zeros.
    Zeros,
    /// Reverts with `No data present`.
    Reverts,
}

/// What answers the feed takes, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The lowest.
    pub lowest: I256,
    /// The highest.
    pub highest: I256,
}

/// Which aggregator to deploy.
#[derive(Debug, Clone)]
pub struct Spec {
    /// How it is written.
    pub dialect: Dialect,
    /// Its decimals.
    pub decimals: Decimals,
    /// Its description, by custom `BASE / QUOTE`.
    pub description: String,
    /// What it takes.
    pub bounds: Bounds,
    /// How it answers before its first round.
    pub empty: EmptyFeed,
    /// Who may write to it.
    pub transmitters: Vec<Address>,
}

impl Spec {
    /// A feed with 8 decimals and the whole `int192` range, empty as five zeros, with one transmitter.
    ///
    /// # Panics
    /// Never: 8 is a valid number of decimals.
    #[allow(clippy::expect_used, reason = "a constant that the first test would catch")]
    pub fn new(dialect: Dialect, description: &str, transmitter: Address) -> Self {
        let highest = (I256::ONE << 191_usize) - I256::ONE;
        Self {
            dialect,
            decimals: Decimals::new(8).expect("8 is at most 18"),
            description: description.to_owned(),
            bounds: Bounds { lowest: -highest - I256::ONE, highest },
            empty: EmptyFeed::Zeros,
            transmitters: vec![transmitter],
        }
    }
}

/// One round as the contract tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// Its id.
    pub id: RoundId,
    /// Its answer.
    pub answer: Answer,
    /// When it was opened, in seconds since the epoch.
    pub started_at: u64,
    /// When its answer came, in seconds since the epoch.
    pub updated_at: u64,
}

/// An aggregator on a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aggregator {
    /// Where it is.
    pub address: Address,
    /// How it is written.
    pub dialect: Dialect,
    owner: Address,
}

impl Aggregator {
    /// Deploys one from the chain's first account, which becomes its owner.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Reverted`].
    pub async fn deploy(anvil: &Anvil, spec: &Spec) -> Result<Self, Error> {
        let arguments = (
            U256::from(spec.decimals.get()),
            spec.description.clone(),
            spec.bounds.lowest,
            spec.bounds.highest,
            spec.empty == EmptyFeed::Reverts,
        );
        let contract = spec.dialect.contract();
        let (address, owner) = deploy(anvil, contract, &arguments.abi_encode_params()).await?;
        let aggregator = Self { address, dialect: spec.dialect, owner };
        for account in &spec.transmitters {
            aggregator.add_transmitter(anvil, *account).await?;
        }
        Ok(aggregator)
    }

    /// Lets an account write.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Reverted`].
    pub async fn add_transmitter(&self, anvil: &Anvil, account: Address) -> Result<(), Error> {
        let call = Contracts::addTransmitterCall { account };
        self.transact(anvil, self.owner, call.abi_encode()).await.map(drop)
    }

    /// Stops an account from writing.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Reverted`].
    pub async fn remove_transmitter(&self, anvil: &Anvil, account: Address) -> Result<(), Error> {
        let call = Contracts::removeTransmitterCall { account };
        self.transact(anvil, self.owner, call.abi_encode()).await.map(drop)
    }

    /// Writes the next round from an account that the chain holds the key of.
    ///
    /// # Errors
    /// [`Error::Reverted`] when the contract refuses; [`Error::Chain`].
    pub async fn write(&self, anvil: &Anvil, from: Address, answer: I256) -> Result<Mined, Error> {
        let data = match self.dialect {
            Dialect::UpdateAnswerInt256 => Contracts::updateAnswer_0Call { answer }.abi_encode(),
            Dialect::UpdateAnswerUint256 => Contracts::updateAnswer_1Call { answer: answer.into_raw() }.abi_encode(),
            Dialect::SubmitRound => {
                let next = U256::from(self.round_count(anvil).await?) + U256::ONE;
                Contracts::submitCall { roundId: next, answer }.abi_encode()
            }
            // An `int192` is its `int256` to the encoder: a word, sign-extended.
            Dialect::TransmitInt192 => [Contracts::transmitCall::SELECTOR.as_slice(), &answer.abi_encode()].concat(),
        };
        self.transact(anvil, from, data).await
    }

    /// How many rounds there are: the id of the last one.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Answer`].
    pub async fn round_count(&self, anvil: &Anvil) -> Result<u64, Error> {
        let latest = read(anvil, self.address, Contracts::latestRoundCall {}).await?;
        Ok(latest.to())
    }

    /// All rounds, first to last.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Answer`].
    pub async fn rounds(&self, anvil: &Anvil) -> Result<Vec<Round>, Error> {
        let mut rounds = Vec::new();
        for id in 1..=self.round_count(anvil).await? {
            let call = Contracts::getRoundDataCall { roundId: alloy::primitives::aliases::U80::from(id) };
            let data = read(anvil, self.address, call).await?;
            rounds.push(Round {
                id: RoundId::new(data.id.to()),
                answer: Answer::new(data.answer),
                started_at: data.startedAt.saturating_to(),
                updated_at: data.updatedAt.saturating_to(),
            });
        }
        Ok(rounds)
    }

    async fn transact(&self, anvil: &Anvil, from: Address, data: Vec<u8>) -> Result<Mined, Error> {
        transact(anvil, from, (self.dialect.contract(), self.address), data).await
    }
}

/// A proxy on a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proxy {
    /// Where it is.
    pub address: Address,
    owner: Address,
}

impl Proxy {
    /// Deploys one in front of an aggregator, in phase 1.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Reverted`].
    pub async fn deploy(anvil: &Anvil, aggregator: Address) -> Result<Self, Error> {
        let (address, owner) = deploy(anvil, Contract::AggregatorProxy, &aggregator.abi_encode()).await?;
        Ok(Self { address, owner })
    }

    /// Opens the next phase with another aggregator.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Reverted`].
    pub async fn set_aggregator(&self, anvil: &Anvil, next: Address) -> Result<(), Error> {
        let call = Contracts::setAggregatorCall { next };
        transact(anvil, self.owner, (Contract::AggregatorProxy, self.address), call.abi_encode()).await.map(drop)
    }
}

/// Sends the contract's code with its constructor's arguments; gives its address and its owner.
async fn deploy(anvil: &Anvil, contract: Contract, arguments: &[u8]) -> Result<(Address, Address), Error> {
    let reverted = Error::Reverted { contract: contract.name() };
    let code = [&contract.artefact()?.bytecode, arguments].concat();
    let Some(owner) = anvil.accounts().first().map(|account| account.address) else {
        return Err(reverted);
    };
    let mined = anvil.send(owner, None, &Bytes::from(code)).await?;
    match mined.contract_address {
        Some(address) if mined.took_effect() => Ok((address, owner)),
        Some(_) | None => Err(reverted),
    }
}

async fn transact(
    anvil: &Anvil,
    from: Address,
    (contract, to): (Contract, Address),
    data: Vec<u8>,
) -> Result<Mined, Error> {
    let mined = anvil.send(from, Some(to), &Bytes::from(data)).await?;
    if mined.took_effect() { Ok(mined) } else { Err(Error::Reverted { contract: contract.name() }) }
}

async fn read<C: SolCall>(anvil: &Anvil, to: Address, call: C) -> Result<C::Return, Error> {
    let request = serde_json::json!({ "to": to, "data": Bytes::from(call.abi_encode()) });
    let data: Bytes = anvil.rpc().call("eth_call", &(request, "latest")).await?;
    C::abi_decode_returns(&data).map_err(|source| Error::Answer { address: to, source })
}
