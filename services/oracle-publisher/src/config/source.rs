//! A source as it runs: whose voice it is, and what it is there for.

use causeway_primitives::{Pair, SourceId, VenueId};

use crate::domain::route::{Route, SourceNode};

/// A source as it runs.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// Whose voice it is.
    pub venue: VenueId,
    /// The venue's market.
    pub market: Pair,
    /// How its price becomes the feed's.
    pub route: Route,
    /// What it is there for.
    pub role: Role,
}

/// What a source is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It votes.
    Primary,
    /// It votes only while the quorum is short.
    Backup,
    /// It never votes; the answer is compared with it.
    Reference,
}

impl Source {
    fn node(&self) -> SourceNode {
        SourceNode {
            source: self.id.clone(),
            venue: self.venue.clone(),
            market: self.market.clone(),
            route: self.route.clone(),
        }
    }
}

/// The sources of these roles, for the graph.
pub(super) fn nodes(sources: &[Source], of: impl Fn(Role) -> bool) -> Vec<SourceNode> {
    sources.iter().filter(|source| of(source.role)).map(Source::node).collect()
}
