//! Which streams the socket delivers right now: what the poller looks at before it spends a request.
//!
//! One writer (the socket's task), many readers (the poller's requests). Where an exchange has no socket,
//! nothing is ever present and the poller always polls.

use std::{sync::Mutex, time::Duration};

use causeway_primitives::Monotonic;
use tokio::sync::watch;

use super::line::lock;

/// When each stream was last heard over the socket.
#[derive(Debug)]
pub(crate) struct Presence {
    silent_after: Duration,
    heard: Mutex<Vec<Option<Monotonic>>>,
    losses: watch::Sender<u64>,
}

impl Presence {
    /// Nobody has been heard yet. A stream counts as present for `silent_after` from its last sign.
    pub(crate) fn new(streams: usize, silent_after: Duration) -> Self {
        Self { silent_after, heard: Mutex::new(vec![None; streams]), losses: watch::Sender::new(0) }
    }

    /// A sign of a stream.
    pub(crate) fn heard(&self, index: usize, now: Monotonic) {
        if let Some(heard) = lock(&self.heard).get_mut(index) {
            *heard = Some(now);
        }
    }

    /// The connection is gone, and every stream with it. Wakes whoever waits for that.
    pub(crate) fn lost(&self) {
        lock(&self.heard).fill(None);
        self.losses.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Whether the socket delivers all of these streams.
    pub(crate) fn covers(&self, indices: &[usize], now: Monotonic) -> bool {
        let heard = lock(&self.heard);
        let is_present = |index: &usize| {
            let last = heard.get(*index).copied().flatten();
            last.is_some_and(|last| now.since(last) < self.silent_after)
        };
        indices.iter().all(is_present)
    }

    /// Changes each time the connection is lost.
    pub(crate) fn losses(&self) -> watch::Receiver<u64> {
        self.losses.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Monotonic {
        Monotonic::new(Duration::from_secs(seconds))
    }

    #[test]
    fn ora_7_a_stream_is_present_from_its_first_sign_until_it_falls_silent_or_the_connection_is_lost() {
        let presence = Presence::new(2, Duration::from_secs(5));
        assert!(!presence.covers(&[0], at(0)));
        presence.heard(0, at(1));
        assert!(presence.covers(&[0], at(5)));
        assert!(!presence.covers(&[0, 1], at(5)), "the other one was never heard");
        assert!(!presence.covers(&[0], at(6)), "silent");
        presence.heard(0, at(6));
        let losses = presence.losses();
        presence.lost();
        assert!(!presence.covers(&[0], at(6)));
        assert!(losses.has_changed().expect("the sender lives"));
    }
}
