//! Messages by any combination of what they are, newest first.

use askama::Template;
use axum::{
    Extension,
    extract::{RawQuery, State},
    response::Response,
};
use causeway_primitives::Timestamp;
use causeway_proto::{
    ccip::v1::{
        GetMessageRequest, ListLanesRequest, ListTransactionMessagesRequest, Message, SearchMessagesRequest,
        SearchMessagesResponse, ccip_service_client::CcipServiceClient,
    },
    types::v1::PageRequest,
};

use super::{
    super::{
        params::{Params, Wrong},
        routes::Pages,
        show::{Page, show, written},
    },
    row::{Row, STATES},
};
use crate::{
    adapters::siblings::{Sibling, Unanswered},
    app::Person,
};

/// Messages of a page.
const SIZE: u32 = 50;
/// What can be asked for.
const NAMES: [&str; 8] = ["id", "status", "from", "to", "sender", "receiver", "lane", "page"];

#[derive(Template)]
#[template(path = "messages/search.html")]
struct Found {
    asked: Asked,
    rows: Vec<Row>,
    next: Option<String>,
    first: Option<String>,
}

/// What was asked for, as the form shows it again.
struct Asked {
    id: String,
    states: Vec<(&'static str, bool)>,
    from: String,
    to: String,
    sender: String,
    receiver: String,
    lane: String,
}

/// What is asked for, checked.
struct Question {
    /// A message or a transaction; empty: whatever the search finds.
    id: String,
    search: SearchMessagesRequest,
}

pub(in super::super) async fn search(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    RawQuery(query): RawQuery,
) -> Response {
    let parsed = Params::of(query.as_deref(), &NAMES).and_then(|params| Ok((question(&params)?, params)));
    let page = parsed.as_ref().map_err(Wrong::clone).map(|(_, params)| Page {
        title: "Messages".to_owned(),
        service: pages.siblings.monitor.name(),
        key: params.key("/messages"),
    });
    let content = async {
        // Without a question there is no page, and nobody comes here.
        let (question, params) = parsed.map_err(|wrong| Unanswered::Refused(wrong.to_string()))?;
        found(&pages.siblings.monitor, question, &params, pages.clock.now()).await
    };
    show((&pages, &person), page, content).await
}

fn question(params: &Params) -> Result<Question, Wrong> {
    let page = Some(PageRequest { size: SIZE, token: params.text("page").to_owned() });
    let search = SearchMessagesRequest {
        source_chain_id: params.number("from")?,
        destination_chain_id: params.number("to")?,
        status: params.one_of("status", &STATES)?.unwrap_or_default().into(),
        sender: params.hex("sender", Some(20))?.to_owned(),
        receiver: params.hex("receiver", None)?.to_owned(),
        lane: params.text("lane").to_owned(),
        page,
        ..SearchMessagesRequest::default()
    };
    Ok(Question { id: params.hex("id", Some(32))?.to_owned(), search })
}

async fn found(monitor: &Sibling, question: Question, params: &Params, now: Timestamp) -> Result<String, Unanswered> {
    let (messages, token) = if question.id.is_empty() {
        let call = |client, request| async move { CcipServiceClient::new(client).search_messages(request).await };
        let SearchMessagesResponse { messages, page } = monitor.ask(question.search, call).await?;
        (messages, page.unwrap_or_default().next_token)
    } else {
        (by_id(monitor, &question.id).await?, String::new())
    };
    written(&Found {
        asked: asked(params),
        rows: messages.iter().map(|message| Row::of(message, now)).collect(),
        next: (!token.is_empty()).then(|| params.page("/messages", &token)),
        first: (!params.text("page").is_empty()).then(|| params.page("/messages", "")),
    })
}

/// The message of this id, or the messages of the transaction of this hash on any chain.
async fn by_id(monitor: &Sibling, id: &str) -> Result<Vec<Message>, Unanswered> {
    let one = GetMessageRequest { message_id: id.to_owned() };
    let call = |client, request| async move { CcipServiceClient::new(client).get_message(request).await };
    match monitor.ask(one, call).await {
        Ok(answer) => return Ok(answer.message.into_iter().collect()),
        Err(Unanswered::Unknown(_)) => {}
        Err(other) => return Err(other),
    }
    let call = |client, request| async move { CcipServiceClient::new(client).list_lanes(request).await };
    let chains = monitor.ask(ListLanesRequest {}, call).await?.chains;
    let mut found = Vec::new();
    for chain_id in chains.iter().filter_map(|chain| chain.position.as_ref()).map(|position| position.chain_id) {
        let of = ListTransactionMessagesRequest { chain_id, tx_hash: id.to_owned() };
        let call =
            |client, request| async move { CcipServiceClient::new(client).list_transaction_messages(request).await };
        found.extend(monitor.ask(of, call).await?.messages);
    }
    Ok(found)
}

fn asked(params: &Params) -> Asked {
    let text = |name| params.text(name).to_owned();
    Asked {
        id: text("id"),
        states: STATES.iter().map(|(word, _)| (*word, params.text("status") == *word)).collect(),
        from: text("from"),
        to: text("to"),
        sender: text("sender"),
        receiver: text("receiver"),
        lane: text("lane"),
    }
}
