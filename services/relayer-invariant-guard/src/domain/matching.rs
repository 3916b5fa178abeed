//! Each mint has exactly one deposit and each release exactly one burn: same id, asset, amount and recipient.
//!
//! Sums are blind to "mint unbacked, burn, release": they balance at the end. One by one they do not.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::{AssetId, B256, ChainName};

use super::{
    evidence::{Event, EventKind},
    figures::Chains,
    finding::{Code, Detail, Finding, Gap, Outcome, Reason},
    name::Name,
    preset::terms,
    quantity::Quantity,
    rules::{Route, Rules},
};

/// A way over the bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leg {
    /// Deposit at home, mint on the other side.
    Inbound,
    /// Burn on the other side, release at home.
    Outbound,
}

impl Leg {
    /// The way that an event belongs to, and whether it is its cause.
    const fn of(kind: EventKind) -> (Self, Role) {
        match kind {
            EventKind::Deposit => (Self::Inbound, Role::Cause),
            EventKind::Mint => (Self::Inbound, Role::Effect),
            EventKind::Burn => (Self::Outbound, Role::Cause),
            EventKind::Release => (Self::Outbound, Role::Effect),
        }
    }

    /// The chain on which its causes are.
    pub const fn cause_chain(self, route: &Route) -> &ChainName {
        match self {
            Self::Inbound => &route.home,
            Self::Outbound => &route.remote,
        }
    }

    /// The term of what is on this way.
    const fn term(self) -> &'static str {
        match self {
            Self::Inbound => terms::INBOUND,
            Self::Outbound => terms::OUTBOUND,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Cause,
    Effect,
}

/// All that is known of one message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pairing {
    /// Its way.
    pub leg: Leg,
    /// Its id.
    pub id: B256,
    /// What was seen of it, each log once.
    pub events: BTreeSet<Event>,
    /// The head of the cause's chain when an effect was first seen without its cause; `None` when there is no such.
    pub waiting_since: Option<u64>,
}

/// What the messages of a cut say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matched {
    /// What is wrong, and what cannot be said yet.
    pub outcome: Outcome,
    /// Value on its way, by asset and term.
    pub in_flight: BTreeMap<(AssetId, Name), Quantity>,
    /// Assets with an effect whose cause is not visible: no equation over both chains can be judged for them.
    pub skewed: BTreeSet<AssetId>,
    /// The messages after this cut: what is open has to be part of the next evidence.
    pub pairings: Vec<Pairing>,
}

impl Pairing {
    fn causes(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(|event| Leg::of(event.kind).1 == Role::Cause)
    }

    fn effects(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(|event| Leg::of(event.kind).1 == Role::Effect)
    }

    /// Whether more is to come: it has to stay in the ledger that the next evidence is made with.
    pub fn is_open(&self) -> bool {
        self.causes().next().is_none() || self.effects().next().is_none()
    }
}

/// Joins what was known with what the agreed readings say, and judges every message.
pub fn judge(rules: &Rules, ledger: &[Pairing], chains: &Chains<'_>) -> Matched {
    let mut matched = Matched::default();
    let mut pairings = merge(ledger, chains);
    for pairing in pairings.values_mut() {
        judge_one(rules, pairing, chains, &mut matched);
    }
    matched.pairings = pairings.into_values().collect();
    matched
}

