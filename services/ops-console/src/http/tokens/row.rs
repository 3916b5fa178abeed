//! A request in a list, with amounts in whole tokens.

use std::collections::BTreeMap;

use causeway_primitives::Timestamp;
use causeway_proto::{
    tokenization::v1::{Asset, Request, RequestKind, RequestState},
    types::v1::BigInteger,
};

use super::super::{
    marks::{Code, When},
    page::Mark,
    params::change,
};
use crate::{
    adapters::wire::{integer, moment, name},
    domain::figures::{fixed, grouped},
};

/// The states that can be asked for, in the order of a request's way, with the word for each.
pub(super) const STATES: [(&str, RequestState); 17] = [
    ("received", RequestState::Received),
    ("parsed", RequestState::Parsed),
    ("validated", RequestState::Validated),
    ("mapped", RequestState::Mapped),
    ("valued", RequestState::Valued),
    ("approved", RequestState::Approved),
    ("guarded", RequestState::Guarded),
    ("submitting", RequestState::Submitting),
    ("submitted", RequestState::Submitted),
    ("mined", RequestState::Mined),
    ("reconciled", RequestState::Reconciled),
    ("reported", RequestState::Reported),
    ("rejected", RequestState::Rejected),
    ("held", RequestState::Held),
    ("unknown", RequestState::Unknown),
    ("failed", RequestState::Failed),
    ("compensating", RequestState::Compensating),
];

/// A state that this console does not know is unknown, and never done.
pub(super) const fn mark(state: RequestState) -> Mark {
    match state {
        RequestState::Unspecified => Mark::unknown("a state that this console does not know"),
        RequestState::Received => Mark::waits("received"),
        RequestState::Parsed => Mark::waits("parsed"),
        RequestState::Validated => Mark::waits("validated"),
        RequestState::Mapped => Mark::waits("mapped"),
        RequestState::Valued => Mark::waits("valued"),
        RequestState::Approved => Mark::waits("approved"),
        RequestState::Guarded => Mark::waits("guarded"),
        RequestState::Submitting => Mark::waits("submitting"),
        RequestState::Submitted => Mark::waits("submitted"),
        RequestState::Mined => Mark::waits("mined"),
        RequestState::Reconciled => Mark::ok("reconciled"),
        RequestState::Reported => Mark::ok("reported"),
        RequestState::Rejected => Mark::unknown("rejected"),
        RequestState::Held => Mark::less("held"),
        RequestState::Unknown => Mark::wrong("unknown: the chain is asked"),
        RequestState::Failed => Mark::wrong("failed"),
        RequestState::Compensating => Mark::less("being undone"),
    }
}

/// Decimals of each asset's token; of an asset that is not listed, units are shown as such.
pub(super) struct Decimals(BTreeMap<String, u32>);

impl Decimals {
    pub(super) fn of(assets: &[Asset]) -> Self {
        Self(assets.iter().map(|asset| (asset.asset_id.clone(), asset.decimals)).collect())
    }

    /// An amount of an asset.
    pub(super) fn tokens(&self, asset: &str, units: Option<&BigInteger>) -> String {
        match (integer(units), self.0.get(asset)) {
            (None, _) => "not known".to_owned(),
            (Some(units), Some(decimals)) => fixed(units, *decimals),
            (Some(units), None) => format!("{} units", grouped(units)),
        }
    }
}

/// A request.
pub(super) struct Row {
    pub(super) id: Code,
    pub(super) mark: Mark,
    pub(super) reason: String,
    pub(super) kind: &'static str,
    pub(super) asset: String,
    pub(super) amount: String,
    pub(super) from: Code,
    pub(super) to: Code,
    pub(super) maker: String,
    pub(super) created: When,
    pub(super) updated: When,
    pub(super) approve_link: String,
    pub(super) refuse_link: String,
}

impl Row {
    pub(super) fn of(wire: &Request, decimals: &Decimals, now: Timestamp) -> Self {
        let link = |action| change("tokenization-gateway", action, &[("request_id", &wire.request_id)]);
        Self {
            id: Code::of(&wire.request_id),
            mark: if waits_for_its_day(wire) { Mark::waits("held") } else { mark(wire.state()) },
            reason: reason(wire),
            kind: match wire.kind() {
                RequestKind::Unspecified => "unknown",
                RequestKind::Mint => "mint",
                RequestKind::Transfer => "transfer",
                RequestKind::Redeem => "redeem",
                RequestKind::Bridge => "bridge",
            },
            asset: name(&wire.asset_id),
            amount: decimals.tokens(&wire.asset_id, wire.units.as_ref()),
            from: Code::of(&wire.from),
            to: Code::of(&wire.to),
            maker: name(&wire.maker),
            created: When::of(moment(wire.created_at.as_ref()), now, "not known"),
            updated: When::of(moment(wire.updated_at.as_ref()), now, "not known"),
            approve_link: link("request.approve"),
            refuse_link: link("request.refuse"),
        }
    }
}

/// Why it stands where it stands; of one that waits for its day, when that begins.
fn reason(wire: &Request) -> String {
    let words = name(&wire.reason).replace('_', " ");
    match moment(wire.not_before.as_ref()).filter(|_| waits_for_its_day(wire)) {
        Some(begins) => format!("{words}, not before {begins}"),
        None => words,
    }
}

/// Whether a held request waits for a second person.
pub(super) fn waits_for_approval(wire: &Request) -> bool {
    wire.state() == RequestState::Held && wire.reason == APPROVAL
}

/// Whether it waits for nothing but its day.
pub(super) fn waits_for_its_day(wire: &Request) -> bool {
    wire.state() == RequestState::Held && wire.reason == VALUE_DATE
}

/// The gateway's label of a hold that a second person ends.
pub(super) const APPROVAL: &str = "awaits_approval";
/// The same of one that the calendar ends.
pub(super) const VALUE_DATE: &str = "value_date";
