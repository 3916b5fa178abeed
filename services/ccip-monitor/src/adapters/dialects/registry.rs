//! All dialects of a deployment: which contract speaks which, and from which block to which.
//!
//! A log counts by its chain, address, first topic and block, never by an event's name: two contracts of one family
//! have events of one name and different types, and anyone can emit a look-alike.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use causeway_chain::logs::{ScannedLog, Selection};
use causeway_primitives::{Address, B256, ChainId, ChainSelector};

use super::{Private, V1_5, V1_6, V2_0};
use crate::{
    domain::{
        event::{LaneEvent, Located, Place},
        lane::Dialect,
    },
    ports::{Contract, Decode, DecodeError, Role},
};

/// Why a list of contracts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No dialect of that name is described.
    #[error("the contract {address} speaks {dialect}, which is no dialect")]
    UnknownDialect {
        /// The contract.
        address: Address,
        /// The name.
        dialect: String,
    },
    /// Two dialects claim the same logs.
    #[error("logs of {address} on chain {chain} would be of both {one} and {other} in the same blocks")]
    Ambiguous {
        /// The chain.
        chain: ChainId,
        /// The contract.
        address: Address,
        /// The first dialect.
        one: Dialect,
        /// The second.
        other: Dialect,
    },
    /// A contract that serves one lane is listed for two.
    #[error("the {} {address} serves one lane, and is listed for {one} and for {other}", role.as_str())]
    TwoPeers {
        /// The contract.
        address: Address,
        /// Its role.
        role: Role,
        /// One lane's other end.
        one: ChainSelector,
        /// The other lane's.
        other: ChainSelector,
    },
    /// The events of such a contract say only half of their lane.
    #[error("the {} {address} serves one lane, and the other end of it is not listed", role.as_str())]
    NoPeer {
        /// The contract.
        address: Address,
        /// Its role.
        role: Role,
    },
}

/// What a log is to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Of a contract that is not watched, or not in this block: anybody may emit it, and it says nothing.
    Foreign,
    /// Of a watched contract, with a topic that says nothing to us. Counted; not an error.
    Unknown,
    /// What it says, in the order of the log; none for an event without news, as a report of prices alone.
    Events(Vec<Located>),
    /// Of a known event, and not decodable: a hole.
    Undecodable(DecodeError),
}

/// A watched contract with its decoder.
#[derive(Debug, Clone)]
struct Watched {
    contract: Contract,
    decoder: Arc<dyn Decode>,
}

/// The contracts and decoders of a deployment.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    by_topic: HashMap<(ChainId, Address, B256), Vec<Watched>>,
    /// The blocks in which an address counts, whatever its topics.
    ranges: HashMap<(ChainId, Address), Vec<Blocks>>,
}

/// Blocks from one to another, or to the end.
#[derive(Debug, Clone, Copy)]
struct Blocks {
    from: u64,
    until: Option<u64>,
}

impl Blocks {
    const fn of(contract: &Contract) -> Self {
        Self { from: contract.from_block, until: contract.until_block }
    }

    fn contains(self, block: u64) -> bool {
        self.from <= block && self.until.is_none_or(|until| block <= until)
    }

    fn overlap(self, other: Self) -> bool {
        self.contains(other.from) || other.contains(self.from)
    }
}

impl Registry {
    /// A registry of these contracts. A contract may be listed several times, for several roles, lanes or ranges of
    /// blocks.
    ///
    /// # Errors
    /// [`Error`].
    pub fn new(contracts: impl IntoIterator<Item = (ChainId, Contract)>, dialects: &[Private]) -> Result<Self, Error> {
        let mut registry = Self::default();
        for (chain, contract) in contracts {
            has_peer(&contract)?;
            let decoder = decoder(&contract, dialects)?;
            registry.add(chain, &Watched { contract, decoder })?;
        }
        Ok(registry)
    }

    /// Which logs of a chain to ask for.
    pub fn selection(&self, chain: ChainId) -> Selection {
        let keys: BTreeSet<_> = self.by_topic.keys().filter(|(of, _, _)| *of == chain).collect();
        Selection::new(keys.iter().map(|(_, address, _)| *address), keys.iter().map(|(_, _, topic)| *topic))
    }

    /// The first block of a chain in which a contract counts; `None` when none is watched on it.
    pub fn first_block(&self, chain: ChainId) -> Option<u64> {
        let ranges = self.ranges.iter().filter(|((of, _), _)| *of == chain);
        ranges.flat_map(|(_, ranges)| ranges.iter().map(|blocks| blocks.from)).min()
    }

