//! The feeds of a deployment and what each is made of, checked before anything runs: no cycle, no
//! missing feed, units that chain, and enough independent venues for each quorum.
//!
//! Only a [`RouteGraph<Checked>`] has an order of evaluation, so an unchecked one cannot be run.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use causeway_primitives::{FeedId, Pair, SourceId, VenueId};

use super::{Leg, Route, Units};

/// A source as the graph sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceNode {
    /// The source.
    pub source: SourceId,
    /// Its venue.
    pub venue: VenueId,
    /// The market that it quotes.
    pub market: Pair,
    /// How its price becomes the feed's.
    pub route: Route,
}

/// What a feed is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Composition {
    /// Venues, each through its own route.
    Sources(Vec<SourceNode>),
    /// Other feeds only.
    Derived(Vec<Leg>),
}

/// A feed as the graph sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedNode {
    /// The feed.
    pub feed: FeedId,
    /// What is priced in what.
    pub pair: Pair,
    /// The most independent venues that it may ever need: its quorum while degraded.
    pub venues_needed: usize,
    /// What it is made of.
    pub composition: Composition,
    /// What it is compared with: never part of it, and no venue of it.
    pub references: Vec<SourceNode>,
}

impl FeedNode {
    /// The feeds that must have a price first, each once, in order.
    fn dependencies(&self) -> BTreeSet<&FeedId> {
        let legs: &[Leg] = match &self.composition {
            Composition::Sources(_) => &[],
            Composition::Derived(legs) => legs,
        };
        self.sources().flat_map(|source| source.route.legs.iter()).chain(legs).map(|leg| &leg.feed).collect()
    }
}

/// A way through the feeds, written `a -> b -> c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<FeedId>);

impl Path {
    /// The feeds on the way, first to last.
    pub fn feeds(&self) -> &[FeedId] {
        &self.0
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(FeedId::as_str).collect();
        f.write_str(&names.join(" -> "))
    }
}

/// Why the feeds of a deployment cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Two feeds of one name.
    #[error("feed {0} is configured twice")]
    DuplicateFeed(FeedId),
    /// Two sources of one name: their findings would be mixed.
    #[error("source {0} is configured twice")]
    DuplicateSource(SourceId),
    /// A feed that needs itself.
    #[error("the route is a cycle: {0}")]
    Cycle(Path),
    /// A step through a feed that does not exist.
    #[error("the route leads to a feed that is not configured: {0}")]
    MissingFeed(Path),
    /// A route whose units do not cancel to the feed's pair.
    #[error("{what} gives {found}, but feed {feed} is {expected}")]
    Units {
        /// The feed.
        feed: FeedId,
        /// Which route: a source's, or the feed's own.
        what: RouteOf,
        /// What the route leads to.
        found: Units,
        /// What it must lead to.
        expected: Pair,
    },
    /// A quorum that could never be met.
    #[error("feed {feed} has {found} independent venues, but its quorum may need {needed}")]
    TooFewVenues {
        /// The feed.
        feed: FeedId,
        /// Independent venues configured.
        found: usize,
        /// Independent venues that the quorum may need.
        needed: usize,
    },
    /// A derived feed of nothing.
    #[error("feed {0} is derived from no feed")]
    NoLegs(FeedId),
}

/// Whose route is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteOf {
    /// That of a source.
    Source(SourceId),
    /// That of a derived feed.
    Feed,
}

impl fmt::Display for RouteOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(source) => write!(f, "the route of source {source}"),
            Self::Feed => f.write_str("the product of the feeds"),
        }
    }
}

/// Nobody looked at it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unchecked(());

/// Every rule holds, and this is the order in which feeds can be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    order: Vec<FeedId>,
}

/// The feeds of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteGraph<S> {
    nodes: BTreeMap<FeedId, FeedNode>,
    state: S,
}

impl RouteGraph<Unchecked> {
    /// # Errors
    /// [`Error::DuplicateFeed`] and [`Error::DuplicateSource`].
    pub fn new(feeds: impl IntoIterator<Item = FeedNode>) -> Result<Self, Error> {
        let mut nodes = BTreeMap::new();
        let mut sources = BTreeSet::new();
        for node in feeds {
            for source in node.sources() {
                if !sources.insert(source.source.clone()) {
                    return Err(Error::DuplicateSource(source.source.clone()));
                }
            }
            if let Some(twin) = nodes.insert(node.feed.clone(), node) {
                return Err(Error::DuplicateFeed(twin.feed));
            }
        }
        Ok(Self { nodes, state: Unchecked(()) })
    }

