//! The chain: hashes, times and logs of any block at any time, from a seed and a generator.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use alloy::primitives::{Address, B256, Bytes, keccak256};

/// A log as the generator wants it; its place in the block is its place in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedLog {
    /// The contract.
    pub address: Address,
    /// At most four, or the log is one that no chain has.
    pub topics: Vec<B256>,
    /// The event's data.
    pub data: Bytes,
    /// Which of the block's transactions wrote it; does not fall from log to log.
    pub tx_index: u64,
}

/// What is in the blocks. Any closure from the block number to its logs is one.
pub trait Generator: Send + Sync + 'static {
    /// The logs of a block, always the same ones.
    fn logs(&self, block: u64) -> Vec<GeneratedLog>;

    /// The logs of a block after the chain was reorganised there `fork` times; the same as before unless a
    /// generator says otherwise.
    fn logs_on(&self, block: u64, fork: u32) -> Vec<GeneratedLog> {
        let _ = fork;
        self.logs(block)
    }
}

impl<F: Fn(u64) -> Vec<GeneratedLog> + Send + Sync + 'static> Generator for F {
    fn logs(&self, block: u64) -> Vec<GeneratedLog> {
        self(block)
    }
}

/// A generated chain. Clones are the same chain.
#[derive(Clone)]
pub struct Chain(Arc<Inner>);

struct Inner {
    generator: Box<dyn Generator>,
    settings: Settings,
    state: RwLock<State>,
}

#[derive(Debug, Clone, Copy)]
struct Settings {
    chain_id: u64,
    seed: u64,
    genesis_seconds: u64,
    block_seconds: u64,
}

#[derive(Debug)]
struct State {
    height: u64,
    /// From which block on the chain was replaced, in the order in which that happened.
    reorganisations: Vec<u64>,
}

/// What a chain is made with.
#[derive(Debug, Clone, Copy)]
pub struct ChainBuilder {
    settings: Settings,
    height: u64,
}

impl ChainBuilder {
    /// The chain id; 138 unless set.
    #[must_use]
    pub const fn chain_id(mut self, id: u64) -> Self {
        self.settings.chain_id = id;
        self
    }

    /// What the hashes follow from; 0 unless set.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// The last block; 0, the genesis, unless set.
    #[must_use]
    pub const fn height(mut self, height: u64) -> Self {
        self.height = height;
        self
    }

    /// The time from block to block; 2 seconds unless set.
    #[must_use]
    pub const fn block_seconds(mut self, seconds: u64) -> Self {
        self.settings.block_seconds = seconds;
        self
    }

    /// The genesis block's time in seconds since the epoch; 2023-11-14 unless set.
    #[must_use]
    pub const fn genesis_seconds(mut self, seconds: u64) -> Self {
        self.settings.genesis_seconds = seconds;
        self
    }

    /// The chain with these logs in it.
    pub fn build(self, generator: impl Generator) -> Chain {
        let state = RwLock::new(State { height: self.height, reorganisations: Vec::new() });
        Chain(Arc::new(Inner { generator: Box::new(generator), settings: self.settings, state }))
    }
}

impl Chain {
    /// A chain with id 138 and a block every two seconds, like the consortium's.
    pub const fn builder() -> ChainBuilder {
        let settings = Settings { chain_id: 138, seed: 0, genesis_seconds: 1_700_000_000, block_seconds: 2 };
        ChainBuilder { settings, height: 0 }
    }

    /// The chain id.
    pub fn chain_id(&self) -> u64 {
        self.0.settings.chain_id
    }

    /// The last block.
    pub fn height(&self) -> u64 {
        self.read(|state| state.height)
    }

    /// So many more blocks.
    pub fn grow(&self, blocks: u64) {
        self.write(|state| state.height = state.height.saturating_add(blocks));
    }

    /// Replaces block `from` and all above it by as many other ones.
    pub fn reorganise(&self, from: u64) {
        self.write(|state| state.reorganisations.push(from));
    }

    /// Replaces block `from` and all above it by other ones, so that `height` is the last one.
    pub fn reorganise_to(&self, from: u64, height: u64) {
        self.write(|state| {
            state.reorganisations.push(from);
            state.height = height;
        });
    }

    /// The hash of a block, whether the chain has come so far or not. It ends with the block's number, so that
    /// a block is found by its hash.
    pub fn hash(&self, block: u64) -> B256 {
        let mut bytes = [0_u8; 20];
        let (seed, rest) = bytes.split_at_mut(8);
        let (number, fork) = rest.split_at_mut(8);
        seed.copy_from_slice(&self.0.settings.seed.to_be_bytes());
        number.copy_from_slice(&block.to_be_bytes());
        fork.copy_from_slice(&self.fork(block).to_be_bytes());
        let mut hash = keccak256(bytes);
        let (_, end) = hash.split_at_mut(24);
        end.copy_from_slice(&block.to_be_bytes());
        hash
    }

    /// The hash of the block below; zero below the genesis.
    pub fn parent_hash(&self, block: u64) -> B256 {
        block.checked_sub(1).map_or(B256::ZERO, |below| self.hash(below))
    }

    /// The number of the block with this hash, if it is on the chain.
    pub fn find(&self, hash: B256) -> Option<u64> {
        let (_, end) = hash.split_at(24);
        let number = u64::from_be_bytes(end.try_into().ok()?);
        (number <= self.height() && self.hash(number) == hash).then_some(number)
    }

    /// A block's time in seconds since the epoch.
    pub fn seconds(&self, block: u64) -> u64 {
        self.0.settings.genesis_seconds.saturating_add(block.saturating_mul(self.0.settings.block_seconds))
    }

    /// A block's logs.
    pub fn logs(&self, block: u64) -> Vec<GeneratedLog> {
        match self.fork(block) {
            0 => self.0.generator.logs(block),
            fork => self.0.generator.logs_on(block, fork),
        }
    }

    /// The hash of a transaction in the block with this hash.
    pub(super) fn tx_hash(block_hash: B256, tx_index: u64) -> B256 {
        // Odd, so that no two indices meet; block hashes differ in the bytes between.
        let mark = tx_index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        let mut hash = block_hash;
        hash.iter_mut().zip(mark).for_each(|(byte, mark)| *byte ^= mark);
        hash
    }

    /// How many times, counted at the last one, the chain was replaced at or below this block: 0 for never.
    fn fork(&self, block: u64) -> u32 {
        let last = self.read(|state| state.reorganisations.iter().rposition(|from| *from <= block));
        last.and_then(|index| u32::try_from(index).ok()).map_or(0, |index| index.saturating_add(1))
    }

    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.0.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").field("settings", &self.0.settings).field("state", &self.0.state).finish()
    }
}
