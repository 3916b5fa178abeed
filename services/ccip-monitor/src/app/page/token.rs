//! Page tokens: where to go on, in which direction, and for which question. Not secret; a token that was changed, or is
//! used with other filters than it was given for, is refused and not guessed at.

use causeway_primitives::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::{
    error::Error,
    ports::{Direction, Filter, PageKey},
};

/// Bytes of the digest that binds a token to its filters. It keeps mistakes apart, not attackers.
const BINDING_BYTES: usize = 8;

/// A place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) direction: Direction,
    pub(super) key: PageKey,
}

/// What a token is bound to: the filters, each in one spelling.
pub(super) fn binding(filter: &Filter) -> String {
    let text = |value: Option<&dyn std::fmt::Display>| value.map(ToString::to_string).unwrap_or_default();
    let parts = [
        text(filter.source_chain.as_ref().map(|id| id as _)),
        text(filter.destination_chain.as_ref().map(|id| id as _)),
        text(filter.status.as_ref().map(|status| status as _)),
        text(filter.sender.as_ref().map(|sender| sender as _)),
        text(filter.receiver.as_ref().map(|receiver| receiver as _)),
        text(filter.lane.as_ref().map(|lane| lane as _)),
        text(filter.sent_from.as_ref().map(|time| time as _)),
        text(filter.sent_before.as_ref().map(|time| time as _)),
    ];
    let digest = Sha256::digest(parts.join("\n"));
    hex::encode(digest.iter().copied().take(BINDING_BYTES).collect::<Vec<_>>())
}

pub(super) fn write(place: Place, binding: &str) -> String {
    let direction = match place.direction {
        Direction::Older => "o",
        Direction::Newer => "n",
    };
    format!("{direction}.{}.{}.{binding}", place.key.sent_at.as_millis(), place.key.key)
}

pub(super) fn read(token: &str, binding: &str) -> Result<Place, Error> {
    parse(token, binding).ok_or(Error::Invalid {
        field: "cursor",
        expected: "the cursor that a page with the same filters gave, unchanged",
    })
}

fn parse(token: &str, binding: &str) -> Option<Place> {
    let mut parts = token.split('.');
    let direction = match parts.next()? {
        "o" => Direction::Older,
        "n" => Direction::Newer,
        _ => return None,
    };
    let sent_at = Timestamp::from_millis(parts.next()?.parse().ok()?).ok()?;
    let key = parts.next()?.parse().ok()?;
    let bound = parts.next()? == binding;
    (bound && parts.next().is_none()).then_some(Place { direction, key: PageKey { sent_at, key } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::Status;

    fn place() -> Place {
        let sent_at = Timestamp::from_millis(1_675_329_600_138).unwrap();
        Place { direction: Direction::Older, key: PageKey { sent_at, key: 7 } }
    }

    #[test]
    fn ccip_8_a_token_says_where_to_go_on() {
        let bound = binding(&Filter::default());
        let token = write(place(), &bound);
        assert_eq!(read(&token, &bound).unwrap(), place());
        let newer = Place { direction: Direction::Newer, ..place() };
        assert_eq!(read(&write(newer, &bound), &bound).unwrap(), newer);
    }

    #[test]
    fn ccip_8_a_token_belongs_to_its_filters() {
        let failed = Filter { status: Some(Status::Failed), ..Filter::default() };
        let token = write(place(), &binding(&failed));
        assert!(read(&token, &binding(&Filter::default())).is_err());
        // The same text in another filter is another question.
        let lane = Filter { lane: Some("failed".to_owned()), ..Filter::default() };
        assert!(read(&token, &binding(&lane)).is_err());
    }

    #[test]
    fn ccip_8_a_token_that_we_did_not_give_is_refused() {
        let bound = binding(&Filter::default());
        let good = write(place(), &bound);
        for bad in [
            "",
            "x",
            "o",
            "o.1",
            "o.1.2",
            &format!("{good}.1"),
            &good.replacen('o', "p", 1),
            &format!("o.-1.2.{bound}"),
        ] {
            assert!(matches!(read(bad, &bound), Err(Error::Invalid { field: "cursor", .. })), "{bad}");
        }
    }
}
