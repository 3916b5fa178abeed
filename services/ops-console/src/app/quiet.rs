//! Services are told what is worked on, while this replica leads: their own channels are quiet then, and not only an
//! Alertmanager. What they are told ends by itself, so that nothing stays quiet because a console died.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::Arc,
    time::Duration,
};

use causeway_alerting::{
    Alarms, Name, Text,
    policy::{Matcher, Window as Own, WindowId},
};
use causeway_primitives::{Monotonic, Timestamp};
use causeway_runtime::{CancellationToken, clock::Clock, task::ticks};
use causeway_store::lease::Leadership;
use causeway_telemetry::Chain;
use futures_util::future::join_all;
use tokio::sync::watch;
use uuid::Uuid;

use super::Board;
use crate::{
    adapters::{
        store::{Store, Telling},
        world::{Speakers, hush},
    },
    domain::{
        change::catalogue::CONSOLE,
        maintenance::{LEASE, Stage, Window, must_tell},
        telling::Heard,
    },
};

/// How often is looked at what is open.
const EVERY: Duration = Duration::from_secs(1);

/// What a service was told.
#[derive(Debug, Default)]
struct Told {
    windows: Vec<Uuid>,
    at: Option<Monotonic>,
    /// So that a failure is logged once per change of state.
    is_deaf: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Quiet {
    store: Store,
    board: Board,
    services: BTreeMap<String, Speakers>,
    alarms: Alarms,
    leadership: watch::Receiver<Option<Leadership>>,
    clock: Arc<dyn Clock>,
    told: BTreeMap<String, Told>,
}

impl Quiet {
    /// Of the windows in the store: for these services, and for the console's own alarms. Who was told is written down, and
    /// pages hear of it.
    pub fn new(
        (store, board): (Store, Board),
        services: BTreeMap<String, Speakers>,
        alarms: Alarms,
        leadership: watch::Receiver<Option<Leadership>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, board, services, alarms, leadership, clock, told: BTreeMap::new() }
    }

    /// Works until it is told to stop.
    ///
    /// # Errors
    /// None: who was not told is told at the next look, and is heard meanwhile.
    pub async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        let mut ticks = ticks(EVERY);
        while token.run_until_cancelled(ticks.tick()).await.is_some() {
            let leadership = self.leadership.borrow().clone().filter(Leadership::is_valid);
            let Some(leadership) = leadership else {
                self.told.clear();
                continue;
            };
            let now = self.clock.now();
            match self.store.list_windows(now).await {
                Ok(windows) => self.tell(&open(windows, now), &leadership).await,
                Err(error) => tracing::debug!(error = %Chain(&error), "open windows could not be read"),
            }
        }
        Ok(())
    }

    async fn tell(&mut self, open: &[(Uuid, Window)], leadership: &Leadership) {
        let now = self.clock.monotonic();
        // A console that is looked at is told like any other.
        let names: BTreeSet<String> = self.services.keys().cloned().chain([CONSOLE.to_owned()]).collect();
        let due = names.into_iter().filter_map(|name| {
            let windows: Vec<_> = open.iter().filter(|(_, window)| window.is_of(&name)).collect();
            let told = self.told.entry(name.clone()).or_default();
            let age = told.at.map_or(Duration::MAX, |at| now.since(at));
            let ids: Vec<Uuid> = windows.iter().map(|(id, _)| *id).collect();
            must_tell(&ids, &told.windows, age).then_some((name, windows, ids))
        });
        let due: Vec<_> = due.collect();
        let answers = join_all(due.iter().map(|(name, windows, _)| self.tell_one(name, windows))).await;
        let tellings: Vec<Telling> = due
            .into_iter()
            .zip(answers)
            .map(|((service, _, windows), heard)| Telling { service, windows, heard })
            .collect();
        if tellings.is_empty() {
            return;
        }
        let mut is_news = false;
        for telling in &tellings {
            is_news |= self.note(telling, now);
        }
        if let Err(error) = self.store.note_told(leadership, &tellings, self.clock.now()).await {
            tracing::debug!(error = %Chain(&error), "who was told what is worked on was not written down");
        }
        if is_news {
            self.board.ring();
        }
    }

    async fn tell_one(&self, service: &str, windows: &[&(Uuid, Window)]) -> Heard {
        match self.services.get(service) {
            Some(replicas) => hush(&replicas.now(), windows).await,
            None => {
                let own = windows.iter().filter_map(|(id, window)| own(*id, window)).collect();
                let kept = self.alarms.keep_windows(own, LEASE).await;
                kept.map_or_else(|refused| Heard::NotReached(refused.to_string()), |()| Heard::Taken)
            }
        }
    }

    /// Remembers what came of it, and whether that is new.
    fn note(&mut self, telling: &Telling, now: Monotonic) -> bool {
        let Telling { service, windows, heard } = telling;
        let told = self.told.entry(service.clone()).or_default();
        let is_deaf = *heard != Heard::Taken;
        let was_deaf = std::mem::replace(&mut told.is_deaf, is_deaf);
        if is_deaf {
            if !was_deaf {
                tracing::warn!(service, why = heard.words(), "not told what is worked on; its alerts are heard");
            }
            return !was_deaf;
        }
        let is_news = was_deaf || told.windows != *windows;
        (told.windows, told.at) = (windows.clone(), Some(now));
        if is_news {
            tracing::info!(service, windows = windows.len(), "told what is worked on");
        }
        is_news
    }
}

fn open(windows: Vec<(Uuid, Window)>, now: Timestamp) -> Vec<(Uuid, Window)> {
    windows.into_iter().filter(|(_, window)| window.stage(now) == Stage::Open).collect()
}

/// For the console's own alarms; `None`: it names an alert that there cannot be, and without that name would mute all.
fn own(id: Uuid, window: &Window) -> Option<Own> {
    let names: Option<BTreeSet<Name>> = window.alerts.iter().map(|name| name.parse().ok()).collect();
    Some(Own {
        id: WindowId::new(&id.to_string()),
        from: window.from,
        until: window.until,
        matcher: Matcher { names: names?, ..Matcher::default() },
        reason: Text::clean(&window.reason),
    })
}