    /// What a log of a chain says.
    pub fn read(&self, chain: ChainId, log: &ScannedLog) -> Reading {
        let Some(topic) = log.topics.first() else { return self.unmatched(chain, log) };
        let watched = self.by_topic.get(&(chain, log.address, *topic)).into_iter().flatten();
        let Some(watched) =
            watched.into_iter().find(|watched| Blocks::of(&watched.contract).contains(log.block_number))
        else {
            return self.unmatched(chain, log);
        };
        match watched.decoder.decode(&watched.contract, log) {
            Ok(events) => Reading::Events(events.into_iter().map(|event| located(chain, log, event)).collect()),
            Err(error) => Reading::Undecodable(error),
        }
    }

    fn unmatched(&self, chain: ChainId, log: &ScannedLog) -> Reading {
        let ranges = self.ranges.get(&(chain, log.address)).into_iter().flatten();
        if ranges.into_iter().any(|blocks| blocks.contains(log.block_number)) {
            Reading::Unknown
        } else {
            Reading::Foreign
        }
    }

    fn add(&mut self, chain: ChainId, watched: &Watched) -> Result<(), Error> {
        let contract = &watched.contract;
        let blocks = Blocks::of(contract);
        for topic in watched.decoder.topics(contract.role) {
            let known = self.by_topic.entry((chain, contract.address, topic)).or_default();
            match known.iter().find(|other| blocks.overlap(Blocks::of(&other.contract))) {
                // One router and one contract that curses serve several versions of ramps, and tell all alike.
                Some(other) if other.contract.dialect != contract.dialect && !is_shared(contract.role) => {
                    return Err(Error::Ambiguous {
                        chain,
                        address: contract.address,
                        one: other.contract.dialect.clone(),
                        other: contract.dialect.clone(),
                    });
                }
                Some(other) => one_peer(&other.contract, contract)?,
                None => {}
            }
            // A contract may be listed for several lanes, roles and ranges of blocks: the first that covers a block
            // reads its logs, so nothing is read twice.
            known.push(watched.clone());
        }
        self.ranges.entry((chain, contract.address)).or_default().push(blocks);
        Ok(())
    }
}

fn decoder(contract: &Contract, dialects: &[Private]) -> Result<Arc<dyn Decode>, Error> {
    match &contract.dialect {
        Dialect::V1_5 => Ok(Arc::new(V1_5)),
        Dialect::V1_6 => Ok(Arc::new(V1_6)),
        Dialect::V2_0 => Ok(Arc::new(V2_0)),
        Dialect::Private(name) => match dialects.iter().find(|dialect| dialect.name() == &**name) {
            Some(dialect) => Ok(Arc::new(dialect.clone())),
            None => Err(Error::UnknownDialect { address: contract.address, dialect: name.to_string() }),
        },
    }
}

/// Ramps and commit stores of 1.2 and 1.5 serve one lane, and their events do not name its other end.
fn serves_one_lane(contract: &Contract) -> bool {
    matches!(contract.dialect, Dialect::V1_5)
        && matches!(contract.role, Role::OnRamp | Role::OffRamp | Role::CommitStore)
}

fn has_peer(contract: &Contract) -> Result<(), Error> {
    if serves_one_lane(contract) && contract.peer.is_none() {
        return Err(Error::NoPeer { address: contract.address, role: contract.role });
    }
    Ok(())
}

fn one_peer(one: &Contract, other: &Contract) -> Result<(), Error> {
    match (one.peer, other.peer) {
        (Some(first), Some(second)) if first != second && serves_one_lane(one) && serves_one_lane(other) => {
            Err(Error::TwoPeers { address: other.address, role: other.role, one: first, other: second })
        }
        (_, _) => Ok(()),
    }
}

const fn is_shared(role: Role) -> bool {
    match role {
        Role::Router | Role::Rmn => true,
        Role::OnRamp | Role::OffRamp | Role::CommitStore | Role::NonceManager | Role::Verifier => false,
    }
}

fn located(chain: ChainId, log: &ScannedLog, event: LaneEvent) -> Located {
    let place = Place {
        chain,
        block: log.block_number,
        block_hash: log.block_hash,
        time: log.block_time,
        tx: log.tx_hash,
        log_index: log.log_index,
        contract: log.address,
    };
    Located { place, event }
}
