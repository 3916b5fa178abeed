//! What the tasks of one venue share: its streams, where their signals go, and what was last said of each.
//!
//! Every tick gets its two times of receipt here. A fault is signalled each time and logged once: when a
//! stream's condition over a transport changes, and again when it is over.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use causeway_primitives::{Monotonic, SourceId, Timestamp, VenueId};
use causeway_runtime::clock::Clock;

use super::dialects::{Quote, Reading, Rejected, Scope};
use crate::ports::{Fault, QuotaReading, Signal, SignalSink, Tick};

/// The transport that something was heard or missed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Via {
    Rest,
    Socket,
    Chain,
}

impl Via {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Socket => "socket",
            Self::Chain => "chain",
        }
    }
}

/// A fault with what to say about it and the pause that the venue asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) fault: Fault,
    pub(crate) detail: String,
    pub(crate) retry_after: Option<Duration>,
}

impl Trouble {
    /// `detail` is free of secrets and at most 200 characters long: ours, or an excerpt.
    pub(crate) fn new(fault: Fault, detail: impl fmt::Display) -> Self {
        Self { fault, detail: detail.to_string(), retry_after: None }
    }

    pub(crate) fn rejected(rejected: &Rejected) -> Self {
        match rejected {
            Rejected::Price(cause) => Self::new(Fault::BadPrice, format_args!("{rejected}: {cause}")),
            Rejected::Time(cause) => Self::new(Fault::Payload, format_args!("{rejected}: {cause}")),
            Rejected::Missing => Self::new(Fault::Payload, rejected),
        }
    }
}

/// One venue's streams by index, and everything that is said about them.
#[derive(Debug)]
pub(crate) struct Line {
    venue: VenueId,
    /// By stream: usually one source, several where feeds share a market.
    sources: Vec<Vec<SourceId>>,
    by_symbol: HashMap<String, usize>,
    clock: Arc<dyn Clock>,
    sink: Arc<dyn SignalSink>,
    conditions: Mutex<HashMap<(Via, usize), Fault>>,
}

impl Line {
    /// The streams of a venue: each with its symbol, which is unique among them, and its sources.
    pub(crate) fn new(
        venue: VenueId,
        streams: impl IntoIterator<Item = (String, Vec<SourceId>)>,
        clock: Arc<dyn Clock>,
        sink: Arc<dyn SignalSink>,
    ) -> Self {
        let (symbols, sources): (Vec<_>, Vec<_>) = streams.into_iter().unzip();
        let by_symbol = symbols.into_iter().enumerate().map(|(index, symbol)| (symbol, index)).collect();
        Self { venue, sources, by_symbol, clock, sink, conditions: Mutex::default() }
    }

    pub(crate) const fn len(&self) -> usize {
        self.sources.len()
    }

