//! Changes of messages as server-sent events, for pages that stay open.
//!
//! The id of an event is the number of the change, so a browser that reconnects goes on where it stopped. A stream ends
//! when the service drains; the browser then finds another replica.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue},
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    api::Api,
    dto::{EventsQuery, Message},
    extract::Asked,
    problem::Problem,
};
use crate::{
    app::{
        page,
        watch::{Changed, Messages, Wanted},
    },
    error::Error,
};

/// A comment so often keeps proxies from closing a silent stream, and tells a page that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a browser waits before it connects again.
const RECONNECT_AFTER: Duration = Duration::from_secs(2);

/// The header by which a browser says where it stopped.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Keeps nginx from holding events back until a buffer is full.
const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// Changes of messages, as they come: each event is a message as it is now, and its id the number of the change.
#[utoipa::path(
    get,
    path = "/api/v1/ccip/events",
    params(EventsQuery, ("Last-Event-ID" = Option<u64>, Header, description = "the id of the last event that was seen")),
    responses(
        (status = 200, description = "events named `message` with a Message as data", body = Message, content_type = "text/event-stream"),
        (status = 400, body = Problem),
        (status = 503, description = "too many streams are open", body = Problem),
    )
)]
pub(super) async fn events(
    State(api): State<Api>,
    Asked(query): Asked<EventsQuery>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Error> {
    let wanted = Wanted {
        message: query.message_id.as_deref().map(page::message_id).transpose()?,
        lane: query.lane.as_deref().map(page::lane).transpose()?,
    };
    let after = after(&headers, query.after.as_deref())?;
    let place = api.streams.enter()?;
    let messages = Messages::start(api.watch, wanted, after).await?;
    let hello = stream::once(async { Ok::<_, Infallible>(Event::default().retry(RECONNECT_AFTER).comment("ok")) });
    let changes = hello.chain(changes(messages, place)).take_until(api.draining.cancelled_owned());
    Ok(([UNBUFFERED], Sse::new(changes).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("alive"))))
}

/// Where to go on: what the browser says itself counts before what the page's address says, which grows old.
fn after(headers: &HeaderMap, asked: Option<&str>) -> Result<Option<u64>, Error> {
    match headers.get(LAST_EVENT_ID) {
        Some(value) => {
            let text = value.to_str().unwrap_or_default();
            page::sequence("Last-Event-ID", text).map(Some)
        }
        None => asked.map(|text| page::sequence("after", text)).transpose(),
    }
}

/// Ends when the store fails: the browser reconnects and goes on where it stopped.
fn changes(messages: Messages, place: OwnedSemaphorePermit) -> impl Stream<Item = Result<Event, Infallible>> + Send {
    stream::unfold((messages, place), |(mut messages, place)| async move {
        match messages.next().await.and_then(|changed| event(&changed)) {
            Ok(event) => Some((Ok(event), (messages, place))),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "stream of messages ended");
                None
            }
        }
    })
}

fn event(changed: &Changed) -> Result<Event, Error> {
    let event = Event::default().id(changed.sequence.to_string()).event("message");
    event.json_data(Message::from(&changed.message)).map_err(|error| Error::Unwritable(Box::new(error)))
}
