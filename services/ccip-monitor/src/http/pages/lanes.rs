//! Lanes and chains as a person reads them: a word, a shape, a colour, and the figures behind it.

use causeway_primitives::U256;

use crate::app::view::{ChainView, Known, LaneView, Router};

/// How something is.
pub(super) struct State {
    /// The name of its style: `good`, `bad` or `unknown`.
    pub(super) class: &'static str,
    pub(super) shape: &'static str,
    pub(super) word: String,
}

impl State {
    fn good(word: impl Into<String>) -> Self {
        Self { class: "good", shape: "✔", word: word.into() }
    }

    fn bad(word: impl Into<String>) -> Self {
        Self { class: "bad", shape: "✖", word: word.into() }
    }

    fn unknown(word: impl Into<String>) -> Self {
        Self { class: "unknown", shape: "?", word: word.into() }
    }
}

/// A lane of the list.
pub(super) struct Lane {
    pub(super) name: String,
    pub(super) dialect: String,
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) state: State,
    /// How many of the ramp's messages were seen.
    pub(super) seen: String,
}

impl From<&LaneView> for Lane {
    fn from(view: &LaneView) -> Self {
        Self {
            name: view.name.to_string(),
            dialect: view.key.dialect.to_string(),
            source: view.source.to_string(),
            destination: view.destination.to_string(),
            state: lane_state(view),
            seen: seen(view),
        }
    }
}

/// What is bad is said before what is not known, and that before what is good.
fn lane_state(view: &LaneView) -> State {
    match (&view.cursed, &view.supported) {
        (Known::Is(true), _) => State::bad("cursed"),
        (_, Known::Is(false)) => State::bad("not supported"),
        (Known::Unknown(why), _) | (_, Known::Unknown(why)) => State::unknown(format!("unknown: {why}")),
        (Known::NotAsked, Known::NotAsked) => State::unknown("not looked at yet"),
        (Known::NotAsked, Known::Is(true)) | (Known::Is(false), Known::Is(true) | Known::NotAsked) => {
            State::good("open")
        }
    }
}

fn seen(view: &LaneView) -> String {
    match (&view.expected_next, view.last_seen) {
        (Known::Is(next), last) if last.unwrap_or(0).saturating_add(1) >= *next => "all messages seen".to_owned(),
        (Known::Is(next), last) => {
            format!("{} of {} seen", last.unwrap_or(0), next.saturating_sub(1))
        }
        (Known::NotAsked | Known::Unknown(_), Some(last)) => format!("seen up to {last}"),
        (Known::NotAsked | Known::Unknown(_), None) => "not counted".to_owned(),
    }
}

/// A chain of the list.
pub(super) struct Chain {
    pub(super) name: String,
    pub(super) id: u64,
    pub(super) read: String,
    pub(super) router: State,
    pub(super) balances: Vec<(String, State)>,
}

impl From<&ChainView> for Chain {
    fn from(view: &ChainView) -> Self {
        let balances = view.balances.iter().map(|balance| {
            let state = match &balance.juels {
                Known::Is(juels) => {
                    let days = balance.days_left.map(|days| format!(", {days} days left")).unwrap_or_default();
                    State::good(format!("{} LINK{days}", whole(*juels)))
                }
                Known::Unknown(why) => State::unknown(format!("unknown: {why}")),
                Known::NotAsked => State::unknown("not looked at yet"),
            };
            (super::rows::shortened(&format!("0x{}", hex::encode(balance.account))), state)
        });
        Self {
            name: view.name.to_string(),
            id: view.id.get(),
            read: read(view),
            router: router_state(view),
            balances: balances.collect(),
        }
    }
}

/// Whole tokens of 18 decimals with the first three of them, cut off: never more than there is.
fn whole(juels: U256) -> String {
    const MILLI: u64 = 1_000_000_000_000_000;
    let thousandths = juels.checked_div(U256::from(MILLI)).unwrap_or_default();
    let (units, rest) = thousandths.div_rem(U256::from(1_000_u64));
    format!("{units}.{rest:03}")
}

fn read(view: &ChainView) -> String {
    match (&view.position, view.head) {
        (None, _) => "not read yet".to_owned(),
        (Some(position), None) => format!("read up to {}", position.number),
        (Some(position), Some(head)) => match head.saturating_sub(position.number) {
            0 => format!("read up to the head, {head}"),
            behind => format!("read up to {}, {behind} blocks behind", position.number),
        },
    }
}

fn router_state(view: &ChainView) -> State {
    match (&view.cursed, &view.router) {
        (Known::Is(true), _) => State::bad("cursed"),
        (_, Known::Is(Router::NoCode)) => State::bad("no code at the router's address"),
        (_, Known::Is(Router::Refuses(why))) => State::bad(format!("router refuses: {why}")),
        (_, Known::Unknown(why)) => State::unknown(format!("unknown: {why}")),
        (_, Known::NotAsked) if view.looked_at.is_some() => State::unknown("no router is configured"),
        (_, Known::NotAsked) => State::unknown("not looked at"),
        (_, Known::Is(Router::Serves { version })) if version.is_empty() => State::good("router serves"),
        (_, Known::Is(Router::Serves { version })) => State::good(format!("{version} serves")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ccip_10_a_balance_is_shown_in_whole_tokens_and_never_as_more_than_it_is() {
        let whole = |text: &str| whole(text.parse().unwrap());
        assert_eq!(whole("99499999999999999999"), "99.499");
        assert_eq!(whole("1000000000000000000"), "1.000");
        assert_eq!(whole("999999999999999"), "0.000");
        assert_eq!(whole("12345678000000000000000000"), "12345678.000");
    }
}
