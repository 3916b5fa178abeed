//! Events by which contracts say that their settings changed, as tables: most of them are read alike, and differ only
//! in where they say whom they concern.

use alloy::primitives::keccak256;
use causeway_chain::logs::ScannedLog;
use causeway_primitives::{B256, Bytes, ChainSelector};

use super::{
    abi::{Budget, Tuple, bytes_to_address, word_to_u64},
    event::{Event, selector},
};
use crate::{
    domain::event::{ChangeKind, Changed, LaneEvent},
    ports::DecodeError,
};

/// The longest subject that is kept.
const LONGEST_SUBJECT: usize = 32;

/// An event that says that settings changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    /// The event's name.
    pub(super) event: &'static str,
    /// Its signature's hash.
    pub(super) topic: B256,
    /// How many topics it has, the signature included.
    pub(super) topics: usize,
    /// What changed.
    pub(super) kind: ChangeKind,
    /// Where it says which other chain it concerns.
    pub(super) peer: Peer,
    /// Where it says whom it names.
    pub(super) subject: Subject,
}

/// Where an event says which other chain it concerns.
#[derive(Debug, Clone, Copy)]
pub(super) enum Peer {
    /// Nowhere: it concerns the contract as a whole.
    None,
    /// In its first indexed parameter.
    Topic,
    /// In the first word of its data.
    Word,
}

/// Where an event says whom it names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    /// Nowhere: the hash of the data stands for what was set, so that setting the same again can be told apart.
    Digest,
    /// An indexed account.
    Topic(usize),
    /// An account.
    Account(Place),
    /// Several accounts, a change for each.
    EachAccount(Place),
    /// A contract of another chain as its bytes.
    Remote(Place),
    /// Several contracts of another chain, a change for each.
    EachRemote(Place),
    /// A number, as eight bytes.
    Number(Place),
    /// A cursed subject; it names the other chain as well.
    Curse(Place),
    /// Several cursed subjects, a change for each.
    EachCurse(Place),
}

/// A slot of the data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    inside: Option<usize>,
    slot: usize,
}

/// A slot of the data itself.
pub(super) const fn at(slot: usize) -> Place {
    Place { inside: None, slot }
}

/// A slot of the tuple that a slot of the data points at.
pub(super) const fn inside(tuple: usize, slot: usize) -> Place {
    Place { inside: Some(tuple), slot }
}

impl Place {
    fn enter<'a>(&self, data: Tuple<'a>) -> Result<Tuple<'a>, DecodeError> {
        self.inside.map_or(Ok(data), |tuple| data.tuple(tuple))
    }
}

/// The topics of tables.
pub(super) fn topics(tables: &[&[Setting]]) -> impl Iterator<Item = B256> {
    tables.iter().flat_map(|table| table.iter()).map(|setting| setting.topic)
}

/// The changes that a log tells of, if a table has its topic.
pub(super) fn decode(tables: &[&[Setting]], log: &ScannedLog) -> Result<Vec<LaneEvent>, DecodeError> {
    let Some(topic) = log.topics.first() else { return Ok(Vec::new()) };
    let mut settings = tables.iter().flat_map(|table| table.iter());
    let Some(setting) = settings.find(|setting| setting.topic == *topic) else { return Ok(Vec::new()) };
    let budget = Budget::of(&log.data);
    let event = Event::open(setting.event, setting.topics, log, &budget)?;
    Ok(setting.read(&event)?.into_iter().map(LaneEvent::Changed).collect())
}

impl Setting {
    fn read(&self, event: &Event<'_>) -> Result<Vec<Changed>, DecodeError> {
        let peer = self.peer(event)?;
        let one = |subject: &[u8]| vec![self.changed(peer, subject)];
        let data = event.data;
        match self.subject {
            Subject::Digest => Ok(one(keccak256(event.raw()).as_slice())),
            Subject::Topic(index) => Ok(one(event.topic_address(index)?.as_slice())),
            Subject::Account(place) => Ok(one(place.enter(data)?.address(place.slot)?.as_slice())),
            Subject::EachAccount(place) => {
                let accounts = place.enter(data)?.array(place.slot, 1)?.fixed();
                accounts.map(|word| Ok(self.changed(peer, word.address(0)?.as_slice()))).collect()
            }
            Subject::Remote(place) => Ok(one(remote(place.enter(data)?.bytes(place.slot)?))),
            Subject::EachRemote(place) => {
                let remotes = place.enter(data)?.array(place.slot, 1)?.bytes();
                remotes.map(|bytes| Ok(self.changed(peer, remote(bytes?)))).collect()
            }
            Subject::Number(place) => Ok(one(&place.enter(data)?.u64(place.slot)?.to_be_bytes())),
            Subject::Curse(place) => Ok(vec![self.curse(place.enter(data)?.word(place.slot)?)]),
            Subject::EachCurse(place) => {
                let subjects = place.enter(data)?.array(place.slot, 1)?.fixed();
                subjects.map(|word| Ok(self.curse(word.word(0)?))).collect()
            }
        }
    }

    fn peer(&self, event: &Event<'_>) -> Result<Option<ChainSelector>, DecodeError> {
        let value = match self.peer {
            Peer::None => return Ok(None),
            Peer::Topic => event.topic_u64(1)?,
            Peer::Word => event.data.u64(0)?,
        };
        selector("chain selector", value).map(Some)
    }

    fn changed(&self, peer: Option<ChainSelector>, subject: &[u8]) -> Changed {
        let kept = subject.get(..LONGEST_SUBJECT).unwrap_or(subject);
        Changed { kind: self.kind, peer, subject: Bytes::copy_from_slice(kept) }
    }

    /// A curse's subject is a `bytes16`: the selector of one chain, or anything else for all of them.
    fn curse(&self, word: &[u8; 32]) -> Changed {
        let [subject, _] = word.as_chunks::<16>().0 else { return self.changed(None, word) };
        let mut number = [0; 32];
        if let Some(low) = number.last_chunk_mut::<16>() {
            *low = *subject;
        }
        let peer = word_to_u64(&number).and_then(|value| ChainSelector::new(value).ok());
        self.changed(peer, subject)
    }
}

/// A contract of another chain, without the padding of EVM addresses.
fn remote(bytes: &[u8]) -> &[u8] {
    match bytes_to_address(bytes) {
        Some(_) => bytes.last_chunk::<20>().map_or(bytes, |address| address.as_slice()),
        None => bytes,
    }
}