    /// Checks every rule and finds the order of evaluation.
    ///
    /// # Errors
    /// The first broken rule, by feed in alphabetical order; graph before units before venues.
    pub fn validate(self) -> Result<RouteGraph<Checked>, Error> {
        let mut visit = Visit { nodes: &self.nodes, done: BTreeSet::new(), path: Vec::new(), order: Vec::new() };
        for feed in self.nodes.keys() {
            visit.feed(feed)?;
        }
        let order = visit.order;
        for node in self.nodes.values() {
            check_units(node, &self.nodes)?;
            check_venues(node)?;
        }
        Ok(RouteGraph { nodes: self.nodes, state: Checked { order } })
    }
}

impl RouteGraph<Checked> {
    /// The feeds, each after all that it needs. The same for the same deployment.
    pub fn order(&self) -> &[FeedId] {
        &self.state.order
    }

    /// A feed.
    pub fn get(&self, feed: &FeedId) -> Option<&FeedNode> {
        self.nodes.get(feed)
    }

    /// The feeds that need this one directly: what has to be evaluated again after it moved.
    pub fn dependents<'a>(&'a self, feed: &'a FeedId) -> impl Iterator<Item = &'a FeedId> {
        self.state
            .order
            .iter()
            .filter(move |other| self.nodes.get(*other).is_some_and(|node| node.dependencies().contains(feed)))
    }
}

impl FeedNode {
    /// Everything with a venue behind it, references included.
    fn sources(&self) -> impl Iterator<Item = &SourceNode> {
        let voters: &[SourceNode] = match &self.composition {
            Composition::Sources(sources) => sources,
            Composition::Derived(_) => &[],
        };
        voters.iter().chain(&self.references)
    }
}

/// Depth-first search that keeps the way it came, so that an error can show it.
struct Visit<'a> {
    nodes: &'a BTreeMap<FeedId, FeedNode>,
    done: BTreeSet<FeedId>,
    path: Vec<FeedId>,
    order: Vec<FeedId>,
}

impl Visit<'_> {
    fn feed(&mut self, feed: &FeedId) -> Result<(), Error> {
        if self.done.contains(feed) {
            return Ok(());
        }
        if let Some(start) = self.path.iter().position(|seen| seen == feed) {
            let round = self.path.iter().skip(start).cloned().chain([feed.clone()]);
            return Err(Error::Cycle(Path(round.collect())));
        }
        self.path.push(feed.clone());
        let Some(node) = self.nodes.get(feed) else {
            return Err(Error::MissingFeed(Path(self.path.clone())));
        };
        for dependency in node.dependencies() {
            self.feed(dependency)?;
        }
        self.path.pop();
        self.done.insert(feed.clone());
        self.order.push(feed.clone());
        Ok(())
    }
}

fn check_units(node: &FeedNode, nodes: &BTreeMap<FeedId, FeedNode>) -> Result<(), Error> {
    let expected = Units::of(&node.pair);
    let wrong = |what, found| Error::Units { feed: node.feed.clone(), what, found, expected: node.pair.clone() };
    for source in node.sources() {
        let start = Units::of_market(&source.market, source.route.quotation);
        let found = along(start, &source.route.legs, nodes);
        if found != expected {
            return Err(wrong(RouteOf::Source(source.source.clone()), found));
        }
    }
    match &node.composition {
        Composition::Sources(_) => Ok(()),
        Composition::Derived(legs) if legs.is_empty() => Err(Error::NoLegs(node.feed.clone())),
        Composition::Derived(legs) => {
            let found = along(Units::default(), legs, nodes);
            if found == expected { Ok(()) } else { Err(wrong(RouteOf::Feed, found)) }
        }
    }
}

/// The units at the end of the steps. Feeds that are missing were reported before.
fn along(start: Units, legs: &[Leg], nodes: &BTreeMap<FeedId, FeedNode>) -> Units {
    let known = legs.iter().filter_map(|leg| nodes.get(&leg.feed).map(|node| (leg.operation, &node.pair)));
    known.fold(start, |units, (operation, pair)| units.times(pair, operation))
}

/// A derived feed counts the venues of its weakest input, which that input's own check has seen.
fn check_venues(node: &FeedNode) -> Result<(), Error> {
    let Composition::Sources(sources) = &node.composition else {
        return Ok(());
    };
    let found = sources.iter().map(|source| &source.venue).collect::<BTreeSet<_>>().len();
    if found >= node.venues_needed {
        return Ok(());
    }
    Err(Error::TooFewVenues { feed: node.feed.clone(), found, needed: node.venues_needed })
}

#[cfg(test)]
mod tests;
