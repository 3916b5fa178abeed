//! The round that is made every `MONITORING_INTERVAL`: who is late, how lanes did, what is open, and what to say of it.
//!
//! Lateness is judged by the destination chain's clock as far as that chain was read: while our own reading is behind,
//! nobody is late. So an outage of the monitor expires nothing.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_chain::endpoints::EndpointSet;
use causeway_primitives::{ChainId, Timestamp};
use causeway_runtime::{CancellationToken, clock::Clock, health::Heartbeat};
use causeway_store::{Error as StoreError, lease::Leadership};
use tokio::sync::watch;

use super::{
    advice::Adviser,
    alerts::Alerts,
    count::whole_tokens,
    lanes::LaneBook,
    view::{ChainView, Known, Router, Views},
};
use crate::{
    domain::{lane::LaneKey, message::Status, rates::Waiting},
    metrics::Metrics,
    ports::{Judgement, Ledger, LedgerError, Upkeep, Verdict, Watch},
};

/// Messages that are judged in one transaction.
const JUDGED_AT_ONCE: u32 = 1_000;

/// Rounds of judging one lane in one turn, so that a million late messages do not hold up the rest.
const JUDGEMENTS_IN_A_TURN: u32 = 20;

/// Executed messages are counted in one of so many rounds: the count walks an index over all of them.
const EXECUTED_COUNTED_EVERY: u64 = 20;

/// What was executed must have been sent before; a source that was read so far past the execution does not have it.
const SOURCE_MARGIN: Duration = Duration::from_secs(120);

/// Unfinished messages by lane and status.
type Counts = [(LaneKey, Status, u64)];

