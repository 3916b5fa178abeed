//! A window of logs → a batch: decoded, checked against what the operators allow, and nothing left out.

use std::{collections::BTreeMap, sync::Arc};

use causeway_chain::logs::{ScannedLog, Window};
use causeway_primitives::{Address, Bytes, ChainId};

use super::lanes::LaneBook;
use crate::{
    adapters::dialects::{Reading, Registry},
    domain::{
        event::{ChangeKind, LaneEvent, Located, Place, Sent},
        finding::{Finding, Kind},
        lane::LaneKey,
        sequence::{self, Continuity},
    },
    ports::{DecodeError, Hole, HoleCause},
};

/// Bytes of an undecodable log's data that are kept. Longer ones are decoded again from the chain.
const HOLE_DATA_KEPT: usize = 64 * 1024;

/// The highest number that is known of each ramp of a chain.
pub type Sequences = BTreeMap<(LaneKey, Address), Numbered>;

/// A number that a ramp gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered {
    /// The number.
    pub number: u64,
    /// The block of its message.
    pub block: u64,
}

/// What a window gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// The events, in the order of the chain.
    pub events: Vec<Located>,
    /// What could not be read.
    pub holes: Vec<Hole>,
    /// What must never be.
    pub findings: Vec<Finding>,
    /// Logs that say nothing to us.
    pub unknown: u64,
}

/// Numbers that are missing between the numbers of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The lane.
    pub lane: LaneKey,
    /// The ramp.
    pub on_ramp: Address,
    /// The first missing number.
    pub first: u64,
    /// The last missing number.
    pub last: u64,
    /// The block of the number before them: they are not in an earlier one.
    pub not_before: u64,
    /// The block of the number after them: they are not in a later one.
    pub not_after: u64,
}

/// Turns windows of one chain into batches. Cheap to clone; has no state.
#[derive(Debug, Clone)]
pub struct Collector {
    /// The chain.
    pub chain: ChainId,
    /// Its contracts and their dialects.
    pub registry: Arc<Registry>,
    /// What the operators said.
    pub lanes: Arc<LaneBook>,
}

impl Collector {
    /// Decodes a window. A log that cannot be decoded is a hole and a finding, never left out.
    pub fn collect(&self, window: &Window) -> Collected {
        let mut collected = Collected { events: Vec::with_capacity(window.logs.len()), ..Collected::default() };
        for log in &window.logs {
            match self.registry.read(self.chain, log) {
                Reading::Events(events) => {
                    events.iter().for_each(|located| self.check(located, &mut collected.findings));
                    collected.events.extend(events);
                }
                Reading::Undecodable(error) => self.undecodable(log, &error, &mut collected),
                // The endpoint was asked for addresses and topics as a product: what is not of both says nothing.
                Reading::Foreign | Reading::Unknown => collected.unknown = collected.unknown.saturating_add(1),
            }
        }
        collected
    }

    const fn place(&self, log: &ScannedLog) -> Place {
        Place {
            chain: self.chain,
            block: log.block_number,
            block_hash: log.block_hash,
            time: log.block_time,
            tx: log.tx_hash,
            log_index: log.log_index,
            contract: log.address,
        }
    }

    fn undecodable(&self, log: &ScannedLog, error: &DecodeError, collected: &mut Collected) {
        let place = self.place(log);
        let kept = log.data.get(..HOLE_DATA_KEPT).unwrap_or(&log.data);
        collected.holes.push(Hole {
            chain: self.chain,
            first_block: log.block_number,
            last_block: log.block_number,
            cause: HoleCause::Undecodable {
                place,
                topics: log.topics.clone(),
                data: Bytes::copy_from_slice(kept),
                reason: error.to_string(),
            },
        });
        collected.findings.push(Finding {
            kind: Kind::Undecodable,
            chain: self.chain,
            lane: None,
            message: None,
            subject: format!("{:#x}:{}", log.block_hash, log.log_index),
            detail: format!("log {} of block {} from {}: {error}", log.log_index, log.block_number, log.address),
            place: Some(place),
        });
    }

