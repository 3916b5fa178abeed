//! What pages last showed of a service: for when it does not answer, and so that a hundred open pages ask it once.
//!
//! What lies here is the same for everybody: whatever depends on who looks is put around it.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use causeway_primitives::Timestamp;
use causeway_runtime::clock::Clock;
use tokio::sync::Mutex as AsyncMutex;

use crate::adapters::siblings::Unanswered;

/// Pages that are remembered; the one that nobody asked for longest makes room.
const MOST: usize = 200;
/// A longer page is shown and not remembered.
const LONGEST: usize = 256 * 1_024;
/// So long an answer is given again while nothing new is heard, and a silence in any case: whoever waited for the same
/// question does not wait for it a second time.
const AGAIN: Duration = Duration::from_millis(500);

/// What a page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its content.
    pub text: Arc<str>,
    /// When it was made.
    pub at: Timestamp,
    /// How much was heard by then.
    news: u64,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// As it is now.
    Now(Kept),
    /// As it was; `None` when it was never seen.
    Before(Option<Kept>, Unanswered),
}

/// See the module. Clones are the same shelf.
#[derive(Debug, Clone)]
pub struct Shelf {
    places: Arc<Mutex<HashMap<String, Place>>>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct Place {
    slot: Arc<AsyncMutex<Slot>>,
    asked_at: Timestamp,
}

#[derive(Debug, Default)]
struct Slot {
    kept: Option<Kept>,
    silence: Option<(Unanswered, Timestamp)>,
}

impl Shelf {
    /// An empty one.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { places: Arc::default(), clock }
    }

    /// The page of this key, made now unless that was done a moment ago and nothing was heard since.
    pub async fn show(
        &self,
        key: &str,
        news: u64,
        make: impl Future<Output = Result<String, Unanswered>> + Send,
    ) -> Shown {
        let slot = self.slot(key);
        let mut slot = slot.lock().await;
        if let Some(shown) = slot.again(self.clock.now(), news) {
            return shown;
        }
        let began = self.clock.now();
        match make.await {
            Ok(text) => {
                let kept = Kept { text: text.into(), at: began, news };
                slot.silence = None;
                slot.kept = Some(kept.clone()).filter(|kept| kept.text.len() <= LONGEST);
                Shown::Now(kept)
            }
            Err(why) => {
                slot.silence = Some((why.clone(), self.clock.now()));
                slot.before(why)
            }
        }
    }

    fn slot(&self, key: &str) -> Arc<AsyncMutex<Slot>> {
        let now = self.clock.now();
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= MOST && !places.contains_key(key) {
            let oldest = places.iter().min_by_key(|(_, place)| place.asked_at).map(|(key, _)| key.clone());
            oldest.map(|key| places.remove(&key));
        }
        let place = places.entry(key.to_owned()).or_insert_with(|| Place { slot: Arc::default(), asked_at: now });
        place.asked_at = now;
        Arc::clone(&place.slot)
    }
}

impl Slot {
    fn again(&self, now: Timestamp, news: u64) -> Option<Shown> {
        if let Some((why, at)) = &self.silence {
            return (now.since(*at) < AGAIN).then(|| self.before(why.clone()));
        }
        let kept = self.kept.as_ref().filter(|kept| kept.news == news && now.since(kept.at) < AGAIN)?;
        Some(Shown::Now(kept.clone()))
    }

    /// Something that was is shown only where the service is at fault: what it refuses is not there.
    fn before(&self, why: Unanswered) -> Shown {
        Shown::Before(self.kept.clone().filter(|_| why.is_of_the_service()), why)
    }
}

#[cfg(test)]
mod tests {
    use causeway_runtime::clock::ManualClock;

    use super::*;

    fn shelf() -> (Shelf, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(Timestamp::from_secs(1_790_000_000).unwrap()));
        (Shelf::new(clock.clone()), clock)
    }

    async fn made(text: &str) -> Result<String, Unanswered> {
        Ok(text.to_owned())
    }

    async fn silent() -> Result<String, Unanswered> {
        Err(Unanswered::Silent("gone".to_owned()))
    }

    fn text(shown: Shown) -> String {
        match shown {
            Shown::Now(kept) => kept.text.to_string(),
            Shown::Before(kept, why) => {
                format!("{why} {}", kept.map_or_else(String::new, |kept| kept.text.to_string()))
            }
        }
    }

    #[tokio::test]
    async fn ops_1_what_was_heard_makes_a_page_anew_and_silence_leaves_what_was_shown() {
        let (shelf, clock) = shelf();
        assert_eq!(text(shelf.show("/a", 1, made("one")).await), "one");
        assert_eq!(text(shelf.show("/a", 1, made("two")).await), "one", "asked a moment ago, nothing heard since");
        assert_eq!(text(shelf.show("/a", 2, made("two")).await), "two");
        assert_eq!(text(shelf.show("/a", 3, silent()).await), "no answer: gone two");
        assert_eq!(text(shelf.show("/a", 3, made("three")).await), "no answer: gone two", "nobody waits twice");
        clock.advance(AGAIN);
        assert_eq!(text(shelf.show("/a", 3, made("three")).await), "three");
        let refused = async { Err(Unanswered::Unknown("there is none".to_owned())) };
        assert_eq!(text(shelf.show("/a", 4, refused).await), "there is none ", "what is not there is not shown");
    }

    #[tokio::test]
    async fn what_is_remembered_is_bounded_in_number_and_length() {
        let (shelf, clock) = shelf();
        for number in 0..=MOST {
            shelf.show(&number.to_string(), 1, made("x")).await;
            clock.advance(Duration::from_millis(1));
        }
        assert_eq!(shelf.places.lock().unwrap().len(), MOST);
        assert!(!shelf.places.lock().unwrap().contains_key("0"), "the oldest made room");
        assert_eq!(text(shelf.show("long", 1, made(&"x".repeat(LONGEST + 1))).await).len(), LONGEST + 1);
        assert_eq!(text(shelf.show("long", 2, silent()).await), "no answer: gone ");
    }
}
