//! Asks every endpoint everything, and keeps each answer with its name.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy::{rpc::types::Filter, sol_types::SolCall as _};
use causeway_chain::{
    endpoints::{BlockTag, CallRequest, EndpointSet, Error as EndpointError, Session},
    rpc::{self, RefusalKind},
};
use causeway_primitives::{Address, B256, Bytes, U256};
use futures_util::future::join_all;
use serde_json::json;

use super::{
    abi, log,
    plan::{Ask, Endpoint, Plan, Slot},
};
use crate::domain::{
    evidence::{Answer, Reading, Said, Watermark},
    finding::{Gap, Reason},
};

/// What the endpoints' mempools said before the books were read, in the order of the endpoints. `None`: nothing.
pub type Mempool = Vec<Option<BTreeMap<Address, u64>>>;

/// Where a chain is to be read.
#[derive(Debug, Clone)]
pub struct At {
    /// The books' watermark.
    pub watermark: Watermark,
    /// The checkpoint's: logs are read above it, and its block is looked at again.
    pub checkpoint: Option<Watermark>,
    /// Batches whose anchored roots are wanted.
    pub batches: BTreeSet<u64>,
}

/// Reads one chain.
#[derive(Debug, Clone)]
pub struct ChainReader {
    set: EndpointSet,
    plan: Plan,
    /// For each endpoint, whether it was found to take no block hashes in calls.
    takes_no_hashes: Arc<[AtomicBool]>,
    /// For each endpoint, how long the slowest call of its last reading took, in ms.
    slowest: Arc<[AtomicU64]>,
}

/// How the block is named of which something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// By its hash (EIP-1898), so that an answer cannot be of another block.
    Hash,
    /// By its height, where a node knows nothing else: what its hash is then is looked at before and after.
    Height,
}

