//! Questions of readers, checked and answered: pages of rounds, explanations, operators' orders.
//!
//! Shared by REST and gRPC, so that both refuse the same things for the same reason.

use causeway_primitives::{FeedId, Timestamp};

use super::{control::Order, record};
use crate::{
    error::Error,
    ports::{DecisionQuery, DecisionRow, Records, RoundCursor, RoundRow},
};

/// Items of a page when the caller names no size.
const DEFAULT_SIZE: u32 = 50;
/// The largest page: a few hundred kilobytes of JSON.
const MAX_SIZE: u32 = 500;
/// Characters of an operator's reason: it goes into the audit and into chat messages.
const MAX_REASON: usize = 500;

/// What a door calls the fields of a page: an error names what its caller has written.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    /// The number of items.
    pub size: &'static str,
    /// Where to go on.
    pub token: &'static str,
}

/// One page of rounds.
#[derive(Debug)]
pub struct Page {
    /// Newest first.
    pub rows: Vec<RoundRow>,
    /// Token of the next page; empty when this is the last.
    pub next: String,
}

/// A decision with its words and its transaction.
#[derive(Debug)]
pub struct Explained {
    /// As stored.
    pub row: DecisionRow,
    /// Computed again, in words and data.
    pub decision: record::Explained,
    /// The transaction, when one was sent.
    pub round: Option<RoundRow>,
}

/// One page of rounds, newest first.
///
/// # Errors
/// [`Error::Invalid`] for a size above 500 or a token that we did not give.
pub async fn rounds(
    records: &dyn Records,
    feed: Option<&FeedId>,
    size: u32,
    token: &str,
    fields: Fields,
) -> Result<Page, Error> {
    let size = match size {
        0 => DEFAULT_SIZE,
        1..=MAX_SIZE => size,
        _ => return Err(Error::Invalid { field: fields.size, expected: "0 to 500" }),
    };
    let after = if token.is_empty() { None } else { Some(cursor(token, fields)?) };
    // One more than asked for tells whether there is a next page.
    let mut rows = records.list_rounds(feed, after.as_ref(), size.saturating_add(1)).await?;
    let wanted = usize::try_from(size).unwrap_or(usize::MAX);
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    let next = rows.last().filter(|_| more).map(token_of).unwrap_or_default();
    Ok(Page { rows, next })
}

fn token_of(row: &RoundRow) -> String {
    format!("{}~{}", row.decided_at.as_millis(), row.intent_key)
}

fn cursor(token: &str, fields: Fields) -> Result<RoundCursor, Error> {
    let bad = || Error::Invalid { field: fields.token, expected: "the token that the page before ends with" };
    let (millis, key) = token.split_once('~').ok_or_else(bad)?;
    let decided_at = millis.parse().ok().and_then(|millis| Timestamp::from_millis(millis).ok()).ok_or_else(bad)?;
    Ok(RoundCursor { decided_at, intent_key: key.to_owned() })
}

/// Why an answer was published, or why none was.
///
/// # Errors
/// [`Error::RoundUnknown`]; [`Error::Record`] when the stored record cannot be read.
pub async fn explain(records: &dyn Records, feed: &FeedId, query: &DecisionQuery) -> Result<Explained, Error> {
    let unknown = || Error::RoundUnknown { feed: feed.clone() };
    let row = records.find_decision(feed, query).await?.ok_or_else(unknown)?;
    let decision = record::explain(&row.record, &record::Policy::read(&row.policy)?)?;
    let round = records.find_round_of(row.decision_id).await?;
    Ok(Explained { row, decision, round })
}

/// An operator's order, with a reason that is fit for the audit.
///
/// # Errors
/// [`Error::Invalid`] without a reason, or with one of more than 500 characters.
pub fn order(actor: String, reason: &str) -> Result<Order, Error> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON || reason.chars().any(char::is_control) {
        return Err(Error::Invalid { field: "reason", expected: "1 to 500 characters that say why" });
    }
    Ok(Order { actor, reason: reason.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: Fields = Fields { size: "page_size", token: "page_token" };

    #[test]
    fn a_token_that_we_did_not_give_is_refused() {
        for token in ["x", "~", "abc~key", "99999999999999999999~key", "-1~key"] {
            assert!(matches!(cursor(token, FIELDS), Err(Error::Invalid { field: "page_token", .. })), "{token}");
        }
        let cursor = cursor("1675329600138~eur-usd:7", FIELDS).unwrap();
        assert_eq!((cursor.decided_at.as_millis(), cursor.intent_key.as_str()), (1_675_329_600_138, "eur-usd:7"));
    }

    #[test]
    fn an_order_needs_a_reason() {
        for reason in ["", "   ", "a\u{7}b", &"x".repeat(501)] {
            assert!(matches!(order("ops".into(), reason), Err(Error::Invalid { field: "reason", .. })));
        }
        assert_eq!(order("ops".into(), " venue halted trading ").unwrap().reason, "venue halted trading");
    }
}
