//! What fires, and when: every alert of the guard with its words. Said in rounds from what stands in the database and what
//! this replica last saw; who hears of it, how soon and how often is the alerting desk's. No halt waits for any of it.
//!
//! Each name has a page under `docs/runbooks`. A halt is one alert under its own id, until it is released.

use std::{collections::BTreeSet, convert::Infallible, time::Duration};

use causeway_alerting::{Alarms, Concern, Refused, Severity, Tier};
use causeway_primitives::{Monotonic, Timestamp};
use causeway_runtime::CancellationToken;
use causeway_store::Error as StoreError;
use causeway_telemetry::Chain;
use uuid::Uuid;

use super::{Guard, Outage, Pauser, Sight};
use crate::domain::{
    condition::{self, Cycle, Notice},
    evaluate::Verdict,
    finding::{Mode, Tier as FindingTier},
    incident::State as IncidentState,
    latch::{Halt, HaltId},
    pause::Readiness,
};

macro_rules! concerns {
    ($($constant:ident = $name:literal, $severity:ident, $tier:ident, $next_step:literal;)*) => {
        $(static $constant: Concern = Concern::new($name, Severity::$severity, $next_step).of_tier(Tier::$tier);)*

        /// Everything that the service watches; each has a runbook page.
        pub static CONCERNS: &[&Concern] = &[$(&$constant),*];
    };
}

concerns! {
    HALTED = "GuardHalted", Critical, Halt, "read the incident's report and take it; nothing moves until two people approve a resume";
    NOT_DURABLE = "GuardHaltNotDurable", Critical, Halt, "get the guard's database back; until then do not stop this process, which alone knows of the halt";
    RECORD = "GuardRecordBroken", Critical, Alert, "keep the database as it is; compare the record with the links that went out with pages";
    NO_LEADER = "GuardNoLeader", Critical, Alert, "check that a replica runs and reaches its database";
    BLIND = "GuardNotEvaluating", Critical, Alert, "look at the sweep's last error; leases have lapsed by now";
    NO_PASS = "GuardNoFreshPass", Error, Alert, "read the gaps of the last verdict: an endpoint, the indexer or the database does not answer";
    DISSENT = "GuardEndpointDissents", Error, Alert, "find out which endpoint lies; do not take the quorum down to make it quiet";
    RPC = "GuardRpcTimeout", Error, Alert, "check the endpoint; evidence needs a quorum of them";
    RPC_OUTAGE = "GuardRpcOutage", Error, Alert, "it has lasted for more than five minutes: replace the endpoint";
    DATABASE = "GuardDatabaseLost", Error, Alert, "check the database and the network to it";
    PAUSE = "GuardPauseNotReady", Error, Alert, "give the pauser what it lacks now: in a theft it is the one thing that stops the thief";
    RPC_FAILURES = "GuardRpcFailuresMany", Warning, Alert, "more than ten failures in a row: check the endpoint's operator and quota";
    RPC_HOURS = "GuardRpcOutageLong", Warning, Alert, "an endpoint has been away for more than an hour: take it out or replace it";
    FINDING = "GuardFindingOpen", Warning, Alert, "read the finding; it does not halt, and somebody has to know why it is there";
    SHADOW = "GuardShadowViolation", Warning, Alert, "this would have halted: decide whether the check is right before it is enforced";
    LATENCY = "GuardLatencyHigh", Warning, Alert, "see which part of the cycle is slow: indexer, database or endpoints";
    GAS = "GuardGasEstimateMissed", Warning, Alert, "compare the relayer's estimates with its receipts";
    QUEUE = "GuardQueueBuildup", Warning, Alert, "see whether the relayer settles: leases, gas, nonce";
    RESUME = "GuardResumeWaiting", Warning, Alert, "read plan and evidence, then approve or refuse";
    TARGET = "GuardTargetMissed", Info, Track, "look at the performance page";
}

/// How often what stands is looked at; a halt is told at once.
const EVERY: Duration = Duration::from_secs(1);

/// How often figures are summed up, which reads some thousand rows.
const FIGURES_EVERY: Duration = Duration::from_secs(15);

/// Over so long.
const FIGURES_WINDOW: Duration = Duration::from_secs(300);

/// How often the record is checked from where it was last found whole.
const RECORD_EVERY: Duration = Duration::from_secs(300);

/// Characters of a reason in a page: the audit head must fit behind it.
const REASON: usize = 300;