    fn check(&self, located: &Located, findings: &mut Vec<Finding>) {
        let place = &located.place;
        match &located.event {
            LaneEvent::Sent(sent) => self.check_sent(place, sent, findings),
            LaneEvent::Changed(changed) => {
                let subject = format!("{}:{:#x}:{}", changed.kind.as_str(), place.block_hash, place.log_index);
                // A curse and its end have an alert of their own from the probes; all of it is a finding to look at.
                let detail = format!(
                    "{} at {} in block {}: {}",
                    words(changed.kind),
                    place.contract,
                    place.block,
                    changed.subject
                );
                findings.push(Finding {
                    kind: Kind::SettingsChanged,
                    chain: self.chain,
                    lane: None,
                    message: None,
                    subject,
                    detail,
                    place: Some(*place),
                });
            }
            LaneEvent::Committed(_)
            | LaneEvent::Delivered { .. }
            | LaneEvent::RootRemoved { .. }
            | LaneEvent::Attempted(_)
            | LaneEvent::Skipped(_) => {}
        }
    }

    fn check_sent(&self, place: &Place, sent: &Sent, findings: &mut Vec<Finding>) {
        let mut found = |kind: Kind, subject: String, detail: String| {
            findings.push(Finding {
                kind,
                chain: self.chain,
                lane: Some(sent.lane.clone()),
                message: Some(sent.id),
                subject,
                detail,
                place: Some(*place),
            });
        };
        if self.lanes.is_unlisted(&sent.lane) {
            let detail = format!("{} sent a message on {}, which is not listed", sent.sender, sent.lane);
            found(Kind::UnlistedLane, sent.lane.to_string(), detail);
        }
        let Some(listed) = self.lanes.find(&sent.lane) else { return };
        if !listed.senders.is_empty() && !listed.senders.contains(&sent.sender) {
            let detail = format!("{} is not among the senders that {} allows", sent.sender, listed.name);
            found(Kind::SenderNotAllowed, format!("{}:{}", listed.name, sent.sender), detail);
        }
        if !listed.receivers.is_empty() && !listed.receivers.contains(&sent.receiver) {
            let detail = format!("{} is not among the receivers that {} allows", sent.receiver, listed.name);
            found(Kind::ReceiverNotAllowed, format!("{}:{}", listed.name, sent.receiver), detail);
        }
    }
}

/// Checks the numbers of each ramp in a batch against what is known; moves `known` on and gives what is missing. A
/// number that comes again is the ledger's finding.
pub fn check_sequences(events: &[Located], known: &mut Sequences) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for located in events {
        let LaneEvent::Sent(sent) = &located.event else { continue };
        let Some(number) = sent.sequence else { continue };
        let ramp = (sent.lane.clone(), located.place.contract);
        let (block, before) = (located.place.block, known.get(&ramp).copied());
        match sequence::check(before.map(|before| before.number), [number]) {
            Continuity::Whole { .. } => {}
            Continuity::Gap { first, last } => {
                let not_before = before.map_or(block, |before| before.block);
                gaps.push(Gap { lane: ramp.0.clone(), on_ramp: ramp.1, first, last, not_before, not_after: block });
            }
            Continuity::Repeated { .. } => continue,
        }
        known.insert(ramp, Numbered { number, block });
    }
    gaps
}

