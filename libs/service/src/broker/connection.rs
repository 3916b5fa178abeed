//! NATS: a connection, a stream, and one event as a message.

use std::time::Duration;

use async_nats::{
    ConnectOptions, HeaderMap, header,
    jetstream::{
        self, Context,
        context::PublishAckFuture,
        stream::{Config, DiscardPolicy},
    },
};
use prost::Message as _;

use super::{Broker, Error};
use crate::ops::{EventRow, on_the_wire};

/// A broker that does not answer within this is away.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// A stream that we make keeps events for a week: who reads less often has the services' own lists.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);

/// And recognises an event that is offered again after so long; what is lost on the way is offered again after seconds.
const RECOGNISED: Duration = Duration::from_secs(3_600);

/// Details beyond this are left out: the broker takes a megabyte at most, and the service has them.
const LONGEST_DETAIL: usize = 512 * 1024;

/// A connection with its stream.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    context: Context,
    service: &'static str,
}

impl Connection {
    pub(super) async fn open(broker: &Broker, service: &'static str) -> Result<Self, Error> {
        let options = ConnectOptions::new()
            .name(service)
            .connection_timeout(ANSWER_WITHIN)
            .request_timeout(Some(ANSWER_WITHIN))
            // Whoever fails connects anew, and begins where it was acknowledged.
            .max_reconnects(1);
        let options = match &broker.credentials {
            Some(path) => {
                let unreadable = |source| Error::Credentials { path: path.clone(), source };
                let text = tokio::fs::read_to_string(path).await.map_err(unreadable)?;
                options.credentials(&text).map_err(unreadable)?
            }
            None => options,
        };
        let mut context = jetstream::new(options.connect(&broker.url).await?);
        context.set_timeout(ANSWER_WITHIN);
        let stream = Config {
            name: broker.stream.clone(),
            subjects: vec!["causeway.>".to_owned()],
            max_age: KEPT,
            duplicate_window: RECOGNISED,
            discard: DiscardPolicy::Old,
            ..Config::default()
        };
        context.get_or_create_stream(stream).await?;
        Ok(Self { context, service })
    }

    /// Sends an event; its acknowledgement is another thing.
    pub(super) async fn publish(&self, row: &EventRow) -> Result<PublishAckFuture, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(header::NATS_MESSAGE_ID, name(self.service, row));
        if let Some(traceparent) = traceparent(row) {
            headers.insert("traceparent", traceparent);
        }
        let mut event = on_the_wire(row.clone());
        if event.detail_json.len() > LONGEST_DETAIL {
            event.detail_json.clear();
        }
        let body = event.encode_to_vec().into();
        Ok(self.context.publish_with_headers(subject(self.service, row), headers, body).await?)
    }
}

/// The same for each attempt: what the stream recognises an event by.
fn name(service: &str, row: &EventRow) -> String {
    format!("{service}-{}", row.sequence)
}

/// `causeway.oracle-publisher.round_confirmed`: one level for the service, one for the kind.
fn subject(service: &str, row: &EventRow) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
    let kind: String = row.kind.chars().map(plain).collect();
    format!("causeway.{service}.{}", if kind.is_empty() { "event" } else { &kind })
}

/// W3C trace context: the event's trace, and as its parent the event itself by its number.
fn traceparent(row: &EventRow) -> Option<String> {
    let is_id = |id: &&String| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = row.trace_id.as_ref().filter(is_id)?;
    Some(format!("00-{}-{:016x}-01", id.to_lowercase(), row.sequence.max(1)))
}

#[cfg(test)]
mod tests {
    use causeway_primitives::Timestamp;

    use super::*;

    fn row(kind: &str, trace_id: Option<&str>) -> EventRow {
        EventRow {
            sequence: 26,
            at: Timestamp::EPOCH,
            kind: kind.to_owned(),
            subject: String::new(),
            summary: String::new(),
            detail_json: String::new(),
            trace_id: trace_id.map(str::to_owned),
        }
    }

    #[test]
    fn a_kind_makes_one_level_of_a_subject_whatever_is_in_it() {
        assert_eq!(subject("ccip-monitor", &row("reorganised", None)), "causeway.ccip-monitor.reorganised");
        assert_eq!(subject("ops-console", &row("a.b >*\u{e9}", None)), "causeway.ops-console.a_b____");
        assert_eq!(subject("ops-console", &row("", None)), "causeway.ops-console.event");
    }

    #[test]
    fn ops_8_an_event_carries_its_trace_and_nothing_that_is_none() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        let expected = format!("00-{id}-000000000000001a-01");
        assert_eq!(traceparent(&row("x", Some(id))), Some(expected));
        assert_eq!(traceparent(&row("x", Some("0af7\r\nevil: header"))), None);
        assert_eq!(traceparent(&row("x", None)), None);
    }
}