/// Why an endpoint's answer is none.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// It did not answer, or refused.
    #[error("{0}")]
    Endpoint(#[from] EndpointError),
    /// It does not have the block.
    #[error("it has no block {0}")]
    NoBlock(u64),
    /// The block changed while it was read.
    #[error("block {0} changed while it was read")]
    Moved(u64),
    /// An answer is not what it must be.
    #[error("its answer to {0} cannot be read")]
    Garbage(&'static str),
}

impl Failure {
    /// Whether it may lie in how the block was named: an old node finds the parameter invalid, or answers with nothing. That
    /// it does not have the block is an answer; asked by height, such a node might tell of an older one.
    fn may_be_of_the_form(&self) -> bool {
        match self {
            Self::Endpoint(EndpointError::Call { source, .. }) => match source {
                rpc::Error::Refused(refusal) => refusal.kind() != RefusalKind::BlockUnavailable,
                rpc::Error::Empty | rpc::Error::Shape(_) => true,
                rpc::Error::Timeout(_)
                | rpc::Error::Unreachable(_)
                | rpc::Error::Status { .. }
                | rpc::Error::TooLong(_) => false,
            },
            Self::Endpoint(
                EndpointError::NoEndpoints
                | EndpointError::WrongChain { .. }
                | EndpointError::HeadWentBack { .. }
                | EndpointError::CircuitOpen { .. }
                | EndpointError::AllFailed { .. },
            )
            | Self::NoBlock(_)
            | Self::Moved(_)
            | Self::Garbage(_) => false,
        }
    }
}

impl ChainReader {
    /// The plan names as many endpoints as the set has; those without a name are not asked.
    pub fn new(set: EndpointSet, plan: Plan) -> Self {
        let takes_no_hashes = plan.endpoints.iter().map(|_| AtomicBool::new(false)).collect();
        let slowest = plan.endpoints.iter().map(|_| AtomicU64::new(0)).collect();
        Self { set, plan, takes_no_hashes, slowest }
    }

    /// How long the slowest call of each endpoint's last reading took. For alerts: no verdict depends on it.
    pub fn slowest(&self) -> impl Iterator<Item = (&Endpoint, Duration)> {
        let times = self.slowest.iter().map(|millis| Duration::from_millis(millis.load(Ordering::Relaxed)));
        self.plan.endpoints.iter().zip(times)
    }

    /// Pending nonces: before the books.
    pub async fn mempool(&self) -> Mempool {
        let accounts: Vec<Address> = self.accounts().collect();
        let asked = self.set.sessions().map(|session| {
            let accounts = &accounts;
            let pending = async move {
                let mut nonces = BTreeMap::new();
                for account in accounts {
                    nonces.insert(*account, session.nonce(*account, BlockTag::Pending).await.ok()?);
                }
                Some(nonces)
            };
            async move { tokio::time::timeout(self.plan.within, pending).await.ok().flatten() }
        });
        join_all(asked).await
    }

    /// The chain as every endpoint says it is: behind the books. An endpoint whose mempool was not read is asked, and its
    /// mempool counts as empty.
    pub async fn read(&self, at: &At, mempool: &Mempool) -> Vec<Answer> {
        let endpoints = self.plan.endpoints.iter().zip(self.takes_no_hashes.iter().zip(self.slowest.iter()));
        let endpoints = endpoints.zip(self.set.sessions()).zip(mempool);
        let asked = endpoints.map(|(((endpoint, (takes_no_hashes, slowest)), session), pending)| async move {
            let pending = pending.clone().unwrap_or_default();
            let answer = self.said((&session, takes_no_hashes), at, &pending);
            let said = match tokio::time::timeout(self.plan.within, answer).await {
                Ok(Ok(said)) => said,
                Ok(Err(failure)) => silent(endpoint, chained(&failure)),
                Err(_) => silent(endpoint, format!("not all of it within {:?}", self.plan.within)),
            };
            slowest.store(u64::try_from(session.slowest().as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
            Answer { endpoint: endpoint.name.clone(), operator: endpoint.operator.clone(), said }
        });
        join_all(asked).await
    }

    /// By hash; by height where that does not work. What it is that does not work is not looked at more closely: either
    /// way is evidence, and the second one costs a few calls more.
    async fn said(
        &self,
        (session, takes_no_hashes): (&Session, &AtomicBool),
        at: &At,
        pending: &BTreeMap<Address, u64>,
    ) -> Result<Said, Failure> {
        if !takes_no_hashes.load(Ordering::Relaxed) {
            match self.said_by(By::Hash, session, at, pending).await {
                Err(failure) if failure.may_be_of_the_form() => {}
                answer => return answer,
            }
        }
        let said = self.said_by(By::Height, session, at, pending).await?;
        if !takes_no_hashes.swap(true, Ordering::Relaxed) {
            tracing::warn!(endpoint = %session.endpoint(), "endpoint takes no block hashes in calls");
        }
        Ok(said)
    }

    async fn said_by(
        &self,
        by: By,
        session: &Session,
        at: &At,
        pending: &BTreeMap<Address, u64>,
    ) -> Result<Said, Failure> {
        let head = session.head().await?.number;
        let final_height = self.plan.finality.read(session, head).await?.unwrap_or_default();
        let height = at.watermark.height;
        let hash = hash_at(session, height).await?;
        let block = match by {
            By::Hash => BlockTag::Hash(hash),
            By::Height => BlockTag::Number(height),
        };
        let mut reading = Reading { hash, ..Reading::default() };
        if let Some(checkpoint) = at.checkpoint {
            reading.checkpoint_hash = Some(hash_at(session, checkpoint.height).await?);
        }
        for ask in &self.plan.asks {
            answer(session, ask, block, &mut reading).await?;
        }
        if let Some(settlement) = self.plan.settlement {
            for batch in &at.batches {
                let data = abi::rootsCall { number: U256::from(*batch) }.abi_encode();
                let root = B256::from(word(session, settlement, data.into(), block, "roots").await?);
                reading.roots.insert(*batch, root);
            }
        }
        self.events(session, at, &mut reading).await?;
        // Logs are asked for by height, and where nothing else works so is everything: all of it is of this fork only if
        // the block still is.
        if hash_at(session, height).await? != hash {
            return Err(Failure::Moved(height));
        }
        Ok(Said::Reading { head, final_height, pending: pending.clone(), reading })
    }

    async fn events(&self, session: &Session, at: &At, reading: &mut Reading) -> Result<(), Failure> {
        let mut from = at.checkpoint.map_or(self.plan.first_block, |mark| mark.height.saturating_add(1));
        let last = at.watermark.height;
        while from <= last {
            let to = from.saturating_add(self.plan.log_blocks.max(1)).saturating_sub(1).min(last);
            for emitter in &self.plan.emitters {
                let filter = Filter::new()
                    .address(emitter.contract)
                    .event_signature(log::topic(emitter.kind))
                    .from_block(from)
                    .to_block(to);
                for one in session.logs(&filter).await? {
                    let event = log::read(emitter.kind, &one, &self.plan.assets);
                    reading.events.push(event.ok_or(Failure::Garbage("eth_getLogs"))?);
                }
            }
            from = to.saturating_add(1);
        }
        // Endpoints may order what they were asked together; the order of the chain is one.
        reading.events.sort_by_key(|event| (event.height, event.log_index));
        Ok(())
    }

    fn accounts(&self) -> impl Iterator<Item = Address> {
        self.plan.asks.iter().filter_map(|ask| match ask {
            Ask::Nonce(account) => Some(*account),
            Ask::Amount { .. } | Ask::Counter(_) | Ask::Slot { .. } => None,
        })
    }
}

async fn answer(session: &Session, ask: &Ask, block: BlockTag, reading: &mut Reading) -> Result<(), Failure> {
    match ask {
        Ask::Amount { asset, term, to, data } => {
            let value = word(session, *to, data.clone(), block, "an amount").await?;
            reading.values.insert((asset.clone(), term.clone()), U256::from_be_bytes(value));
        }
        Ask::Nonce(account) => {
            reading.nonces.insert(*account, session.nonce(*account, block).await?);
        }
        Ask::Counter(contract) => {
            let data = abi::messageNonceCall {}.abi_encode();
            let value = word(session, *contract, data.into(), block, "messageNonce").await?;
            let next = u64::try_from(U256::from_be_bytes(value)).map_err(|_| Failure::Garbage("messageNonce"))?;
            reading.counters.insert(*contract, next);
        }
        Ask::Slot { name, of: Slot::Getter(contract, data) } => {
            let value = word(session, *contract, data.clone(), block, "an authority").await?;
            reading.slots.insert(name.clone(), B256::from(value));
        }
        Ask::Slot { name, of: Slot::Storage(contract, slot) } => {
            let value: B256 = session.call("eth_getStorageAt", json!([contract, slot, block.to_json()])).await?;
            reading.slots.insert(name.clone(), value);
        }
    }
    Ok(())
}

/// One word that a contract answers at a block.
async fn word(
    session: &Session,
    to: Address,
    data: Bytes,
    block: BlockTag,
    what: &'static str,
) -> Result<[u8; 32], Failure> {
    let bytes = session.eth_call(&CallRequest::read(to, data), block).await?;
    <[u8; 32]>::try_from(bytes.as_ref()).map_err(|_| Failure::Garbage(what))
}

async fn hash_at(session: &Session, height: u64) -> Result<B256, Failure> {
    let block = session.find_block(height).await?.ok_or(Failure::NoBlock(height))?;
    if block.number == height { Ok(block.hash) } else { Err(Failure::Garbage("eth_getBlockByNumber")) }
}

fn silent(endpoint: &Endpoint, why: impl Display) -> Said {
    Said::Nothing(Gap::new(Reason::NoQuorum, endpoint.name.as_str(), why.to_string()))
}

/// An error with its causes. Endpoints print as scheme and host, never as the address with its key.
fn chained(failure: &Failure) -> String {
    let mut text = failure.to_string();
    let mut cause = std::error::Error::source(failure);
    while let Some(error) = cause {
        let told = error.to_string();
        if !text.ends_with(&told) {
            text.push_str(": ");
            text.push_str(&told);
        }
        cause = error.source();
    }
    text
}
