//! The lanes and their contracts: raw text → checked values.

use std::{collections::BTreeSet, time::Duration};

use causeway_primitives::{Address, Bytes, LaneName};
use causeway_runtime::config::Validator;

use super::{
    chains::{ADDRESS, ChainSettings},
    raw,
};
use crate::domain::lane::{Dialect, LaneKey};

/// A contract, and the blocks in which it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ramp {
    /// Where it is.
    pub address: Address,
    /// The first block in which it counts.
    pub from_block: u64,
    /// The last one; `None`: in service.
    pub until_block: Option<u64>,
}

/// A lane that the operators listed.
#[derive(Debug, Clone)]
pub struct LaneSettings {
    /// Its place in the configuration.
    pub setting: String,
    /// Its name.
    pub name: LaneName,
    /// What its events are known by.
    pub key: LaneKey,
    /// On the source chain.
    pub on_ramps: Vec<Ramp>,
    /// On the destination chain.
    pub off_ramps: Vec<Ramp>,
    /// On the destination chain; 1.2 and 1.5. One for each on-ramp, in their order.
    pub commit_stores: Vec<Ramp>,
    /// On the destination chain; 1.6.
    pub nonce_managers: Vec<Ramp>,
    /// A message without an end after so long is expired.
    pub expire_after: Duration,
    /// Who may send; empty: everybody.
    pub allowed_senders: Vec<Address>,
    /// Who may receive; empty: everybody.
    pub allowed_receivers: Vec<Bytes>,
}

/// All lanes; names and keys are different.
pub(super) fn lanes(
    raw: &raw::Raw,
    chains: &[ChainSettings],
    dialects: &BTreeSet<String>,
    validator: &mut Validator<'_>,
) -> Option<Vec<LaneSettings>> {
    let read: Vec<_> = raw
        .lanes
        .iter()
        .enumerate()
        .map(|(index, lane)| {
            let reader = Reader { at: format!("lanes.{index}"), chains, dialects, raw };
            reader.lane(lane, validator)
        })
        .collect();
    let lanes = read.into_iter().collect::<Option<Vec<_>>>()?;
    let (mut names, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for lane in &lanes {
        if !names.insert(lane.name.clone()) {
            validator.refuse(&format!("{}.name", lane.setting), "a name that no other lane has");
        }
        if !keys.insert(lane.key.clone()) {
            let expected = "a pair of chains that no other lane of the dialect has: list all its ramps in one lane";
            validator.refuse(&format!("{}.destination", lane.setting), expected);
        }
    }
    Some(lanes)
}

struct Reader<'a> {
    at: String,
    chains: &'a [ChainSettings],
    dialects: &'a BTreeSet<String>,
    raw: &'a raw::Raw,
}

impl Reader<'_> {
    fn setting(&self, field: &str) -> String {
        format!("{}.{field}", self.at)
    }

    fn lane(&self, lane: &raw::Lane, validator: &mut Validator<'_>) -> Option<LaneSettings> {
        let expected = "1 to 64 characters of a-z, 0-9, '-', '_', '.' and ':'";
        let name = validator.accept(&self.setting("name"), expected, lane.name.parse());
        let source = self.chain("source", &lane.source, validator);
        let destination = self.chain("destination", &lane.destination, validator);
        if lane.source == lane.destination {
            validator.refuse(&self.setting("destination"), "another chain than the source");
        }
        let dialect = self.dialect(&lane.dialect, validator);
        let on_ramps = self.ramps("on_ramps", &lane.on_ramps, validator);
        let off_ramps = self.ramps("off_ramps", &lane.off_ramps, validator);
        let commit_stores = self.ramps("commit_stores", &lane.commit_stores, validator);
        let nonce_managers = self.ramps("nonce_managers", &lane.nonce_managers, validator);
        for (field, ramps) in [("on_ramps", &lane.on_ramps), ("off_ramps", &lane.off_ramps)] {
            if ramps.is_empty() {
                validator.refuse(&self.setting(field), "at least one contract: a lane without contracts shows nothing");
            }
        }
        // In 1.5 a commit store says what arrived of the one on-ramp that it was made for, and does not name it.
        if lane.dialect == "ccip-1.5" && lane.commit_stores.len() != lane.on_ramps.len() {
            let expected = "the commit store of each on-ramp, in the order of on_ramps: in 1.5 it says what arrived";
            validator.refuse(&self.setting("commit_stores"), expected);
        }
        let expire = lane.expire_after_seconds.unwrap_or(self.raw.monitor.expire_after_seconds);
        let senders: Option<Vec<Address>> = lane.allowed_senders.iter().map(|text| text.parse().ok()).collect();
        let senders = validator.accept(&self.setting("allowed_senders"), ADDRESS, senders.ok_or(()));
        let receivers: Option<Vec<Bytes>> = lane.allowed_receivers.iter().map(|text| text.parse().ok()).collect();
        let receivers =
            validator.accept(&self.setting("allowed_receivers"), "0x and hexadecimal digits", receivers.ok_or(()));
        let key = LaneKey { dialect: dialect?, source: source?.selector, destination: destination?.selector };
        Some(LaneSettings {
            setting: self.at.clone(),
            name: name?,
            key,
            on_ramps: on_ramps?,
            off_ramps: off_ramps?,
            commit_stores: commit_stores?,
            nonce_managers: nonce_managers?,
            expire_after: validator.positive_seconds(&self.setting("expire_after_seconds"), expire),
            allowed_senders: senders?,
            allowed_receivers: receivers?,
        })
    }

    fn chain(&self, field: &str, name: &str, validator: &mut Validator<'_>) -> Option<&ChainSettings> {
        let found = self.chains.iter().find(|chain| chain.name.as_str() == name);
        let names: Vec<_> = self.chains.iter().map(|chain| chain.name.as_str()).collect();
        validator.accept(&self.setting(field), format_args!("one of the chains: {}", names.join(", ")), found.ok_or(()))
    }

    fn dialect(&self, name: &str, validator: &mut Validator<'_>) -> Option<Dialect> {
        let known: Vec<_> = self.dialects.iter().map(String::as_str).collect();
        let found = if self.dialects.contains(name) { Ok(Dialect::from_name(name)) } else { Err(()) };
        validator.accept(&self.setting("dialect"), format_args!("one of the dialects: {}", known.join(", ")), found)
    }

    fn ramps(&self, field: &str, ramps: &[raw::Ramp], validator: &mut Validator<'_>) -> Option<Vec<Ramp>> {
        let read: Vec<_> = ramps
            .iter()
            .enumerate()
            .map(|(index, ramp)| {
                let at = self.setting(&format!("{field}.{index}"));
                if ramp.until_block.is_some_and(|until| until < ramp.from_block) {
                    validator.refuse(&format!("{at}.until_block"), "a block not before from_block");
                }
                let address = validator.accept(&format!("{at}.address"), ADDRESS, ramp.address.parse())?;
                Some(Ramp { address, from_block: ramp.from_block, until_block: ramp.until_block })
            })
            .collect();
        read.into_iter().collect()
    }
}
