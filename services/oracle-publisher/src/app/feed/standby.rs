//! What a replica that does not publish a feed knows of it: what is stored, for the replica that speaks for the service and
//! for whoever reads. They need not be the one that publishes.

use super::FeedTask;
use crate::{
    app::{control::Landing, publisher::STUCK_FROM_ATTEMPT},
    ports::FeedState,
};

impl FeedTask {
    /// How the feed's transactions do, and its latest decision: the one that publishes has both at first hand.
    pub(super) fn tell_as_standby(&mut self, state: &FeedState) {
        let feed = self.setup.feed.id().as_str();
        self.deps.alerts.transaction_stuck(feed, state.pending.is_some() && state.attempts >= STUCK_FROM_ATTEMPT);
        match state.last {
            Some(Landing::Lost) => self.deps.alerts.transaction_failed(feed, Some("its latest round says why")),
            Some(Landing::Landed) => self.deps.alerts.transaction_failed(feed, None),
            None => {}
        }
        self.decision.clone_from(&state.decision);
    }

    /// The states of its sources, before they take effect here.
    pub(super) fn say_sources(&self, state: &FeedState) {
        for (source, record) in &state.sources {
            let (now, cause) = (record.status().as_str(), record.cause.map(|cause| cause.as_str()).unwrap_or_default());
            self.deps.alerts.source(source.as_str(), now, cause);
            if let Some(before) = self.crew.record(source) {
                self.deps.source_metrics.state(source, before.status().as_str(), now);
            }
        }
    }
}