/// Why a round came to nothing.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the store could not be asked")]
    Store(#[from] StoreError),
    #[error("judgements could not be stored")]
    Ledger(#[from] LedgerError),
}

/// The round.
#[derive(Debug)]
pub struct Judge {
    /// What the operators said.
    pub lanes: Arc<LaneBook>,
    /// The round's questions.
    pub upkeep: Arc<dyn Upkeep>,
    /// Stores judgements.
    pub ledger: Arc<dyn Ledger>,
    /// Whether this replica judges.
    pub leadership: watch::Receiver<Option<Leadership>>,
    /// How far chains are read.
    pub views: Views,
    /// The chains, to see whether they answer.
    pub endpoints: Vec<(ChainId, EndpointSet)>,
    /// Says what is wrong.
    pub alerts: Alerts,
    /// Tells the guard when senders should pause.
    pub adviser: Adviser,
    /// What was told.
    pub watch: Arc<dyn Watch>,
    /// Counts.
    pub metrics: Metrics,
    /// For windows of time.
    pub clock: Arc<dyn Clock>,
    /// Between two rounds.
    pub interval: Duration,
    /// Rates are taken over so long.
    pub window: Duration,
    /// Says that the loop turns.
    pub heartbeat: Heartbeat,
    /// Rounds that were made.
    pub rounds: u64,
    /// The term in which the listed lanes were named in the store.
    pub named_in: Option<u64>,
}

impl Judge {
    /// Makes rounds until it is told to stop.
    ///
    /// # Errors
    /// None: a round that fails is said, and the next one is made.
    pub async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        let mut failing = false;
        loop {
            let round = token.run_until_cancelled(self.round()).await;
            let Some(round) = round else { return Ok(()) };
            if let Err(error) = &round
                && !failing
            {
                tracing::warn!(error = %causeway_telemetry::Chain(error), "a round of looking failed and is made again");
            }
            failing = round.is_err();
            self.rounds = self.rounds.saturating_add(1);
            self.heartbeat.beat();
            if token.run_until_cancelled(self.until_due()).await.is_none() {
                return Ok(());
            }
            self.heartbeat.beat();
        }
    }

    /// The interval; or at once when this replica begins to lead, since lanes are then to be named.
    async fn until_due(&mut self) {
        let due = tokio::time::sleep(self.interval);
        tokio::pin!(due);
        loop {
            tokio::select! {
                () = &mut due => return,
                changed = self.leadership.changed() => {
                    let epoch = self.leadership.borrow().as_ref().map(Leadership::epoch);
                    if changed.is_err() {
                        return due.await;
                    }
                    if epoch.is_some() && epoch != self.named_in {
                        return;
                    }
                }
            }
        }
    }

    async fn round(&mut self) -> Result<(), Error> {
        let chains = self.views.list_chains();
        for chain in &chains {
            self.count(chain);
            self.alerts.chain(chain);
            self.alerts.reading(chain, self.answers(chain.id));
        }
        for lane in self.views.list_lanes() {
            self.alerts.lane(&lane);
        }
        let leadership = self.leadership.borrow().as_ref().filter(|leadership| leadership.is_valid()).cloned();
        if let Some(leadership) = &leadership
            && self.named_in != Some(leadership.epoch())
        {
            self.ledger.upsert_lanes(leadership, &self.lanes.rows()).await?;
            self.named_in = Some(leadership.epoch());
            self.adviser.forget();
        }
        let lanes = self.upkeep.list_lanes().await?;
        if let Some(leadership) = &leadership {
            for lane in &lanes {
                self.judge(leadership, lane, &chains).await?;
            }
            let now = self.clock.now();
            for finding in self.ledger.audit(leadership, SOURCE_MARGIN, now).await? {
                self.metrics.finding(&self.chain_name(finding.chain), finding.kind);
            }
        }
        self.look_back(leadership.as_ref(), &lanes, &chains).await
    }

    /// As metrics know it.
    fn chain_name(&self, chain: ChainId) -> String {
        self.views.find_chain(chain).map_or_else(|| chain.to_string(), |view| view.name.to_string())
    }

    /// What the probes know, as gauges; what is not known has no series.
    fn count(&self, chain: &ChainView) {
        let name = chain.name.as_str();
        // Whoever reads the chain says it more often; here it is said by everybody.
        if let (Some(head), Some(head_time), Some(read)) = (chain.head, chain.head_time, chain.position_time) {
            self.metrics.head(name, head, head_time.since(read));
        }
        match &chain.router {
            Known::NotAsked => {}
            Known::Unknown(_) => self.metrics.router(name, false),
            Known::Is(router) => self.metrics.router(name, matches!(router, Router::Serves { .. })),
        }
        let lanes = self.views.list_lanes();
        let touching = lanes.iter().filter(|lane| lane.key.source == chain.selector);
        let known: Vec<bool> =
            touching.map(|lane| &lane.cursed).chain([&chain.cursed]).filter_map(|one| one.value().copied()).collect();
        self.metrics.cursed(name, (!known.is_empty()).then(|| known.contains(&true)));
        for balance in &chain.balances {
            let whole = balance.juels.value().map(|juels| whole_tokens(*juels));
            self.metrics.link(name, balance.account.to_string(), whole);
        }
    }

    fn answers(&self, chain: ChainId) -> bool {
        let Some((_, endpoints)) = self.endpoints.iter().find(|(id, _)| *id == chain) else { return false };
        endpoints.health().iter().any(|endpoint| endpoint.circuit == causeway_chain::endpoints::CircuitState::Closed)
    }

    /// Who of a lane is late, and who is not any more because the lane was given more time.
    async fn judge(&self, leadership: &Leadership, lane: &LaneKey, chains: &[ChainView]) -> Result<(), Error> {
        let Some(now) = destination_time(lane, chains) else { return Ok(()) };
        let patience = self.lanes.expire_after(lane);
        let limit = before(now, patience);
        for _ in 0..JUDGEMENTS_IN_A_TURN {
            let late = self.upkeep.list_late(lane, limit, JUDGED_AT_ONCE).await?;
            let early = self.upkeep.list_early(lane, limit, JUDGED_AT_ONCE).await?;
            let words = |what: &str| format!("{what} {} s by the destination's clock", patience.as_secs());
            let judgement = |message: &u64, verdict: Verdict, cause: String| Judgement {
                message: *message,
                verdict,
                at: now,
                cause,
            };
            let late = late.iter().map(|key| judgement(key, Verdict::TimedOut, words("no end within")));
            let early = early.iter().map(|key| judgement(key, Verdict::TimeExtended, words("the lane now has")));
            let judgements: Vec<Judgement> = late.chain(early).collect();
            if judgements.is_empty() {
                return Ok(());
            }
            if self.ledger.judge(leadership, &judgements).await? == 0 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What has no end yet, by the destination's clock as far as it was read.
    async fn waiting(&self, lane: &LaneKey, counts: &Counts, chains: &[ChainView]) -> Result<Waiting, Error> {
        let on_its_way = |status: &Status| matches!(status, Status::Sent | Status::Delivered | Status::Executing);
        let of_lane = counts.iter().filter(|(of, status, _)| of == lane && on_its_way(status));
        let pending = of_lane.fold(0_u64, |sum, (_, _, count)| sum.saturating_add(*count));
        let overdue = match destination_time(lane, chains).filter(|_| pending > 0) {
            Some(now) => self.upkeep.count_late(lane, before(now, self.alerts.latency())).await?,
            None => 0,
        };
        Ok(Waiting { pending, overdue })
    }

    /// Rates, counts and findings: every replica shows them, the leader's alerts are the ones that are told.
    async fn look_back(
        &mut self,
        leadership: Option<&Leadership>,
        lanes: &[LaneKey],
        chains: &[ChainView],
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let ended = self.upkeep.list_ended(before(now, self.window)).await?;
        let counts = self.upkeep.count_unfinished().await?;
        for lane in lanes {
            let done = ended.iter().find(|(of, _)| of == lane).map(|(_, done)| *done).unwrap_or_default();
            let waiting = self.waiting(lane, &counts, chains).await?;
            self.alerts.lane_ended(&self.lanes.name(lane), &done, waiting);
        }
        let ended: Vec<_> = ended.into_iter().map(|(lane, ended)| (self.lanes.name(&lane), ended)).collect();
        if let Some(leadership) = leadership {
            let advice = self.adviser.advise(self.watch.as_ref(), &ended).await?;
            if !advice.is_empty() {
                self.ledger.insert_events(leadership, &advice).await?;
                self.adviser.stored(&advice);
            }
        }
        for lane in lanes {
            for status in Status::ALL.into_iter().filter(|status| *status != Status::Executed) {
                let found = counts.iter().find(|(of, known, _)| of == lane && *known == status);
                let count = found.map_or(0, |(_, _, count)| *count);
                self.metrics.tracked(&self.lanes.labels(lane), status, count);
                if status == Status::Expired {
                    self.alerts.expired(&self.lanes.name(lane), count);
                }
            }
        }
        if self.rounds.is_multiple_of(EXECUTED_COUNTED_EVERY) {
            for (lane, count) in self.upkeep.count_executed().await? {
                self.metrics.tracked(&self.lanes.labels(&lane), Status::Executed, count);
            }
        }
        for (chain, holes) in self.upkeep.count_holes().await? {
            if let Some(view) = self.views.find_chain(chain) {
                self.metrics.holes(view.name.as_str(), holes);
            }
        }
        self.alerts.findings(&self.upkeep.count_findings().await?, now);
        Ok(())
    }
}

/// The destination's clock, as far as it was read: a message whose execution may stand in a block that we have not read is
/// not late. One whose execution was read and waits for its source is left out by the store.
fn destination_time(lane: &LaneKey, chains: &[ChainView]) -> Option<Timestamp> {
    chains.iter().find(|chain| chain.selector == lane.destination)?.position_time
}

fn before(now: Timestamp, span: Duration) -> Timestamp {
    let span = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(span)).unwrap_or(Timestamp::EPOCH)
}
