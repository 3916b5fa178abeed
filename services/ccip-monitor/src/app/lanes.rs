//! What the operators said about lanes: names, patience, who may use them. Lanes that they did not list have defaults.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use causeway_primitives::{Address, Bytes, ChainId, ChainName, ChainSelector, LaneName};

use crate::{domain::lane::LaneKey, metrics::LaneLabels, ports::LaneRow};

/// A listed lane.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its name.
    pub name: LaneName,
    /// A message without an end after so long is expired.
    pub expire_after: Duration,
    /// Who may send; empty: everybody.
    pub senders: BTreeSet<Address>,
    /// Who may receive; empty: everybody.
    pub receivers: BTreeSet<Bytes>,
}

/// All of it. Immutable: made once from the configuration.
#[derive(Debug, Clone)]
pub struct LaneBook {
    /// Chains by their selectors.
    pub chains: BTreeMap<ChainSelector, (ChainId, ChainName)>,
    /// Listed lanes.
    pub lanes: BTreeMap<LaneKey, Listed>,
    /// True: no lane is listed, and so none is unlisted.
    pub open: bool,
    /// Patience with lanes that are not listed.
    pub expire_after: Duration,
}

impl LaneBook {
    /// The listed lane of this key.
    pub fn find(&self, key: &LaneKey) -> Option<&Listed> {
        self.lanes.get(key)
    }

    /// True when the operators listed lanes, and this is none of them.
    pub fn is_unlisted(&self, key: &LaneKey) -> bool {
        !self.open && !self.lanes.contains_key(key)
    }

    /// The listed lanes as the store names them.
    pub fn rows(&self) -> Vec<LaneRow> {
        let row = |(key, listed): (&LaneKey, &Listed)| LaneRow {
            key: key.clone(),
            name: listed.name.to_string(),
            source_chain: self.chain(key.source),
            destination_chain: self.chain(key.destination),
        };
        self.lanes.iter().map(row).collect()
    }

    /// The lane's name, or its key where it has none.
    pub fn name(&self, key: &LaneKey) -> String {
        self.find(key).map_or_else(|| key.to_string(), |lane| lane.name.to_string())
    }

    /// How long a message of the lane may take.
    pub fn expire_after(&self, key: &LaneKey) -> Duration {
        self.find(key).map_or(self.expire_after, |lane| lane.expire_after)
    }

    /// The chain of this selector.
    pub fn chain(&self, selector: ChainSelector) -> Option<ChainId> {
        self.chains.get(&selector).map(|(id, _)| *id)
    }

    /// The watched chains that listed lanes lead from to this one.
    pub fn sources_of(&self, destination: ChainId) -> Vec<ChainId> {
        let leads_here = |key: &&LaneKey| self.chain(key.destination) == Some(destination);
        let sources = self.lanes.keys().filter(leads_here).filter_map(|key| self.chain(key.source));
        let sources: BTreeSet<ChainId> = sources.filter(|source| *source != destination).collect();
        sources.into_iter().collect()
    }

    /// The lane's labels. Unlisted destinations are one label, so that a stranger's selectors make no series.
    pub fn labels(&self, key: &LaneKey) -> LaneLabels {
        let name = |selector: ChainSelector| {
            self.chains.get(&selector).map_or_else(|| "unlisted".to_owned(), |(_, name)| name.to_string())
        };
        LaneLabels { source: name(key.source), destination: name(key.destination), dialect: key.dialect.to_string() }
    }
}
