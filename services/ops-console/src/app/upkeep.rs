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
use causeway_runtime::{CancellationToken, clock::Clock, task::ticks};
use causeway_store::{Error, lease::Leadership};
use causeway_telemetry::Chain;
use tokio::sync::watch;
use uuid::Uuid;

use super::Board;
use crate::{
    adapters::store::Changes,
    domain::{
        change::catalogue::CONSOLE,
        maintenance::{Stage, Window, due},
    },
};

/// How often is looked at what is due.
const EVERY: Duration = Duration::from_secs(2);

/// An Alertmanager is asked every so many looks: each four seconds.
const MIRROR_EVERY: u32 = 2;

/// The labels that say whose an alert is: what a service tells itself has its name as `service`, and what Prometheus found
/// has it as `job`. A silence's matchers must all fit, so that there is one for each.
const WHOSE: [&str; 2] = ["service", "job"];

/// See the module.
#[derive(Debug)]
pub struct Upkeep {
    changes: Changes,
    silences: Option<Silences>,
    /// Whose alerts a window mutes that names no service: those of the services that are looked at, and the console's.
    everybody: BTreeSet<String>,
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
        let looked_at = board.fleet().services.into_iter().map(|service| service.name);
        let everybody = looked_at.chain([CONSOLE.to_owned()]).collect();
        Self { changes, silences, everybody, leadership, clock, board, is_deaf: false }
    }

    /// Works until it is told to stop.
    ///
    /// # Errors
    /// None: what was not told is due again at the next look.
    pub async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        let mut ticks = ticks(EVERY);
        let mut looks = 0_u32;
        while token.run_until_cancelled(ticks.tick()).await.is_some() {
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
        Ok(())
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
        let wanted: BTreeMap<String, Silence> = wanted
            .flat_map(|(id, window)| {
                WHOSE.map(|label| (format!("causeway-window-{id}-{label}"), silence(window, label, &self.everybody)))
            })
            .collect();
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

/// What a window mutes, in Alertmanager's labels, where this one says whose an alert is. Of Tier 1, and of what is critical,
/// it mutes nothing; of other systems, whose alerts go through the same Alertmanager, neither; and never what says that alerts
/// come through at all, because its silence pages.
fn silence(window: &Window, whose: &str, everybody: &BTreeSet<String>) -> Silence {
    let is_not = |name: &str, value: &str| Matcher {
        name: name.to_owned(),
        one_of: vec![value.to_owned()],
        relation: Relation::IsNot,
    };
    let is = |name: &str, values: &BTreeSet<String>| Matcher {
        name: name.to_owned(),
        one_of: values.iter().cloned().collect(),
        relation: Relation::Is,
    };
    let services = if window.services.is_empty() { everybody } else { &window.services };
    let mut matchers = vec![
        is_not("severity", "critical"),
        is_not("tier", "halt"),
        is_not("alertname", "DeadMansSwitch"),
        is(whose, services),
    ];
    if !window.alerts.is_empty() {
        matchers.push(is("alertname", &window.alerts));
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
        let everybody = BTreeSet::from(["ops-console".to_owned(), "ccip-monitor".to_owned()]);
        let of = |window: &Window, label: &str| {
            let made = silence(window, label, &everybody);
            let words = made.matchers.into_iter().map(|one| {
                let is = if one.relation == Relation::Is { "" } else { "!" };
                format!("{is}{} {}", one.name, one.one_of.join("|"))
            });
            words.collect::<Vec<_>>()
        };
        let never = ["!severity critical", "!tier halt", "!alertname DeadMansSwitch"];
        assert_eq!(of(&window, "service"), [&never[..], &["service ccip-monitor"]].concat());
        assert_eq!(of(&window, "job"), [&never[..], &["job ccip-monitor"]].concat());
        let all = Window { services: BTreeSet::new(), alerts: BTreeSet::from(["ReplicaDown".to_owned()]), ..window };
        let named = [&never[..], &["job ccip-monitor|ops-console", "alertname ReplicaDown"]].concat();
        assert_eq!(of(&all, "job"), named, "and not those of other systems");
    }
}
