//! Chains and lanes as they were last looked at.

use serde::Serialize;
use utoipa::ToSchema;

use super::text::{bytes, text, time};
use crate::app::view::{Balance as BalanceView, ChainView, Known, LaneView, Router};

/// Something that was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Answer {
    /// `known`, `unknown` (it could not be found out; never to be read as good), or `not_asked`.
    state: &'static str,
    /// What it is: `yes` or `no`, a number, or a word.
    value: Option<String>,
    /// Why it could not be found out, or more about the value.
    detail: Option<String>,
}

impl Answer {
    fn new<T>(known: &Known<T>, value: impl Fn(&T) -> String) -> Self {
        match known {
            Known::NotAsked => Self { state: "not_asked", value: None, detail: None },
            Known::Unknown(why) => Self { state: "unknown", value: None, detail: Some(why.clone()) },
            Known::Is(known) => Self { state: "known", value: Some(value(known)), detail: None },
        }
    }

    fn of_flag(known: &Known<bool>) -> Self {
        Self::new(known, |yes| if *yes { "yes".to_owned() } else { "no".to_owned() })
    }

    fn of_router(known: &Known<Router>) -> Self {
        let (word, detail) = match known.value() {
            None => ("", None),
            Some(Router::Serves { version }) => ("ok", Some(version.clone()).filter(|text| !text.is_empty())),
            Some(Router::NoCode) => ("no_code", None),
            Some(Router::Refuses(why)) => ("refuses", Some(why.clone())),
        };
        let answer = Self::new(known, |_| word.to_owned());
        Self { detail: answer.detail.or(detail), ..answer }
    }
}

/// LINK of a watched account.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Balance {
    account: String,
    /// In juels (10⁻¹⁸ LINK). What could not be read is not zero.
    juels: Answer,
    /// Days it lasts at the present spend; absent when nothing is spent or not enough is known.
    days_left: Option<u32>,
}

impl From<&BalanceView> for Balance {
    fn from(view: &BalanceView) -> Self {
        let juels = Answer::new(&view.juels, ToString::to_string);
        Self { account: bytes(view.account), juels, days_left: view.days_left }
    }
}

/// A chain.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Chain {
    name: String,
    chain_id: u64,
    selector: String,
    /// The last block whose logs are stored.
    block_number: Option<u64>,
    block_hash: Option<String>,
    timestamp: Option<String>,
    /// Its last block.
    head: Option<u64>,
    /// Its last final block.
    final_head: Option<u64>,
    /// Blocks between what is stored and the head.
    blocks_behind: Option<u64>,
    /// `ok`, `no_code` or `refuses`.
    router: Answer,
    /// Whether the whole chain is cursed.
    cursed: Answer,
    balances: Vec<Balance>,
    /// When all of this was last looked at.
    looked_at: Option<String>,
}

impl From<&ChainView> for Chain {
    fn from(view: &ChainView) -> Self {
        let number = view.position.as_ref().map(|position| position.number);
        Self {
            name: view.name.to_string(),
            chain_id: view.id.get(),
            selector: view.selector.to_string(),
            block_number: number,
            block_hash: view.position.as_ref().map(|position| position.hash.to_string()),
            timestamp: time(view.position_time),
            head: view.head,
            final_head: view.final_head,
            blocks_behind: view.head.zip(number).map(|(head, number)| head.saturating_sub(number)),
            router: Answer::of_router(&view.router),
            cursed: Answer::of_flag(&view.cursed),
            balances: view.balances.iter().map(Balance::from).collect(),
            looked_at: time(view.looked_at),
        }
    }
}

/// A lane.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Lane {
    name: String,
    dialect: String,
    /// The source chain's name.
    source: String,
    /// The destination chain's name.
    destination: String,
    source_selector: String,
    destination_selector: String,
    /// `isChainSupported` of the source's router.
    supported: Answer,
    /// Whether either side curses the other.
    cursed: Answer,
    /// What the newest ramp will give the next message.
    expected_next_sequence: Answer,
    /// The highest number of that ramp that was seen.
    last_seen_sequence: Option<String>,
}

impl From<&LaneView> for Lane {
    fn from(view: &LaneView) -> Self {
        Self {
            name: view.name.to_string(),
            dialect: view.key.dialect.to_string(),
            source: view.source.to_string(),
            destination: view.destination.to_string(),
            source_selector: view.key.source.to_string(),
            destination_selector: view.key.destination.to_string(),
            supported: Answer::of_flag(&view.supported),
            cursed: Answer::of_flag(&view.cursed),
            expected_next_sequence: Answer::new(&view.expected_next, ToString::to_string),
            last_seen_sequence: text(view.last_seen),
        }
    }
}

/// Everything that is watched.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Lanes {
    pub(in crate::http) chains: Vec<Chain>,
    pub(in crate::http) lanes: Vec<Lane>,
}
