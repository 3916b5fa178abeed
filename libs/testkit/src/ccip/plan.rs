//! What a monitor must be told of a world, as plain values: a test or the demo writes them into a configuration.

use alloy::primitives::Address;

use super::{Chain, Side, Tokens};

/// Two chains and their lanes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Home first.
    pub chains: [ChainPlan; 2],
    /// Every family in both directions.
    pub lanes: Vec<LanePlan>,
}

/// A chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainPlan {
    /// Which one.
    pub side: Side,
    /// Its EVM chain id.
    pub chain_id: u64,
    /// Its CCIP selector; the home chain's does not fit into a signed 64-bit number.
    pub selector: u64,
    /// Where it listens.
    pub url: String,
    /// LINK, and the sender contract whose balance a monitor watches.
    pub tokens: Tokens,
}

/// What speaks on a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// The operators' own.
    Private,
    /// CCIP 1.5.
    V1_5,
    /// CCIP 1.6.
    V1_6,
    /// CCIP 2.0.
    V2_0,
}

/// A lane in one direction, with the contracts whose logs tell its story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanePlan {
    /// What speaks on it.
    pub family: Family,
    /// Where it begins.
    pub source: Side,
    /// The source's router.
    pub source_router: Address,
    /// Emits the sends; the router itself in the private family.
    pub on_ramp: Address,
    /// Emits the commits; the off-ramp itself in 1.6, none in 2.0 and in the private family.
    pub commits: Option<Address>,
    /// Emits the executions; the router itself in the private family.
    pub off_ramp: Address,
    /// The destination's router.
    pub destination_router: Address,
    /// What the ramps ask about curses at the source; none in the private family.
    pub source_rmn: Option<Address>,
    /// What the ramps ask about curses at the destination.
    pub destination_rmn: Option<Address>,
    /// Emits `SkippedIncorrectNonce` in 1.6, at the destination.
    pub nonce_manager: Option<Address>,
}

impl ChainPlan {
    pub(super) fn of(side: Side, chain: &Chain) -> Self {
        Self {
            side,
            chain_id: chain.chain_id,
            selector: chain.selector,
            url: chain.anvil.url().to_owned(),
            tokens: chain.tokens,
        }
    }
}

impl LanePlan {
    /// Every family from one chain to the other.
    pub(super) fn between(side: Side, source: &Chain, destination: &Chain) -> [Self; 4] {
        [
            Self {
                family: Family::Private,
                source: side,
                source_router: source.private.router,
                on_ramp: source.private.router,
                commits: None,
                off_ramp: destination.private.router,
                destination_router: destination.private.router,
                source_rmn: None,
                destination_rmn: None,
                nonce_manager: None,
            },
            Self {
                family: Family::V1_5,
                source: side,
                source_router: source.v1_5.router,
                on_ramp: source.v1_5.on_ramp,
                commits: Some(destination.v1_5.commit_store),
                off_ramp: destination.v1_5.off_ramp,
                destination_router: destination.v1_5.router,
                source_rmn: Some(source.v1_5.rmn),
                destination_rmn: Some(destination.v1_5.rmn),
                nonce_manager: None,
            },
            Self {
                family: Family::V1_6,
                source: side,
                source_router: source.v1_6.router,
                on_ramp: source.v1_6.on_ramp,
                commits: Some(destination.v1_6.off_ramp),
                off_ramp: destination.v1_6.off_ramp,
                destination_router: destination.v1_6.router,
                source_rmn: Some(source.v1_6.rmn),
                destination_rmn: Some(destination.v1_6.rmn),
                nonce_manager: Some(destination.v1_6.nonce_manager),
            },
            Self {
                family: Family::V2_0,
                source: side,
                source_router: source.v2_0.router,
                on_ramp: source.v2_0.on_ramp,
                commits: None,
                off_ramp: destination.v2_0.off_ramp,
                destination_router: destination.v2_0.router,
                source_rmn: Some(source.v2_0.rmn),
                destination_rmn: Some(destination.v2_0.rmn),
                nonce_manager: None,
            },
        ]
    }
}
