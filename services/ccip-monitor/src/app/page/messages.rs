//! Messages: one, those of a transaction, and pages of them.

use causeway_primitives::{B256, ChainId, MessageId};

use super::{
    ask,
    token::{self, Place},
};
use crate::{
    app::diagnose::{Diagnosed, Diagnoser},
    error::Error,
    ports::{AttemptView, Direction, Filter, HistoryStep, MessageView, PageKey, Records},
};

/// A page of messages, newest first.
#[derive(Debug)]
pub struct MessagePage {
    /// The messages.
    pub rows: Vec<MessageView>,
    /// Token of the older page; `None` when this is the last.
    pub next: Option<String>,
    /// Token of the newer page; `None` on the first.
    pub previous: Option<String>,
}

/// A message with its whole way.
#[derive(Debug)]
pub struct Detail {
    /// The message.
    pub message: MessageView,
    /// Its way, oldest step first.
    pub history: Vec<HistoryStep>,
    /// Its executions, oldest first.
    pub attempts: Vec<AttemptView>,
}

/// A message with its whole way.
///
/// # Errors
/// [`Error::MessageUnknown`].
pub async fn detail(records: &dyn Records, id: MessageId) -> Result<Detail, Error> {
    let message = records.find_message(id).await?.ok_or(Error::MessageUnknown { id })?;
    let history = records.list_history(message.key).await?;
    let attempts = records.list_attempts(message.key).await?;
    Ok(Detail { message, history, attempts })
}

/// Why a message is where it is.
///
/// # Errors
/// [`Error::MessageUnknown`]; [`Error::TooSlow`].
pub async fn diagnosis(diagnoser: &Diagnoser, id: MessageId) -> Result<Diagnosed, Error> {
    diagnoser.diagnose(id).await?.ok_or(Error::MessageUnknown { id })
}

/// The messages of a transaction of either side, in the order of their logs. None is a valid answer: whether the
/// transaction exists is nothing that the monitor knows.
///
/// # Errors
/// [`Error::Store`].
pub async fn of_transaction(records: &dyn Records, chain: ChainId, tx: B256) -> Result<Vec<MessageView>, Error> {
    Ok(records.list_messages_of_transaction(chain, tx).await?)
}

/// A page of messages. `asked` is the number of items (0: the default), `cursor` a token of another page, or empty.
///
/// # Errors
/// [`Error::Invalid`] for more than 500 items, a token that belongs to other filters, or times in the wrong order.
pub async fn messages(records: &dyn Records, filter: &Filter, asked: u32, cursor: &str) -> Result<MessagePage, Error> {
    let size = ask::size("limit", asked)?;
    if filter.sent_from.zip(filter.sent_before).is_some_and(|(from, before)| before <= from) {
        return Err(Error::Invalid { field: "sent_before", expected: "after sent_from" });
    }
    let binding = token::binding(filter);
    let place = if cursor.is_empty() { None } else { Some(token::read(cursor, &binding)?) };
    // One more than asked for tells whether the list goes on.
    let from = place.map(|place| (place.key, place.direction));
    let mut rows = records.list_messages(filter, from, size.saturating_add(1)).await?;
    let wanted = usize::try_from(size).unwrap_or(usize::MAX);
    let goes_on = rows.len() > wanted;
    rows.truncate(wanted);
    let (older, newer) = match place.map(|place| place.direction) {
        None => (goes_on, false),
        Some(Direction::Older) => (goes_on, true),
        Some(Direction::Newer) => {
            rows.reverse();
            (true, goes_on)
        }
    };
    let token = |row: Option<&MessageView>, direction, wanted: bool| {
        let row = row.filter(|_| wanted)?;
        let key = PageKey { sent_at: row.sent_at, key: row.key };
        Some(token::write(Place { direction, key }, &binding))
    };
    let next = token(rows.last(), Direction::Older, older);
    let previous = token(rows.first(), Direction::Newer, newer);
    Ok(MessagePage { rows, next, previous })
}