/// Incidents that are looked at for who has taken them.
const INCIDENTS: u32 = 100;

/// Says what is wrong. One of it in each replica: whose words go out is the desk's to know.
#[derive(Debug)]
pub struct Alerts {
    guard: Guard,
    alarms: Alarms,
    pauser: Option<Pauser>,
    figured_at: Option<Monotonic>,
    /// When the record was last found whole, and up to where.
    checked: (Option<Monotonic>, u64),
}

impl Alerts {
    /// Says what is wrong with a guard to these.
    pub const fn new(guard: Guard, alarms: Alarms) -> Self {
        Self { guard, alarms, pauser: None, figured_at: None, checked: (None, 0) }
    }

    /// With the pause of contracts, where one is set up.
    #[must_use]
    pub fn with_pause(self, pauser: Pauser) -> Self {
        Self { pauser: Some(pauser), ..self }
    }

    /// Works until it is told to stop.
    ///
    /// # Errors
    /// None: what cannot be read is said again by the next round.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), Infallible> {
        loop {
            if let Err(error) = self.round().await {
                tracing::warn!(error = %Chain(&error), "alerts not brought up to date");
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(EVERY) => {}
                () = self.guard.told_of_latched() => {}
            }
        }
    }

    /// One round.
    ///
    /// # Errors
    /// [`StoreError`]: what depends on the database stays as it was said.
    pub async fn round(&mut self) -> Result<(), StoreError> {
        let (sight, now) = (self.guard.sight(), self.guard.parts.clock.monotonic());
        let waiting = self.guard.unlatched();
        self.say(&NOT_DURABLE, "latch", waiting > 0, || {
            format!("{waiting} halts are in force in this process and not in the database")
        });
        // What the leader before said stands until this one has looked.
        if sight.is_something() {
            self.dependencies(&sight, now);
        }
        if sight.leads_since.is_some() {
            self.looks(&sight, now);
        }
        self.pauses();
        self.halts().await?;
        self.resumes().await?;
        if due(self.figured_at, now, FIGURES_EVERY) {
            self.figured_at = Some(now);
            self.figures().await?;
        }
        if due(self.checked.0, now, RECORD_EVERY) {
            self.checked.0 = Some(now);
            self.record().await?;
        }
        Ok(())
    }

    /// One alert for each halt that holds. Who has taken its incident, on whichever replica, has taken the alert.
    async fn halts(&self) -> Result<(), StoreError> {
        let store = &self.guard.parts.store;
        let rows = store.list_active_halts(None, INCIDENTS).await?;
        let held: BTreeSet<String> = rows.iter().map(|row| subject(row.halt.id)).collect();
        let known = self.alarms.subjects(&HALTED);
        let head = store.audit_head().await?;
        let link = head.link.map_or_else(|| "none".to_owned(), |link| link.to_string());
        for row in &rows {
            let Halt { id, scope, cause, .. } = &row.halt;
            let reason: String = row.reason.chars().take(REASON).collect();
            let code = cause.as_str();
            let words = format!("{scope} is halted, {code}: {reason} [record {} {link}]", head.index);
            self.alarms.say(&HALTED, &subject(*id), Some(words));
        }
        for over in known.difference(&held) {
            self.alarms.say(&HALTED, over, None);
        }
        self.taken(&held).await
    }

    async fn taken(&self, held: &BTreeSet<String>) -> Result<(), StoreError> {
        let firing = self.alarms.list_firing();
        let untaken =
            firing.iter().filter(|one| one.alert.name.as_str() == HALTED.name() && one.acknowledged.is_none());
        for one in untaken {
            let subject = one.alert.subject.as_str();
            let Ok(id) = subject.parse::<Uuid>() else { continue };
            if !held.contains(subject) {
                continue;
            }
            let incident = self.guard.parts.store.find_incident(HaltId::new(id.as_u128())).await?;
            let taken = incident.filter(|incident| incident.state != IncidentState::Open);
            if let Some(by) = taken.and_then(|incident| incident.acknowledged_by) {
                // Refused where another replica speaks, which does the same; and where nobody was told yet.
                let _later = self.alarms.acknowledge(HALTED.name(), subject, &by).await;
            }
        }
        Ok(())
    }

    fn pauses(&self) {
        let Some(pauser) = &self.pauser else { return };
        let lacking = pauser.readiness().into_iter().filter_map(|(name, (chain, readiness))| match &readiness {
            Readiness::NotReady(_) => {
                let words = format!("{name} on {chain} could not be paused: {}", readiness.detail());
                Some((name.to_string(), words))
            }
            Readiness::Ready { .. } | Readiness::Paused => None,
        });
        self.all(&PAUSE, lacking);
    }

    async fn resumes(&self) -> Result<(), StoreError> {
        use crate::domain::resume::State;
        let rows = self.guard.parts.store.list_open_resumes().await?;
        let waiting = rows.iter().filter(|row| row.resume.state == State::Proposed);
        let troubles = waiting.map(|row| {
            let (have, need) = (row.approvals.len(), row.policy.approvals);
            let words = format!("{} proposes a way out of a halt; {have} of {need} approvals", row.resume.proposer);
            (row.id.to_string(), words)
        });
        self.all(&RESUME, troubles);
        Ok(())
    }

    /// Everything that the newest evaluation says.
    fn looks(&self, sight: &Sight, now: Monotonic) {
        let settings = &self.guard.parts.settings;
        let began = sight.leads_since.unwrap_or(now);
        let silent_for = now.since(sight.look.as_ref().map_or(began, |look| look.at.max(began)));
        let limit = settings.sweep_every.saturating_mul(2).saturating_add(settings.gather_within);
        self.say(&BLIND, "evaluations", silent_for > limit, || {
            format!("nothing was evaluated for {} s", silent_for.as_secs())
        });
        let Some(look) = &sight.look else { return };
        let unpassed = now.since(sight.passed_at.map_or(began, |at| at.max(began)));
        let limit = settings.lease.max_verdict_age;
        let is_doubt = matches!(look.verdict, Verdict::Indeterminate { .. });
        self.say(&NO_PASS, "verdicts", is_doubt && unpassed > limit, || {
            let gap = look.gaps.first().map(|gap| format!("{}: {}", gap.reason, gap.detail)).unwrap_or_default();
            format!("nothing has passed for {} s, so leases have lapsed: {gap}", unpassed.as_secs())
        });
        let dissents = look.dissenters.iter().map(|(chain, endpoint)| {
            (format!("{chain}/{endpoint}"), format!("{endpoint} says something else about {chain} than the quorum"))
        });
        self.all(&DISSENT, dissents);
        let of = |mode, tiers: &[FindingTier]| {
            let is_it = |one: &&crate::domain::finding::Finding| {
                one.consequence.mode == mode && tiers.contains(&one.consequence.tier)
            };
            let told = |one: &crate::domain::finding::Finding| {
                (format!("{}/{}", one.code, one.subject), format!("{}: {}", one.detail, one.summary))
            };
            look.findings.iter().filter(is_it).map(told).collect::<Vec<_>>()
        };
        self.all(&FINDING, of(Mode::Enforce, &[FindingTier::Alert]).into_iter());
        self.all(&SHADOW, of(Mode::Shadow, &[FindingTier::Halt]).into_iter());
        self.say(&QUEUE, "messages", condition::queue_buildup(look.pending), || {
            format!("{} messages are on their way", look.pending)
        });
        self.slow("evaluation", look.took);
    }

    /// Who does not answer, told by the operators' three independent timers (GRD-8).
    fn dependencies(&self, sight: &Sight, now: Monotonic) {
        let (endpoints, databases): (Vec<_>, Vec<_>) = sight.outages.iter().partition(|(who, _)| who.contains('/'));
        let lasting = |outage: &Outage| now.since(outage.since);
        let told = |wanted: fn(&Outage, Duration) -> bool| {
            let words = |(who, outage): &(&String, &Outage)| {
                let (failures, seconds) = (outage.failures, lasting(outage).as_secs());
                let said = format!("{who} failed {failures} times in a row, for {seconds} s: {}", outage.detail);
                wanted(outage, lasting(outage)).then(|| ((*who).clone(), said))
            };
            endpoints.iter().filter_map(words).collect::<Vec<_>>().into_iter()
        };
        let calls = sight.look.iter().flat_map(|look| &look.slowest);
        let slow = calls.filter(|(_, took)| condition::rpc_timeout(0, **took));
        let slow = slow.map(|(who, took)| (who.clone(), format!("one call to {who} took {} ms", took.as_millis())));
        let failing = told(|outage, _| condition::rpc_timeout(outage.failures, Duration::ZERO));
        self.all(&RPC, slow.chain(failing));
        self.all(&RPC_FAILURES, told(|one, for_| condition::notices(one.failures, for_).contains(&Notice::Chat)));
        self.all(&RPC_OUTAGE, told(|one, for_| condition::notices(one.failures, for_).contains(&Notice::Operations)));
        self.all(&RPC_HOURS, told(|one, for_| condition::notices(one.failures, for_).contains(&Notice::Mail)));
        let lost = databases.iter().filter(|(_, outage)| condition::db_connection_lost(outage.failures));
        let words = |(who, outage): &(&String, &Outage)| {
            ((*who).clone(), format!("{who} failed {} times in a row: {}", outage.failures, outage.detail))
        };
        self.all(&DATABASE, lost.map(words).collect::<Vec<_>>().into_iter());
    }

    /// What relayers reported in the last minutes.
    async fn figures(&self) -> Result<(), StoreError> {
        let store = &self.guard.parts.store;
        let sums = store.sum_operations(earlier(self.guard.parts.clock.now(), FIGURES_WINDOW)).await?;
        let misses: u64 = sums.iter().map(|sum| sum.gas_misses).fold(0, u64::saturating_add);
        self.say(&GAS, "relayer", misses > 0, || {
            format!("{misses} transactions used more than 1.5 times the gas that was estimated")
        });
        let cycle = sums.iter().find(|sum| sum.kind == "index_cycle").and_then(|sum| sum.p95);
        self.slow("index cycle", cycle.unwrap_or_default());
        let (measures, _) = self.guard.performance().await?;
        let missed = measures.iter().filter(|one| one.standing == crate::domain::target::Standing::Missed);
        let words = missed.map(|one| {
            let is = one.value.clone().unwrap_or_default();
            (one.name.to_owned(), format!("{} is {is} {}, it should be {}", one.name, one.unit, one.target))
        });
        self.all(&TARGET, words);
        Ok(())
    }

    async fn record(&mut self) -> Result<(), StoreError> {
        let checked = self.guard.check_record(self.checked.1, None).await?;
        let whole = checked.broken_at.is_none();
        self.say(&RECORD, "record", !whole, || checked.detail.clone());
        if whole {
            // The last one again, so that the next stretch hangs on what was found whole.
            self.checked.1 = self.checked.1.max(1).saturating_add(checked.checked).saturating_sub(1);
        }
        Ok(())
    }

    fn slow(&self, what: &str, took: Duration) {
        let is_slow = match condition::cycle(took) {
            Cycle::TooSlow => true,
            Cycle::Slow | Cycle::Good => false,
        };
        self.say(&LATENCY, what, is_slow, || format!("an {what} took {} ms", took.as_millis()));
    }

    /// All troubles of a concern: those that are not among them any more are over.
    fn all(&self, concern: &'static Concern, troubles: impl Iterator<Item = (String, String)>) {
        let mut present = BTreeSet::new();
        for (subject, words) in troubles {
            self.alarms.say(concern, &subject, Some(words));
            present.insert(subject);
        }
        for over in self.alarms.subjects(concern).difference(&present) {
            self.alarms.say(concern, over, None);
        }
    }

    fn say(&self, concern: &'static Concern, subject: &str, trouble: bool, words: impl FnOnce() -> String) {
        self.alarms.say(concern, subject, trouble.then(words));
    }
}

/// Whether some replica leads. Said by the watchdog, which runs where nobody evaluates.
pub fn leader(alarms: &Alarms, exists: bool) {
    let trouble = (!exists).then(|| "no replica leads: nothing is evaluated, and no lease is granted".to_owned());
    alarms.say(&NO_LEADER, "relayer-invariant-guard", trouble);
}

/// Takes the alert of a halt.
///
/// # Errors
/// [`Refused`]: the next round of the replica that speaks does it.
pub async fn acknowledge(alarms: &Alarms, halt: HaltId, by: &str) -> Result<(), Refused> {
    alarms.acknowledge(HALTED.name(), &subject(halt), by).await
}

fn subject(halt: HaltId) -> String {
    Uuid::from_u128(halt.get()).to_string()
}

fn due(last: Option<Monotonic>, now: Monotonic, every: Duration) -> bool {
    last.is_none_or(|last| now.since(last) >= every)
}

fn earlier(at: Timestamp, span: Duration) -> Timestamp {
    let span = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(at.as_millis().saturating_sub(span)).unwrap_or(Timestamp::EPOCH)
}
