//! Who used what, and what was seen that must never be (CCIP-13): allow-lists against what happened, changes of the
//! contracts' settings, replay protection, order, and the form of messages.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::Bytes;

use super::{
    rows::{End, Format, Party, Rows, SettingRow},
    window::Window,
};
use crate::domain::finding::Kind;

/// Who may use a lane, by the operators' configuration. An empty list allows everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Who may send.
    pub senders: BTreeSet<Bytes>,
    /// Who may receive.
    pub receivers: BTreeSet<Bytes>,
}

/// The review.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Security {
    /// Each lane and end that was used.
    pub access: Vec<Access>,
    /// Changes of the contracts' settings, in order: roles, owners, allow-lists, ramps, curses.
    pub settings: Vec<SettingRow>,
    /// Every kind that was looked for, seen or not.
    pub findings: Vec<Seen>,
    /// The form of messages by lane.
    pub formats: Vec<Format>,
}

/// Who used an end of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The lane.
    pub lane: String,
    /// Which end.
    pub end: End,
    /// So many accounts are allowed; `None`: everybody is.
    pub allowed: Option<usize>,
    /// So many accounts were seen.
    pub seen: usize,
    /// Those seen that are not allowed.
    pub refused: Vec<Party>,
    /// Those seen for the first time ever.
    pub new: Vec<Party>,
}

/// How often something was seen that must never be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// What.
    pub kind: Kind,
    /// What it bears on.
    pub concern: Concern,
    /// First seen in the window.
    pub seen: u64,
    /// Of these: not closed.
    pub open: u64,
}

/// What a finding bears on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Concern {
    /// What arrives is what was sent.
    Integrity,
    /// A message is executed once.
    Replay,
    /// Nothing is missing, and nothing is out of turn.
    Order,
    /// Only those use a lane who may.
    Access,
    /// The contracts are what the operators think they are.
    Settings,
}

impl Concern {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Integrity => "integrity",
            Self::Replay => "replay",
            Self::Order => "order",
            Self::Access => "access",
            Self::Settings => "settings",
        }
    }

    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::IdMismatch | Kind::LeafMismatch | Kind::Undecodable | Kind::AmbiguousLink => Self::Integrity,
            Kind::DuplicateExecution
            | Kind::ExecutionWithoutSend
            | Kind::SequenceRepeated
            | Kind::IllegalTransition
            | Kind::CommitWithoutSend => Self::Replay,
            Kind::SequenceGap | Kind::CommitOverlap | Kind::CommitGap | Kind::NonceOutOfOrder | Kind::RootRemoved => {
                Self::Order
            }
            Kind::SenderNotAllowed | Kind::ReceiverNotAllowed | Kind::UnlistedLane => Self::Access,
            Kind::SettingsChanged => Self::Settings,
        }
    }
}

pub(super) fn security(rows: &Rows, window: Window, allowed: &BTreeMap<String, Allowed>) -> Security {
    let mut findings: Vec<_> = Kind::ALL.into_iter().map(|kind| seen(rows, kind)).collect();
    findings.sort_by_key(|seen| (seen.concern, seen.kind));
    Security {
        access: access(rows, window, allowed),
        settings: rows.settings.clone(),
        findings,
        formats: rows.formats.clone(),
    }
}

fn seen(rows: &Rows, kind: Kind) -> Seen {
    let found = rows.findings.iter().find(|(found, _, _)| *found == kind);
    let (seen, open) = found.map_or((0, 0), |(_, seen, open)| (*seen, *open));
    Seen { kind, concern: Concern::of(kind), seen, open }
}

fn access(rows: &Rows, window: Window, allowed: &BTreeMap<String, Allowed>) -> Vec<Access> {
    let mut ends: BTreeMap<(&str, End), Vec<&Party>> = BTreeMap::new();
    for party in &rows.parties {
        ends.entry((party.lane.as_str(), party.end)).or_default().push(party);
    }
    let review = |((lane, end), parties): ((&str, End), Vec<&Party>)| {
        let list = allowed.get(lane).map(|allowed| match end {
            End::Sender => &allowed.senders,
            End::Receiver => &allowed.receivers,
        });
        let list = list.filter(|list| !list.is_empty());
        let pick = |wanted: &dyn Fn(&Party) -> bool| {
            parties.iter().filter(|party| wanted(party)).map(|party| (*party).clone()).collect()
        };
        Access {
            lane: lane.to_owned(),
            end,
            allowed: list.map(BTreeSet::len),
            seen: parties.len(),
            refused: pick(&|party| list.is_some_and(|list| !list.contains(&party.account))),
            new: pick(&|party| party.first_seen >= window.from()),
        }
    };
    ends.into_iter().map(review).collect()
}

#[cfg(test)]
mod tests {
    use causeway_primitives::Timestamp;

    use super::*;
    use crate::domain::report::Span;

    fn party(end: End, number: u8, second: u64) -> Party {
        Party {
            lane: "a".to_owned(),
            end,
            account: Bytes::from(vec![number; 20]),
            messages: 1,
            first_seen: Timestamp::from_secs(second).unwrap(),
        }
    }

    #[test]
    fn ccip_13_senders_that_are_not_allowed_and_new_ones_are_named() {
        let window = Window::ending_before(Timestamp::from_secs(86_400 * 10).unwrap(), Span::Day);
        let day = 86_400;
        let parties =
            vec![party(End::Sender, 1, day), party(End::Sender, 2, 9 * day + 5), party(End::Receiver, 3, day)];
        let list = Allowed { senders: BTreeSet::from([Bytes::from(vec![1; 20])]), receivers: BTreeSet::new() };
        let rows = Rows { parties, ..Rows::default() };
        let found = security(&rows, window, &BTreeMap::from([("a".to_owned(), list)]));
        let [senders, receivers] = found.access.try_into().unwrap();
        assert_eq!((senders.allowed, senders.seen), (Some(1), 2));
        assert_eq!(senders.refused, [party(End::Sender, 2, 9 * day + 5)]);
        assert_eq!(senders.new, senders.refused);
        assert_eq!((receivers.allowed, receivers.refused.len(), receivers.new.len()), (None, 0, 0));
    }

    #[test]
    fn ccip_13_what_was_looked_for_and_not_seen_is_said_as_well() {
        let window = Window::ending_before(Timestamp::from_secs(86_400 * 10).unwrap(), Span::Day);
        let rows = Rows { findings: vec![(Kind::DuplicateExecution, 2, 1)], ..Rows::default() };
        let found = security(&rows, window, &BTreeMap::new());
        assert_eq!(found.findings.len(), Kind::ALL.len());
        let of = |kind| found.findings.iter().find(|seen| seen.kind == kind).unwrap();
        let duplicate = of(Kind::DuplicateExecution);
        assert_eq!((duplicate.concern, duplicate.seen, duplicate.open), (Concern::Replay, 2, 1));
        assert_eq!((of(Kind::NonceOutOfOrder).concern, of(Kind::NonceOutOfOrder).seen), (Concern::Order, 0));
    }
}
