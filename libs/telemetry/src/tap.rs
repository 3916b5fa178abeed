//! Lines that somebody must look at, for whoever keeps them in a database: a bounded queue in memory that drops the oldest.
//! What takes them out decides how fast; the log itself has them all the same.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use causeway_primitives::Timestamp;
use serde_json::{Map, Value};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

/// Lines that wait to be taken out: some minutes of the worst that happens.
const KEPT: usize = 1_000;

/// A line of level ERROR.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// Where in the program.
    pub target: &'static str,
    /// The constant message.
    pub message: String,
    /// Its other fields.
    pub fields: Map<String, Value>,
}

/// Takes a copy of each line of level ERROR. Clones share the queue.
#[derive(Debug, Clone, Default)]
pub struct Tap(Arc<Mutex<VecDeque<Line>>>);

impl Tap {
    /// Takes out everything that waits, oldest first.
    pub fn drain(&self) -> Vec<Line> {
        self.lock().drain(..).collect()
    }

    /// Gives back what could not be kept elsewhere, before what came since.
    pub fn give_back(&self, lines: Vec<Line>) {
        let mut queue = self.lock();
        for line in lines.into_iter().rev() {
            if queue.len() < KEPT {
                queue.push_front(line);
            }
        }
    }

    fn push(&self, line: Line) {
        let mut queue = self.lock();
        if queue.len() >= KEPT {
            queue.pop_front();
        }
        queue.push_back(line);
    }

    /// The queue is never half changed, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, VecDeque<Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber> Layer<S> for Tap {
    #[allow(clippy::disallowed_methods, reason = "a line of the log has the machine's time, as on standard output")]
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() != Level::ERROR {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let at = u64::try_from(since.as_millis()).ok().and_then(|millis| Timestamp::from_millis(millis).ok());
        let Fields { message, fields } = fields;
        self.push(Line { at: at.unwrap_or(Timestamp::EPOCH), target: event.metadata().target(), message, fields });
    }
}

/// The fields of an event as JSON.
#[derive(Default)]
struct Fields {
    message: String,
    fields: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        if field.name() == "message" {
            self.message = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        } else {
            self.fields.insert(field.name().to_owned(), value);
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Value::String(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::String(value.to_owned()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::from(value));
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    fn told(what: impl FnOnce()) -> Tap {
        let tap = Tap::default();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(tap.clone()), what);
        tap
    }

    #[test]
    fn grd_12_errors_wait_with_their_fields_and_nothing_else_does() {
        let tap = told(|| {
            tracing::warn!("coped");
            tracing::error!(scope = "all", halts = 2_u64, "halted");
        });
        let lines = tap.drain();
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].message.as_str(), &lines[0].fields["scope"]), ("halted", &Value::from("all")));
        assert_eq!(lines[0].fields["halts"], Value::from(2));
        assert!(lines[0].at > Timestamp::EPOCH && tap.drain().is_empty());
    }

    #[test]
    fn grd_12_what_nobody_takes_out_is_dropped_from_the_oldest_on_and_what_is_given_back_comes_first() {
        let tap = told(|| {
            for number in 0..=u64::try_from(KEPT).unwrap() {
                tracing::error!(number, "again");
            }
        });
        let lines = tap.drain();
        assert_eq!((lines.len(), &lines[0].fields["number"]), (KEPT, &Value::from(1)));
        tap.push(lines[5].clone());
        tap.give_back(lines[..2].to_vec());
        let again: Vec<_> = tap.drain().iter().map(|line| line.fields["number"].clone()).collect();
        assert_eq!(again, [1, 2, 6]);
    }
}