const fn words(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Cursed => "a curse was laid",
        ChangeKind::Uncursed => "a curse was lifted",
        ChangeKind::OnRampSet => "an on-ramp was set",
        ChangeKind::OffRampAdded => "an off-ramp was added",
        ChangeKind::OffRampRemoved => "an off-ramp was removed",
        ChangeKind::DestinationConfigured => "a destination was configured",
        ChangeKind::SourceConfigured => "a source was configured",
        ChangeKind::SendersAllowed => "senders were allowed",
        ChangeKind::SendersDisallowed => "senders were disallowed",
        ChangeKind::AllowListAdminSet => "the allow-list has another administrator",
        ChangeKind::OwnershipTransferRequested => "a transfer of ownership was asked for",
        ChangeKind::OwnershipTransferred => "the owner changed",
        ChangeKind::RmnSet => "the contract that curses was swapped",
        ChangeKind::Paused => "commits were halted",
        ChangeKind::Unpaused => "commits go on",
        ChangeKind::SequenceMoved => "the counter was moved",
        ChangeKind::RoleGranted => "a role was granted",
        ChangeKind::RoleRevoked => "a role was revoked",
        ChangeKind::ContractConfigured => "a contract was configured",
        ChangeKind::PreviousRampsSet => "previous ramps were declared",
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, time::Duration};

    use causeway_primitives::{B256, U256};

    use super::*;
    use crate::{
        app::lanes::Listed,
        domain::event::{IdOrigin, IdProof, Payload},
        ports::samples::{at, chain, id, lane_key},
    };

    const ALLOWED: Address = Address::repeat_byte(0x51);

    fn receiver() -> Bytes {
        Bytes::from(vec![0x52; 20])
    }

    /// The lane is listed, for these.
    fn collector(senders: &[Address], receivers: &[Bytes]) -> Collector {
        let listed = Listed {
            name: "there".parse().unwrap(),
            expire_after: Duration::from_secs(1),
            senders: senders.iter().copied().collect(),
            receivers: receivers.iter().cloned().collect(),
        };
        let lanes = LaneBook {
            chains: BTreeMap::new(),
            lanes: BTreeMap::from([(lane_key(), listed)]),
            open: false,
            expire_after: Duration::from_secs(1),
        };
        Collector { chain: chain(138), registry: Arc::new(Registry::default()), lanes: Arc::new(lanes) }
    }

    fn found(collector: &Collector, sent: Sent) -> Vec<(Kind, String)> {
        let place = Place {
            chain: chain(138),
            block: 1,
            block_hash: B256::ZERO,
            time: at(0),
            tx: B256::ZERO,
            log_index: 0,
            contract: Address::ZERO,
        };
        let mut findings = Vec::new();
        collector.check(&Located { place, event: LaneEvent::Sent(Box::new(sent)) }, &mut findings);
        findings.into_iter().map(|finding| (finding.kind, finding.subject)).collect()
    }

    fn sent() -> Sent {
        Sent {
            lane: lane_key(),
            id: id(1),
            id_origin: IdOrigin::Stated,
            id_proof: IdProof::Verified,
            sequence: None,
            nonce: None,
            sender: ALLOWED,
            receiver: receiver(),
            payload: Payload { hash: B256::ZERO, length: 0, head: Bytes::new() },
            fee_token: Address::ZERO,
            fee: U256::ZERO,
            fee_juels: None,
            gas_limit: None,
            tokens: Vec::new(),
            leaf: None,
        }
    }

    #[test]
    fn ccip_13_senders_and_receivers_that_the_operators_did_not_allow_are_findings() {
        let strict = collector(&[ALLOWED], &[receiver()]);
        assert_eq!(found(&strict, sent()), []);
        let stranger = Address::repeat_byte(0x99);
        let by_stranger = found(&strict, Sent { sender: stranger, ..sent() });
        assert_eq!(by_stranger, [(Kind::SenderNotAllowed, format!("there:{stranger}"))]);
        let elsewhere = Bytes::from(vec![0x53; 20]);
        let to_stranger = found(&strict, Sent { receiver: elsewhere.clone(), ..sent() });
        assert_eq!(to_stranger, [(Kind::ReceiverNotAllowed, format!("there:{elsewhere}"))]);
        let open = collector(&[], &[]);
        assert_eq!(found(&open, Sent { sender: stranger, receiver: elsewhere, ..sent() }), [], "empty lists allow all");
        let unlisted = LaneKey { source: lane_key().destination, destination: lane_key().source, ..lane_key() };
        let kinds: BTreeSet<Kind> =
            found(&open, Sent { lane: unlisted, ..sent() }).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, BTreeSet::from([Kind::UnlistedLane]));
    }
}
