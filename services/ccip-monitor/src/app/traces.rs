//! What was seen of messages, each in the message's own trace (OPS-8): its send, its arrival and its executions, by whichever
//! replica saw them. A back-fill tells none: there are millions of them, and nobody waits.

use causeway_primitives::{ChainName, MessageId};
use causeway_telemetry::propagation::{continue_stored, current_traceparent, link_to, traceparent_of};
use tracing::{Span, info_span};

use crate::{
    domain::event::{LaneEvent, Located, Outcome},
    ports::{Batch, Executed, Ingested, Pace},
};

/// Tells of a batch that is stored.
pub(super) fn batch(chain: &ChainName, batch: &Batch, ingested: &Ingested) {
    if batch.pace == Pace::Live {
        tell(chain, &batch.events, ingested);
    }
}

/// Tells of events that are stored. To be called within the span of their work, if there is one, to which each is linked.
pub(super) fn tell(chain: &ChainName, events: &[Located], ingested: &Ingested) {
    let work = current_traceparent();
    let tell = |span: Span, id: MessageId| {
        let span = continue_stored(span, Some(&traceparent_of(id)));
        if let Some(work) = &work {
            link_to(&span, work);
        }
        drop(span.entered());
    };
    for located in events {
        let (block, tx) = (located.place.block, format!("{:#x}", located.place.tx));
        match &located.event {
            LaneEvent::Sent(sent) => {
                tell(info_span!("message sent", message_id = %sent.id, lane = %sent.lane, %chain, block, tx), sent.id);
            }
            LaneEvent::Delivered { lane, id } => {
                tell(info_span!("message delivered", message_id = %id, %lane, %chain, block, tx), *id);
            }
            LaneEvent::Committed(_)
            | LaneEvent::RootRemoved { .. }
            | LaneEvent::Attempted(_)
            | LaneEvent::Skipped(_)
            | LaneEvent::Changed(_) => {}
        }
    }
    // Known when both sides were read, so it may be the source's batch that tells it.
    for Executed { lane, id, outcome, .. } in &ingested.executed {
        let outcome = if *outcome == Outcome::Succeeded { "succeeded" } else { "failed" };
        tell(info_span!("message executed", message_id = %id, %lane, outcome), *id);
    }
}