    fn sources_of(&self, indices: &[usize]) -> Vec<&SourceId> {
        indices.iter().filter_map(|index| self.sources.get(*index)).flatten().collect()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn monotonic(&self) -> Monotonic {
        self.clock.monotonic()
    }

    /// The indices that a scope stands for; symbols that nobody asked for have none.
    pub(crate) fn indices(&self, scope: &Scope) -> Vec<usize> {
        match scope {
            Scope::All => (0..self.len()).collect(),
            Scope::Symbols(symbols) => symbols.iter().filter_map(|symbol| self.index(symbol)).collect(),
        }
    }

    pub(crate) fn index(&self, symbol: &str) -> Option<usize> {
        self.by_symbol.get(symbol).copied()
    }

    /// Passes a reading on, as a tick or as a fault; `false` when it was no good.
    pub(crate) fn reading(&self, via: Via, index: usize, reading: &Reading) -> bool {
        match &reading.outcome {
            Ok(quote) => {
                self.quote(via, index, *quote);
                true
            }
            Err(rejected) => {
                self.trouble(via, &[index], &Trouble::rejected(rejected));
                false
            }
        }
    }

    /// Passes a price on.
    pub(crate) fn quote(&self, via: Via, index: usize, quote: Quote) {
        if lock(&self.conditions).remove(&(via, index)).is_some() {
            let sources = self.sources_of(&[index]);
            tracing::info!(venue = %self.venue, ?sources, via = via.as_str(), "source recovered");
        }
        let (received_at, received) = (self.clock.now(), self.clock.monotonic());
        for source in self.sources_of(&[index]) {
            let source = source.clone();
            let Quote { price, venue_time } = quote;
            self.sink.put(Signal::Tick(Tick { source, price, venue_time, received_at, received }));
        }
    }

    /// Passes on that a stream's last price still stands.
    pub(crate) fn alive(&self, index: usize) {
        let received = self.clock.monotonic();
        for source in self.sources_of(&[index]) {
            self.sink.put(Signal::Alive { source: source.clone(), received });
        }
    }

    /// Passes the same fault of several streams on, and logs it if it is news for at least one of them.
    pub(crate) fn trouble(&self, via: Via, indices: &[usize], trouble: &Trouble) {
        let mut conditions = lock(&self.conditions);
        let is_new = |index: &&usize| conditions.insert((via, **index), trouble.fault) != Some(trouble.fault);
        let news: Vec<usize> = indices.iter().filter(is_new).copied().collect();
        drop(conditions);
        if !news.is_empty() {
            tracing::warn!(
                venue = %self.venue,
                sources = ?self.sources_of(&news),
                via = via.as_str(),
                fault = trouble.fault.as_str(),
                detail = trouble.detail,
                "source faulted"
            );
        }
        for source in self.sources_of(indices) {
            self.sink.put(Signal::Fault {
                source: source.clone(),
                fault: trouble.fault,
                detail: trouble.detail.clone(),
                retry_after: trouble.retry_after,
            });
        }
    }

    /// Passes a reading of the budget on, for each stream that lives from it.
    pub(crate) fn quota(&self, indices: &[usize], reading: QuotaReading) {
        for source in self.sources_of(indices) {
            self.sink.put(Signal::Quota { source: source.clone(), reading });
        }
    }
}

/// No value behind these locks can be half changed, so a poisoned one is as good as any.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use causeway_runtime::clock::ManualClock;
    use tracing::{Event, Metadata, Subscriber, span};

    use super::*;

    #[derive(Debug, Default)]
    struct Signals(AtomicUsize);

    impl SignalSink for Signals {
        fn put(&self, _signal: Signal) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts log lines.
    #[derive(Debug, Clone, Default)]
    struct Lines(Arc<AtomicUsize>);

    impl Subscriber for Lines {
        fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _span: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }

        fn record(&self, _span: &span::Id, _values: &span::Record<'_>) {}

        fn record_follows_from(&self, _span: &span::Id, _follows: &span::Id) {}

        fn event(&self, _event: &Event<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn enter(&self, _span: &span::Id) {}

        fn exit(&self, _span: &span::Id) {}
    }

    #[test]
    fn ora_6_every_fault_is_signalled_and_only_a_change_is_logged() {
        let (signals, lines) = (Arc::new(Signals::default()), Lines::default());
        let streams = ["one", "two"].map(|name| (name.to_owned(), vec![name.parse().expect("an id")]));
        let clock = Arc::new(ManualClock::at(Timestamp::EPOCH));
        let sink: Arc<dyn SignalSink> = Arc::<Signals>::clone(&signals);
        let line = Line::new("venue".parse().expect("an id"), streams, clock, sink);
        let quote = Quote { price: causeway_primitives::Price::ONE, venue_time: None };
        let trouble = |fault| line.trouble(Via::Rest, &[0, 1], &Trouble::new(fault, "detail"));
        tracing::subscriber::with_default(lines.clone(), || {
            (0..100).for_each(|_| trouble(Fault::Timeout));
            assert_eq!(lines.0.load(Ordering::Relaxed), 1, "one line for both streams, once");
            trouble(Fault::RateLimited);
            assert_eq!(lines.0.load(Ordering::Relaxed), 2, "another fault is news");
            (0..100).for_each(|_| line.quote(Via::Rest, 0, quote));
            assert_eq!(lines.0.load(Ordering::Relaxed), 3, "one recovery");
            trouble(Fault::RateLimited);
            assert_eq!(lines.0.load(Ordering::Relaxed), 4, "news for the stream that had recovered");
        });
        assert_eq!(signals.0.load(Ordering::Relaxed), 2 * 102 + 100);
    }
}
