//! Tells the guard when a lane's senders should pause: an event in the store's tail, once each way. After a restart, what
//! was said last is read from there, so that nothing is said twice and a pause is not left standing.

use std::collections::BTreeMap;

use causeway_store::Error as StoreError;
use serde_json::json;

use crate::{
    domain::{
        advice::{Advice, advise},
        rates::{Ended, Limits},
    },
    ports::{NewEvent, Watch},
};

/// Events that are looked back over for what was said last. Advice is rare, and so are other events.
const LOOKED_BACK: u64 = 10_000;

/// Events of one query.
const PAGE: u32 = 1_000;

/// Who advises.
#[derive(Debug)]
pub struct Adviser {
    limits: Limits,
    /// What was said last of each lane; `None`: not read yet.
    said: Option<BTreeMap<String, Advice>>,
}

impl Adviser {
    /// Advises by these limits.
    pub const fn new(limits: Limits) -> Self {
        Self { limits, said: None }
    }

    /// What is new to say of these lanes, by their names.
    ///
    /// # Errors
    /// [`StoreError`], when what was said before cannot be read: then nothing is said.
    pub async fn advise(&mut self, watch: &dyn Watch, lanes: &[(String, Ended)]) -> Result<Vec<NewEvent>, StoreError> {
        let said = match self.said.take() {
            Some(said) => said,
            None => last_said(watch).await?,
        };
        let new = lanes.iter().filter_map(|(lane, ended)| {
            let before = said.get(lane).copied().unwrap_or(Advice::Resume);
            advise(ended, &self.limits, before).map(|advice| event(lane, ended, advice))
        });
        let new = new.collect();
        self.said = Some(said);
        Ok(new)
    }

    /// Another replica may have spoken meanwhile: what was said last is read again.
    pub fn forget(&mut self) {
        self.said = None;
    }

    /// Remembers what was stored; until then it is said again.
    pub fn stored(&mut self, events: &[NewEvent]) {
        let Some(said) = &mut self.said else { return };
        for event in events {
            if let Some(advice) = Advice::from_name(&event.kind) {
                said.insert(event.subject.clone(), advice);
            }
        }
    }
}

async fn last_said(watch: &dyn Watch) -> Result<BTreeMap<String, Advice>, StoreError> {
    let mut said = BTreeMap::new();
    let mut after = watch.last_event().await?.saturating_sub(LOOKED_BACK);
    loop {
        let events = watch.list_events(after, PAGE).await?;
        let Some(last) = events.last() else { return Ok(said) };
        after = last.sequence;
        for event in events {
            if let Some(advice) = Advice::from_name(&event.kind) {
                said.insert(event.subject, advice);
            }
        }
    }
}

fn event(lane: &str, ended: &Ended, advice: Advice) -> NewEvent {
    let (failed, all) = (ended.failed, ended.all());
    let summary = match advice {
        Advice::Pause => format!("{failed} of {all} messages of {lane} failed: pause its senders"),
        Advice::Resume => format!("{failed} of {all} messages of {lane} failed: its senders may go on"),
    };
    let detail = json!({
        "lane": lane,
        "executed": ended.executed,
        "failed": failed,
        "expired": ended.expired,
        "error_rate_ppm": ended.error_rate().get(),
    });
    NewEvent {
        kind: advice.as_str().to_owned(),
        subject: lane.to_owned(),
        summary,
        detail_json: detail.to_string(),
        traceparent: causeway_telemetry::propagation::current_traceparent(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use causeway_primitives::{Ppm, Timestamp};
    use causeway_service::ops::EventRow;

    use super::*;
    use crate::ports::fake::FakeStore;

    const LIMITS: Limits = Limits {
        minimum_sample: 10,
        error_rate: Ppm::new(50_000),
        success_rate: Ppm::new(950_000),
        latency: Duration::from_secs(300),
        hysteresis: Ppm::new(10_000),
    };

    fn lanes(failed: u64) -> [(String, Ended); 1] {
        [("home-to-away".to_owned(), Ended { executed: 100 - failed, failed, expired: 0, latency: None })]
    }

    fn told(sequence: u64, kind: &str, subject: &str) -> EventRow {
        EventRow {
            sequence,
            at: Timestamp::EPOCH,
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            summary: String::new(),
            detail_json: "{}".to_owned(),
            trace_id: None,
        }
    }

    async fn kinds(adviser: &mut Adviser, store: &FakeStore, failed: u64) -> Vec<String> {
        let events = adviser.advise(store, &lanes(failed)).await.unwrap();
        events.into_iter().map(|event| event.kind).collect()
    }

    #[tokio::test]
    async fn ccip_15_the_guard_is_told_to_pause_when_a_lane_fails_and_to_go_on_when_it_does_well() {
        let (store, mut adviser) = (FakeStore::default(), Adviser::new(LIMITS));
        assert!(kinds(&mut adviser, &store, 0).await.is_empty(), "all is well");
        let events = adviser.advise(&store, &lanes(20)).await.unwrap();
        let [event] = events.as_slice() else { panic!("one lane, one word: {events:?}") };
        assert_eq!((event.kind.as_str(), event.subject.as_str()), ("pause_recommended", "home-to-away"));
        let detail: serde_json::Value = serde_json::from_str(&event.detail_json).unwrap();
        assert_eq!((&detail["failed"], &detail["error_rate_ppm"]), (&20.into(), &200_000.into()));

        assert_eq!(kinds(&mut adviser, &store, 20).await, ["pause_recommended"], "it was not stored");
        adviser.stored(&events);
        assert!(kinds(&mut adviser, &store, 20).await.is_empty(), "said once");
        assert_eq!(kinds(&mut adviser, &store, 0).await, ["pause_withdrawn"]);
    }

    #[tokio::test]
    async fn ccip_15_the_next_leader_goes_on_from_what_was_said_last() {
        let events = vec![
            told(3, "pause_recommended", "home-to-away"),
            told(4, "finding_opened", "home-to-away"),
            told(5, "pause_recommended", "away-to-home"),
            told(9, "pause_withdrawn", "away-to-home"),
        ];
        let store = FakeStore { events, ..FakeStore::default() };
        let mut adviser = Adviser::new(LIMITS);
        assert!(kinds(&mut adviser, &store, 20).await.is_empty(), "the last leader said it");
        assert_eq!(kinds(&mut adviser, &store, 0).await, ["pause_withdrawn"], "a pause is not left standing");
    }
}
