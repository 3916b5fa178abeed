//! A message's way as a ladder: sent → delivered → executing → executed, failed or expired.
//!
//! Each rung says by a shape and a word, and only then by a colour, what became of it.

use causeway_primitives::Timestamp;

use crate::{domain::message::Status, ports::MessageView};

/// A rung.
pub(super) struct Rung {
    /// What it is called.
    pub(super) word: &'static str,
    /// What became of it.
    pub(super) mark: Mark,
    /// When, if that is known.
    pub(super) at: Option<Timestamp>,
}

/// What became of a rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Passed.
    Done,
    /// The message is here.
    Here,
    /// The message is here, and something is wrong.
    Trouble,
    /// Not reached.
    Ahead,
    /// The dialect's events do not show it.
    Unseen,
}

impl Mark {
    /// The name of its style.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Here => "here",
            Self::Trouble => "trouble",
            Self::Ahead => "ahead",
            Self::Unseen => "unseen",
        }
    }

    pub(super) const fn shape(self) -> &'static str {
        match self {
            Self::Done => "✔",
            Self::Here => "●",
            Self::Trouble => "✖",
            Self::Ahead => "○",
            Self::Unseen => "–",
        }
    }

    /// For those who see neither shape nor colour.
    pub(super) const fn spoken(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Here => "here now",
            Self::Trouble => "here, and in trouble",
            Self::Ahead => "not yet",
            Self::Unseen => "not shown by this dialect",
        }
    }
}

/// The four rungs of a message.
pub(super) fn ladder(message: &MessageView) -> [Rung; 4] {
    let status = message.status;
    let shows_arrival = message.lane.dialect.capabilities().commits;
    let delivered = match status {
        _ if message.delivered_at.is_some() && status != Status::Delivered => Mark::Done,
        Status::Delivered => Mark::Here,
        Status::Executed | Status::Failed | Status::Executing if shows_arrival => Mark::Done,
        Status::Sent | Status::Expired if shows_arrival => Mark::Ahead,
        Status::Sent | Status::Expired | Status::Executed | Status::Failed | Status::Executing => Mark::Unseen,
    };
    let executing = match status {
        Status::Executing => Mark::Here,
        Status::Executed | Status::Failed => Mark::Done,
        Status::Sent | Status::Delivered | Status::Expired => Mark::Ahead,
    };
    let (word, end) = match status {
        Status::Executed => ("executed", Mark::Done),
        Status::Failed => ("failed", Mark::Trouble),
        Status::Expired => ("expired", Mark::Trouble),
        Status::Sent | Status::Delivered | Status::Executing => ("executed", Mark::Ahead),
    };
    let sent = if status == Status::Sent { Mark::Here } else { Mark::Done };
    let ended_at = message.executed_at.or(message.destination.time.filter(|_| status == Status::Failed));
    [
        Rung { word: "sent", mark: sent, at: Some(message.sent_at) },
        Rung { word: "delivered", mark: delivered, at: message.delivered_at },
        Rung { word: "executing", mark: executing, at: None },
        Rung { word, mark: end, at: ended_at },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::lane::{Dialect, LaneKey},
        ports::samples::{lane_key, message, pending},
    };

    fn marks(message: &MessageView) -> Vec<(&'static str, Mark)> {
        ladder(message).into_iter().map(|rung| (rung.word, rung.mark)).collect()
    }

    #[test]
    fn ccip_4_the_ladder_shows_where_a_message_is() {
        use Mark::{Ahead, Done, Here, Trouble, Unseen};
        let of = |status| MessageView { status, ..pending(1) };
        let private = LaneKey { dialect: Dialect::Private("operators".into()), ..lane_key() };
        let table = [
            (message(1), ["sent", "delivered", "executing", "executed"], [Done, Done, Done, Done]),
            (of(Status::Sent), ["sent", "delivered", "executing", "executed"], [Here, Ahead, Ahead, Ahead]),
            (of(Status::Delivered), ["sent", "delivered", "executing", "executed"], [Done, Here, Ahead, Ahead]),
            (of(Status::Executing), ["sent", "delivered", "executing", "executed"], [Done, Done, Here, Ahead]),
            (of(Status::Failed), ["sent", "delivered", "executing", "failed"], [Done, Done, Done, Trouble]),
            (of(Status::Expired), ["sent", "delivered", "executing", "expired"], [Done, Ahead, Ahead, Trouble]),
            (
                MessageView { lane: private, delivered_at: None, ..message(1) },
                ["sent", "delivered", "executing", "executed"],
                [Done, Unseen, Done, Done],
            ),
        ];
        for (message, words, expected) in table {
            let wanted: Vec<_> = words.into_iter().zip(expected).collect();
            assert_eq!(marks(&message), wanted, "{}", message.status);
        }
    }
}