fn merge(ledger: &[Pairing], chains: &Chains<'_>) -> BTreeMap<(Leg, B256), Pairing> {
    let mut pairings: BTreeMap<(Leg, B256), Pairing> = BTreeMap::new();
    let fresh = |leg, id| Pairing { leg, id, events: BTreeSet::new(), waiting_since: None };
    for known in ledger {
        let pairing = pairings.entry((known.leg, known.id)).or_insert_with(|| fresh(known.leg, known.id));
        pairing.events.extend(known.events.iter().cloned());
        pairing.waiting_since = match (pairing.waiting_since, known.waiting_since) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
    let agreed = chains.values().filter_map(|chain| chain.as_ref().ok());
    for event in agreed.flat_map(|chain| &chain.reading.events) {
        let (leg, _) = Leg::of(event.kind);
        pairings.entry((leg, event.id)).or_insert_with(|| fresh(leg, event.id)).events.insert(event.clone());
    }
    pairings
}

fn judge_one(rules: &Rules, pairing: &mut Pairing, chains: &Chains<'_>, matched: &mut Matched) {
    let find = |detail, event: &Event, summary: String| Finding {
        consequence: rules.consequence(Code::UnmatchedEffect),
        code: Code::UnmatchedEffect,
        detail,
        check: Name::literal("matching"),
        subject: pairing.id.to_string(),
        summary: format!("{summary} (transaction {})", event.tx),
    };
    let (causes, effects): (Vec<_>, Vec<_>) = (pairing.causes().collect(), pairing.effects().collect());
    if let [first, second, ..] = causes.as_slice() {
        let summary = format!("two causes in blocks {} and {}", first.height, second.height);
        matched.outcome.findings.push(find(Detail::CauseTwice, second, summary));
    }
    if let [first, second, ..] = effects.as_slice() {
        let summary = format!("two effects, of {} and {}", first.amount, second.amount);
        matched.outcome.findings.push(find(Detail::EffectTwice, second, summary));
    }
    match (causes.first(), effects.first()) {
        (Some(cause), None) => count_in_flight(pairing.leg, cause, matched),
        (Some(cause), Some(effect)) => {
            let differing = difference(cause, effect).map(|(detail, summary)| find(detail, effect, summary));
            matched.outcome.findings.extend(differing);
            pairing.waiting_since = None;
        }
        (None, Some(effect)) => {
            let effect = (*effect).clone();
            match wait(rules, pairing, &effect, chains) {
                Wait::Until { gap, since } => {
                    matched.outcome.gaps.push(gap);
                    matched.skewed.insert(effect.asset);
                    pairing.waiting_since = since;
                }
                Wait::Over(summary) => {
                    let consequence = rules.consequence(Code::UnmatchedEffect);
                    let (code, detail) = (Code::UnmatchedEffect, Detail::NoCause);
                    let (check, subject) = (Name::literal("matching"), pairing.id.to_string());
                    matched.skewed.insert(effect.asset);
                    matched.outcome.findings.push(Finding { consequence, code, detail, check, subject, summary });
                }
            }
        }
        (None, None) => {}
    }
}

/// Whether a cause that is not visible may still come into sight.
enum Wait {
    Until { gap: Gap, since: Option<u64> },
    Over(String),
}

fn wait(rules: &Rules, pairing: &Pairing, effect: &Event, chains: &Chains<'_>) -> Wait {
    let subject = pairing.id.to_string();
    let unknown = |detail: String| Wait::Until {
        gap: Gap::new(Reason::EffectBeforeCause, subject.clone(), detail),
        since: pairing.waiting_since,
    };
    let Some(route) = rules.routes.get(&effect.asset) else {
        let detail = format!("asset {} is not known", effect.asset);
        return Wait::Until { gap: Gap::new(Reason::Garbage, subject, detail), since: pairing.waiting_since };
    };
    let chain = pairing.leg.cause_chain(route);
    let Some(Ok(agreed)) = chains.get(chain) else {
        return unknown(format!("{} moved and {chain} could not be read", effect.amount));
    };
    let since = pairing.waiting_since.unwrap_or(agreed.head);
    let until = since.saturating_add(rules.matching_bound);
    let at = agreed.watermark.height;
    if at >= until {
        let (amount, tx) = (effect.amount, effect.tx);
        return Wait::Over(format!("{amount} moved without a cause on {chain} up to block {at} (transaction {tx})"));
    }
    let gap = Gap::new(
        Reason::EffectBeforeCause,
        subject,
        format!("{} moved; {chain} is indexed up to {at}, its cause is missing at {until}", effect.amount),
    );
    Wait::Until { gap, since: Some(since) }
}

fn difference(cause: &Event, effect: &Event) -> Option<(Detail, String)> {
    let differs = |what: &str, a: &dyn std::fmt::Display, b: &dyn std::fmt::Display| {
        format!("the {what} of the cause is {a}, of the effect {b}")
    };
    if cause.asset != effect.asset {
        Some((Detail::AssetDiffers, differs("asset", &cause.asset, &effect.asset)))
    } else if cause.amount != effect.amount {
        Some((Detail::AmountDiffers, differs("amount", &cause.amount, &effect.amount)))
    } else if cause.recipient != effect.recipient {
        Some((Detail::RecipientDiffers, differs("recipient", &cause.recipient, &effect.recipient)))
    } else {
        None
    }
}

fn count_in_flight(leg: Leg, cause: &Event, matched: &mut Matched) {
    let sum = matched.in_flight.entry((cause.asset.clone(), Name::literal(leg.term()))).or_insert(Quantity::ZERO);
    match sum.plus(Quantity::from(cause.amount)) {
        Some(more) => *sum = more,
        None => matched.outcome.gaps.push(Gap::new(Reason::Arithmetic, "in_flight", "the sum does not fit 512 bits")),
    }
}
