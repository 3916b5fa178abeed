//! The search box: an id, a transaction, or an account.

use causeway_primitives::B256;

use crate::{
    app::page,
    error::Error,
    http::api::Api,
    ports::{Filter, MessageView},
};

/// Characters of an id or a transaction with its `0x`.
const HASH_CHARS: usize = 66;

/// Messages of each end that are shown.
const SHOWN: u32 = 25;

/// What a text finds.
pub(super) enum Found {
    /// One message by its own id.
    Message(Box<MessageView>),
    /// Messages of a transaction or an account, newest first.
    List(Vec<MessageView>),
}

/// # Errors
/// [`Error::Invalid`] for what can be none of the three.
pub(super) async fn find(api: &Api, text: &str) -> Result<Found, Error> {
    let text = text.trim();
    let expected = "a message id, a transaction or an account: 0x and hexadecimal digits";
    if !text.starts_with("0x") {
        return Err(Error::Invalid { field: "q", expected });
    }
    if text.len() == HASH_CHARS {
        return hash(api, text).await;
    }
    let account = page::account("q", text).map_err(|_| Error::Invalid { field: "q", expected })?;
    let mut found = Vec::new();
    if let Ok(sender) = page::address("q", text) {
        let filter = Filter { sender: Some(sender), ..Filter::default() };
        found = api.records.list_messages(&filter, None, SHOWN).await?;
    }
    let filter = Filter { receiver: Some(account), ..Filter::default() };
    for message in api.records.list_messages(&filter, None, SHOWN).await? {
        if found.iter().all(|other| other.key != message.key) {
            found.push(message);
        }
    }
    found.sort_by_key(|message| std::cmp::Reverse((message.sent_at, message.key)));
    Ok(Found::List(found))
}

/// Ids and transactions look alike.
async fn hash(api: &Api, text: &str) -> Result<Found, Error> {
    let id =
        page::message_id(text).map_err(|_| Error::Invalid { field: "q", expected: "0x and 64 hexadecimal digits" })?;
    if let Some(message) = api.records.find_message(id).await? {
        return Ok(Found::Message(Box::new(message)));
    }
    let tx: B256 = id.get();
    let mut found: Vec<MessageView> = Vec::new();
    for chain in api.views.list_chains() {
        for message in api.records.list_messages_of_transaction(chain.id, tx).await? {
            if found.iter().all(|other| other.key != message.key) {
                found.push(message);
            }
        }
    }
    Ok(Found::List(found))
}
