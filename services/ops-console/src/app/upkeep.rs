//! The keeping of maintenance windows, while this replica leads: each notice is told once and in time, and an Alertmanager
//! is as quiet as the windows say.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::Arc,
    time::Duration,
};

use causeway_alerting::channel::{Matcher, Relation, Silence, Silences};
use causeway_primitives::Timestamp;
use causeway_runtime::{CancellationToken, clock::Clock};
use causeway_store::{Error, lease::Leadership};
use causeway_telemetry::Chain;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};
use uuid::Uuid;

use super::Board;
use crate::{
    adapters::store::Changes,
    domain::maintenance::{Stage, Window, due},
};

/// How often is looked at what is due.
const EVERY: Duration = Duration::from_secs(2);

/// An Alertmanager is asked every so many looks: each four seconds.
const MIRROR_EVERY: u32 = 2;

/// See the module.
#[derive(Debug)]
pub struct Upkeep {
    changes: Changes,
    silences: Option<Silences>,
    leadership: watch::Receiver<Option<Leadership>>,
    clock: Arc<dyn Clock>,
    board: Board,
    /// So that a failure is logged once per change of state.
    is_deaf: bool,
}

impl Upkeep {
    /// Of these windows; with an Alertmanager where there is one.
    pub fn new(
        (changes, board): (Changes, Board),
        silences: Option<Silences>,
        leadership: watch::Receiver<Option<Leadership>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { changes, silences, leadership, clock, board, is_deaf: false }
    }

    /// Works until it is told to stop.
    ///
    /// # Errors
    /// None: what was not told is due again at the next look.
    pub async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looks = 0_u32;
        loop {
            tokio::select! {
                () = token.cancelled() => return Ok(()),
                _ = ticks.tick() => {}
            }
            let leadership = self.leadership.borrow().clone().filter(Leadership::is_valid);
            let Some(leadership) = leadership else { continue };
            let now = self.clock.now();
            match self.changes.store().list_windows(now).await {
                Ok(windows) => {
                    self.tell(&leadership, &windows, now).await;
                    if looks.is_multiple_of(MIRROR_EVERY) {
                        self.mirror(&windows, now).await;
                    }
                    looks = looks.wrapping_add(1);
                }
                Err(error) => tracing::warn!(error = %Chain(&error), "maintenance windows could not be read"),
            }
        }
    }

    async fn tell(&self, leadership: &Leadership, windows: &[(Uuid, Window)], now: Timestamp) {
        for (id, window) in windows {
            if let Err(error) = self.tell_one(leadership, (*id, window), now).await {
                tracing::warn!(window_id = %id, error = %Chain(&error), "a notice was not told");
            }
        }
    }

    async fn tell_one(
        &self,
        leadership: &Leadership,
        (id, window): (Uuid, &Window),
        now: Timestamp,
    ) -> Result<(), Error> {
        let told: BTreeSet<_> = self.changes.store().list_notices(id).await?.into_keys().collect();
        let Some(notice) = due(window, &told, now) else { return Ok(()) };
        if self.changes.tell_notice(leadership, (id, window), notice, now).await? {
            tracing::info!(window_id = %id, notice = notice.as_str(), "maintenance announced");
            self.board.ring();
        }
        Ok(())
    }

    async fn mirror(&mut self, windows: &[(Uuid, Window)], now: Timestamp) {
        let Some(silences) = &self.silences else { return };
        let wanted = windows.iter().filter(|(_, window)| window.stage(now) != Stage::Over);
        let wanted: BTreeMap<String, Silence> =
            wanted.map(|(id, window)| (format!("causeway-window-{id}"), silence(window))).collect();
        let was_deaf = self.is_deaf;
        match silences.mirror(&wanted).await {
            Ok((made, ended)) => {
                self.is_deaf = false;
                if made > 0 || ended > 0 || was_deaf {
                    tracing::info!(made, ended, "silences are those of the windows");
                }
            }
            Err(error) => {
                self.is_deaf = true;
                if !was_deaf {
                    tracing::warn!(error = %Chain(&error), "silences could not be made those of the windows");
                }
            }
        }
    }
}

/// What a window mutes, in Alertmanager's labels. Of Tier 1, and of what is critical, it mutes nothing.
fn silence(window: &Window) -> Silence {
    let is_not = |name: &str, value: &str| Matcher {
        name: name.to_owned(),
        one_of: vec![value.to_owned()],
        relation: Relation::IsNot,
    };
    let mut matchers = vec![is_not("severity", "critical"), is_not("tier", "halt")];
    for (name, values) in [("service", &window.services), ("alertname", &window.alerts)] {
        if !values.is_empty() {
            let one_of = values.iter().cloned().collect();
            matchers.push(Matcher { name: name.to_owned(), one_of, relation: Relation::Is });
        }
    }
    Silence { from: window.from, until: window.until, matchers, comment: window.reason.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_5_a_silence_is_what_the_window_mutes_and_never_what_is_critical() {
        let window = Window {
            from: Timestamp::EPOCH,
            until: Timestamp::EPOCH.after(Duration::from_secs(60)),
            services: BTreeSet::from(["ccip-monitor".to_owned()]),
            alerts: BTreeSet::new(),
            reason: "new disks".to_owned(),
            closed_at: None,
        };
        let made = silence(&window);
        let names: Vec<_> = made.matchers.iter().map(|one| (one.name.as_str(), one.relation)).collect();
        assert_eq!(names, [("severity", Relation::IsNot), ("tier", Relation::IsNot), ("service", Relation::Is)]);
        assert_eq!(made.matchers[0].one_of, ["critical"]);
    }
}
