//! A message in a list, and its state in colour, shape and word.

use std::time::Duration;

use causeway_primitives::Timestamp;
use causeway_proto::ccip::v1::{Message, MessageSide, MessageStatus};

use super::super::{
    marks::{Code, When, exactly},
    page::Mark,
};
use crate::adapters::wire::{moment, name};

/// The states that can be asked for.
pub(super) const STATES: [(&str, MessageStatus); 6] = [
    ("sent", MessageStatus::Sent),
    ("delivered", MessageStatus::Delivered),
    ("executing", MessageStatus::Executing),
    ("executed", MessageStatus::Executed),
    ("failed", MessageStatus::Failed),
    ("expired", MessageStatus::Expired),
];

/// A message.
pub(super) struct Row {
    pub(super) id: Code,
    pub(super) mark: Mark,
    pub(super) lane: String,
    pub(super) way: String,
    pub(super) sender: Code,
    pub(super) receiver: Code,
    pub(super) sent: When,
    pub(super) took: String,
    pub(super) orphaned: bool,
}

impl Row {
    pub(super) fn of(wire: &Message, now: Timestamp) -> Self {
        Self {
            id: Code::of(&wire.message_id),
            mark: mark(wire.status()),
            lane: name(&wire.lane),
            way: format!("{} → {}", chain(wire.source.as_ref()), chain(wire.destination.as_ref())),
            sender: Code::of(&wire.sender),
            receiver: Code::of(&wire.receiver),
            sent: When::of(moment(wire.sent_at.as_ref()), now, "not known"),
            took: took(wire).map(exactly).unwrap_or_default(),
            orphaned: wire.orphaned,
        }
    }
}

/// A state that this console does not know is unknown, and never done.
pub(super) const fn mark(status: MessageStatus) -> Mark {
    match status {
        MessageStatus::Unspecified => Mark::unknown("unknown"),
        MessageStatus::Sent => Mark::waits("sent"),
        MessageStatus::Delivered => Mark::waits("delivered"),
        MessageStatus::Executing => Mark::waits("executing"),
        MessageStatus::Executed => Mark::ok("executed"),
        MessageStatus::Failed => Mark::wrong("failed"),
        MessageStatus::Expired => Mark::less("expired"),
    }
}

/// From send to execution, each by its chain's clock; `None` while it is on its way.
pub(super) fn took(wire: &Message) -> Option<Duration> {
    let (sent, executed) = (moment(wire.sent_at.as_ref())?, moment(wire.executed_at.as_ref())?);
    (wire.status() == MessageStatus::Executed).then(|| executed.since(sent))
}

/// A chain by its id, or by its selector where that is all that is known.
pub(super) fn chain(side: Option<&MessageSide>) -> String {
    match side {
        None => "?".to_owned(),
        Some(MessageSide { chain_id: 0, selector, .. }) => format!("selector {}", name(selector)),
        Some(side) => side.chain_id.to_string(),
    }
}
