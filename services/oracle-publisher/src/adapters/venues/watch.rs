//! Judges a WebSocket session: is it alive, does each subscription stand, does each stream deliver?
//!
//! Pure: it is told what happened when, and says what is missing. It neither waits nor sends. Control
//! frames keep a connection alive but prove nothing about a stream, because some venues answer pings on
//! connections whose subscriptions they have forgotten.

use std::time::Duration;

use causeway_primitives::Monotonic;

/// What is expected of a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) acknowledge_within: Duration,
    pub(crate) silent_after: Duration,
}

/// The state of one session.
#[derive(Debug)]
pub(crate) struct Watch {
    limits: Limits,
    opened: Monotonic,
    last_message: Monotonic,
    streams: Vec<Stream>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Stream {
    is_acknowledged: bool,
    /// The last reading, or the last sign that it still stands.
    heard: Option<Monotonic>,
    /// What was found and not yet overtaken by a sign of life.
    found: Option<Finding>,
}

/// What can be wrong with one stream of a session that is otherwise alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Its subscription was refused, or not acknowledged in time.
    Unsubscribed,
    /// It was subscribed, and has not been heard for too long.
    Silent,
}

impl Watch {
    /// A session that has just been opened.
    pub(crate) fn new(limits: Limits, streams: usize, now: Monotonic) -> Self {
        Self { limits, opened: now, last_message: now, streams: vec![Stream::default(); streams] }
    }

    /// Anything came in, control frames included.
    pub(crate) const fn message(&mut self, now: Monotonic) {
        self.last_message = now;
    }

    /// The venue says that a subscription stands.
    pub(crate) fn acknowledged(&mut self, index: usize) {
        if let Some(stream) = self.streams.get_mut(index) {
            stream.is_acknowledged = true;
        }
    }

    /// The venue says that a subscription does not stand.
    pub(crate) fn refused(&mut self, index: usize) {
        if let Some(stream) = self.streams.get_mut(index) {
            stream.found = Some(Finding::Unsubscribed);
        }
    }

    /// A reading came in. It proves the subscription better than any acknowledgement.
    pub(crate) fn reading(&mut self, index: usize, now: Monotonic) {
        if let Some(stream) = self.streams.get_mut(index) {
            *stream = Stream { is_acknowledged: true, heard: Some(now), found: None };
        }
    }

    /// The venue says that nothing changed. Only believed where there is a reading that can still stand.
    pub(crate) fn alive(&mut self, index: usize, now: Monotonic) -> bool {
        let Some(stream) = self.streams.get_mut(index).filter(|stream| stream.heard.is_some()) else { return false };
        *stream = Stream { heard: Some(now), found: None, ..*stream };
        true
    }

    /// Whether some stream delivered in this session.
    pub(crate) fn is_proven(&self) -> bool {
        self.streams.iter().any(|stream| stream.heard.is_some())
    }

    /// Nothing at all came in for too long.
    pub(crate) fn is_dead(&self, now: Monotonic) -> bool {
        now.since(self.last_message) >= self.limits.silent_after
    }

    /// No subscription stands: another attempt may do better.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.streams.iter().all(|stream| stream.found == Some(Finding::Unsubscribed))
    }

    /// What has come to light since it was last asked: each finding is told once.
    pub(crate) fn findings(&mut self, now: Monotonic) -> Vec<(usize, Finding)> {
        let (limits, opened) = (self.limits, self.opened);
        let mut findings = Vec::new();
        for (index, stream) in self.streams.iter_mut().enumerate().filter(|(_, stream)| stream.found.is_none()) {
            let is_overdue = !stream.is_acknowledged && now.since(opened) >= limits.acknowledge_within;
            let is_silent = now.since(stream.heard.unwrap_or(opened)) >= limits.silent_after;
            stream.found = match (is_overdue, is_silent) {
                (true, _) => Some(Finding::Unsubscribed),
                (false, true) => Some(Finding::Silent),
                (false, false) => None,
            };
            findings.extend(stream.found.map(|finding| (index, finding)));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { acknowledge_within: Duration::from_secs(2), silent_after: Duration::from_secs(10) };

    fn at(seconds: u64) -> Monotonic {
        Monotonic::new(Duration::from_secs(seconds))
    }

    #[test]
    fn ora_7_a_subscription_that_nobody_acknowledged_is_found_once() {
        let mut watch = Watch::new(LIMITS, 2, at(0));
        watch.acknowledged(0);
        assert_eq!(watch.findings(at(1)), []);
        assert_eq!(watch.findings(at(2)), [(1, Finding::Unsubscribed)]);
        assert_eq!(watch.findings(at(3)), []);
        assert!(!watch.is_hopeless());
        watch.refused(0);
        assert!(watch.is_hopeless());
    }

    #[test]
    fn ora_7_an_acknowledged_stream_that_never_speaks_is_silent_however_many_pings_come() {
        let mut watch = Watch::new(LIMITS, 1, at(0));
        watch.acknowledged(0);
        for second in 1..=10 {
            watch.message(at(second));
            assert!(!watch.alive(0, at(second)), "there is no price that could still stand");
        }
        assert_eq!(watch.findings(at(10)), [(0, Finding::Silent)]);
        assert!(!watch.is_dead(at(10)));
        assert!(!watch.is_proven());
    }

    #[test]
    fn a_sign_of_life_ends_a_finding_and_the_next_silence_is_found_again() {
        let mut watch = Watch::new(LIMITS, 1, at(0));
        watch.reading(0, at(1));
        assert_eq!(watch.findings(at(11)), [(0, Finding::Silent)]);
        assert!(watch.alive(0, at(12)));
        assert_eq!(watch.findings(at(21)), []);
        assert_eq!(watch.findings(at(22)), [(0, Finding::Silent)]);
    }

    #[test]
    fn a_connection_without_any_message_is_dead() {
        let mut watch = Watch::new(LIMITS, 1, at(0));
        assert!(!watch.is_dead(at(9)));
        watch.message(at(9));
        assert!(!watch.is_dead(at(18)));
        assert!(watch.is_dead(at(19)));
    }

    #[test]
    fn a_reading_stands_in_for_an_acknowledgement() {
        let mut watch = Watch::new(LIMITS, 1, at(0));
        watch.reading(0, at(1));
        assert_eq!(watch.findings(at(3)), []);
        assert!(watch.is_proven());
    }
}
