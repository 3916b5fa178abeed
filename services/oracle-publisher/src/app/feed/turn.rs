//! One turn of a feed: gather → evaluate → act → show.

use std::time::Duration;

use causeway_primitives::Ppm;
use causeway_store::lease::Leadership;
use tokio::{sync::oneshot, time::timeout};
use tracing::Instrument as _;

use super::{FeedTask, Wake, entry::Draft};
use crate::{
    app::{
        control::{BreakerAction, Command, Landing, Order, SourceAction},
        crew::Move,
        view::{DecisionView, FeedView, OnChainView, SourceView, Status},
    },
    domain::{
        aggregate::{Aggregation, aggregate, derive},
        breaker::{self, Forced, Position},
        decide::{Decision, OnChain, Pending},
        evaluation::{Evaluation, Inputs, Material, evaluate},
        lifecycle::Operator,
        route::Conversions,
    },
    error::Error,
    metrics::Standing,
};

/// A feed that has just started has heard of nobody yet, and its answer may be old because nobody was there to renew
/// it: nobody is called for that.
const SETTLES_WITHIN: Duration = Duration::from_secs(10);

/// What a turn gathered at one instant.
struct Gathered {
    inputs_but_chain: InputsButChain,
    aggregation: Aggregation,
}

/// The inputs of an evaluation that do not come from the chain.
struct InputsButChain {
    now: causeway_primitives::Timestamp,
    material: Material,
    conversions: Conversions,
}

impl FeedTask {
    pub(super) async fn turn(&mut self, wake: Wake) {
        let leadership = self.sync(&wake).await;
        match wake {
            Wake::Command(command) => self.command(command, leadership.as_ref()).await,
            Wake::Cadence => self.on_cadence(leadership.as_ref()).await,
            Wake::Tick => self.on_tick(leadership.as_ref()).await,
        }
    }

    /// Loads what is stored: once when this replica begins to lead, and on a standby's cadence, so that it shows
    /// what the leader does. Returns the leadership only when the stored state is here.
    async fn sync(&mut self, wake: &Wake) -> Option<Leadership> {
        let leadership = self.leadership();
        let epoch = leadership.as_ref().map(Leadership::epoch);
        // While an answer is on its way, the journal is asked again on the cadence: its outcome may have been missed.
        let waiting = self.pending.is_some() && matches!(wake, Wake::Cadence);
        let known = epoch.is_some() && epoch == self.epoch;
        let idle_standby = epoch.is_none() && !matches!(wake, Wake::Cadence);
        if (known && !waiting) || idle_standby {
            return leadership;
        }
        let feed = self.setup.feed.id().clone();
        match timeout(self.deps.wait_limit, self.deps.ledger.get_feed(&feed)).await {
            Ok(Ok(state)) => {
                // Missed while this replica led, or left by whoever led before it.
                let missed = self.pending.is_some() && state.pending.is_none();
                let ended = missed || (epoch.is_some() && !known && self.patience.is_new());
                if let Some(landing) = state.last.filter(|_| ended) {
                    self.landed(landing);
                }
                self.pending = state.pending;
                if epoch.is_none() {
                    self.tell_as_standby(&state);
                }
                if !known {
                    self.say_sources(&state);
                    self.crew.restore(&state.sources);
                    self.stored = state.sources;
                    self.breaker = state.breaker.unwrap_or(breaker::Breaker::CLOSED);
                    self.epoch = epoch;
                }
                leadership
            }
            // The store's own health check says so to operators; here it only means that we do not lead.
            Ok(Err(_)) | Err(_) => {
                self.epoch = None;
                None
            }
        }
    }

    async fn on_tick(&mut self, leadership: Option<&Leadership>) {
        let gathered = self.gather();
        let may_publish = leadership.is_some() && self.patience.is_over(self.deps.clock.monotonic());
        let Some(reading) = self.reading.clone().filter(|_| may_publish) else {
            return self.show(&gathered.aggregation);
        };
        let likely = self.evaluated(&gathered, reading.on_chain);
        match (leadership, &likely.1.decision) {
            (Some(leadership), Decision::Publish { .. }) => self.publish(leadership, Vec::new()).await,
            _ => self.show(&gathered.aggregation),
        }
    }

    async fn on_cadence(&mut self, leadership: Option<&Leadership>) {
        self.deps.metrics.leads_feed(self.setup.feed.id(), leadership.is_some());
        self.evaluate_on_cadence(leadership).await;
        self.show_sources();
    }

    async fn evaluate_on_cadence(&mut self, leadership: Option<&Leadership>) {
        let gathered = self.gather();
        let moves = self.crew.step(&gathered.aggregation, &self.deps.board, gathered.inputs_but_chain.now);
        self.compare(&gathered.aggregation);
        self.read_chain().await;
        let Some(leadership) = leadership else {
            // Whoever leads tells of it, at its time.
            self.notes.clear();
            return self.show(&gathered.aggregation);
        };
        let Some(reading) = self.reading.clone().filter(|_| self.setup.feed.aggregator.is_some()) else {
            self.commit(leadership, Draft::of_moves(moves)).await;
            return self.show(&gathered.aggregation);
        };
        let (inputs, evaluation) = self.evaluated(&gathered, reading.on_chain);
        if matches!(evaluation.decision, Decision::Publish { .. }) {
            if self.patience.is_over(self.deps.clock.monotonic()) {
                return self.publish(leadership, moves).await;
            }
            self.commit(leadership, Draft::of_moves(moves)).await;
            return self.show(&gathered.aggregation);
        }
        self.commit(leadership, Draft::of_decision(moves, &inputs, &evaluation)).await;
        self.show(&gathered.aggregation);
    }

    /// The publishing path: everything is read again, so that the decision rests on one block and the newest
    /// words, and one trace covers it from the tick to the receipt.
    async fn publish(&mut self, leadership: &Leadership, moves: Vec<Move>) {
        let span = tracing::info_span!("price_tick", feed_id = %self.setup.feed.id(), reason = tracing::field::Empty);
        async {
            self.read_chain().await;
            let gathered = tracing::info_span!("gather").in_scope(|| self.gather());
            let Some(reading) = self.reading.clone() else {
                self.commit(leadership, Draft::of_moves(moves)).await;
                return self.show(&gathered.aggregation);
            };
            let (inputs, evaluation) =
                tracing::info_span!("decide").in_scope(|| self.evaluated(&gathered, reading.on_chain));
            tracing::Span::current().record("reason", evaluation.decision.reason());
            let draft = Draft::of_decision(moves, &inputs, &evaluation);
            self.commit(leadership, draft).instrument(tracing::info_span!("record")).await;
            self.show(&gathered.aggregation);
        }
        .instrument(span)
        .await;
    }

    fn gather(&self) -> Gathered {
        let (now, at) = (self.now(), self.deps.clock.monotonic());
        let material = match &self.setup.legs {
            Some(legs) => Material::Derived(legs.clone()),
            None => Material::Observed(self.crew.observations(&self.deps.board, at)),
        };
        let conversions = match &material {
            Material::Observed(words) => {
                self.deps.worths.conversions(words.iter().flat_map(|word| word.route.legs.iter()), at)
            }
            Material::Derived(legs) => self.deps.worths.conversions(legs.iter(), at),
        };
        let (policy, condition) = (self.setup.policy.get(), self.crew.condition());
        let aggregation = match &material {
            Material::Observed(words) => aggregate(policy, now, condition, words, &conversions),
            Material::Derived(legs) => derive(policy, condition, legs, &conversions),
        };
        self.deps.worths.put(self.setup.feed.id(), aggregation.answer().copied(), at);
        Gathered { inputs_but_chain: InputsButChain { now, material, conversions }, aggregation }
    }

    fn evaluated(&self, gathered: &Gathered, on_chain: OnChain) -> (Inputs, Evaluation) {
        let given = &gathered.inputs_but_chain;
        let inputs = Inputs {
            now: given.now,
            condition: self.crew.condition(),
            material: given.material.clone(),
            conversions: given.conversions.clone(),
            on_chain,
            breaker: self.breaker,
            pending: self.pending.map(|answer| Pending { answer }),
        };
        let evaluation = evaluate(self.setup.policy.get(), &inputs);
        (inputs, evaluation)
    }

    /// Reads the feed on chain. What cannot be read is not known: no decision rests on an older reading.
    async fn read_chain(&mut self) {
        let Some(aggregator) = self.setup.feed.aggregator else { return };
        let read = timeout(self.deps.wait_limit, self.deps.chain.read(aggregator)).await;
        let feed = self.setup.feed.id();
        match read {
            Ok(Ok(reading)) => {
                self.reading = Some(reading);
                self.chain_was_readable = true;
            }
            Ok(Err(_)) | Err(_) => {
                self.reading = None;
                self.deps.metrics.failed(feed, "chain_unreadable");
                if std::mem::replace(&mut self.chain_was_readable, false) {
                    tracing::warn!(feed_id = %feed, "feed cannot be read on chain; nothing is decided meanwhile");
                }
            }
        }
        self.deps.alerts.chain_readable(feed, self.chain_was_readable);
    }

    async fn command(&mut self, command: Command, leadership: Option<&Leadership>) {
        match command {
            Command::Settled(landing) => {
                // What the journal has told already is not counted a second time.
                if self.pending.take().is_some() {
                    self.landed(landing);
                }
                self.reading = None;
                self.read_chain().await;
                let gathered = self.gather();
                self.show(&gathered.aggregation);
            }
            Command::Source { source, action, order, done } => {
                let operator = match action {
                    SourceAction::Exclude => Operator::Excluded,
                    SourceAction::Reinstate => Operator::HandsOff,
                };
                let now = self.now();
                let moves = self.crew.order(&source, operator, now);
                let draft = moves.map(|moves| Draft::of_moves(moves).ordered(&order, source.as_str(), action.as_str()));
                let missing = Error::SourceUnknown { id: source };
                self.obey(leadership, draft.ok_or(missing), done).await;
            }
            Command::Breaker { action, order, done } => {
                let draft = self.forced(action, &order);
                self.obey(leadership, Ok(draft), done).await;
            }
        }
    }

    /// How an answer ended, whoever told it first.
    fn landed(&mut self, landing: Landing) {
        match landing {
            Landing::Landed => self.patience.landed(),
            Landing::Lost => self.patience.lost(self.deps.clock.monotonic(), self.setup.feed.evaluate_interval),
        }
    }

    fn forced(&mut self, action: BreakerAction, order: &Order) -> Draft {
        let forced = match action {
            BreakerAction::ForceOpen => Some(Forced::Open),
            BreakerAction::ForceClosed => Some(Forced::Closed),
            BreakerAction::Clear => None,
        };
        let (after, transition) = breaker::force(&self.breaker, forced);
        self.breaker = after;
        Draft::of_breaker(transition).ordered(order, self.setup.feed.id().as_str(), action.as_str())
    }

    async fn obey(
        &mut self,
        leadership: Option<&Leadership>,
        draft: Result<Draft, Error>,
        done: oneshot::Sender<Result<(), Error>>,
    ) {
        let outcome = match (leadership, draft) {
            (None, _) => Err(Error::NotLeader),
            (Some(_), Err(error)) => Err(error),
            (Some(leadership), Ok(draft)) => {
                if self.commit(leadership, draft).await {
                    Ok(())
                } else {
                    Err(Error::NotLeader)
                }
            }
        };
        if outcome.is_err() {
            // What was changed in memory was not stored: the stored state is loaded again.
            self.epoch = None;
        }
        let gathered = self.gather();
        self.show(&gathered.aggregation);
        self.show_sources();
        // An operator who went away meanwhile has his order carried out all the same.
        let _ = done.send(outcome);
    }

    /// Brings the read model and the gauges up to date.
    pub(super) fn show(&mut self, aggregation: &Aggregation) {
        let terms = self.setup.policy.get().terms();
        let reading = self.reading.as_ref();
        let latest = reading.and_then(|reading| reading.on_chain.latest);
        let position = self.breaker.effective();
        let view = FeedView {
            id: terms.feed.clone(),
            pair: terms.pair.clone(),
            decimals: terms.decimals,
            aggregator: self.setup.feed.aggregator,
            deviation_threshold: terms.trigger.deviation,
            heartbeat: terms.trigger.heartbeat,
            sources: self.crew.mates().iter().map(|mate| mate.source.id.clone()).collect(),
            derived_from: self.setup.legs.iter().flatten().map(|leg| leg.feed.clone()).collect(),
            breaker: position.as_str(),
            forced: self.breaker.order(),
            on_chain: latest.map(|round| OnChainView {
                round_id: round.id,
                answer: round.answer,
                updated_at: round.updated_at,
            }),
            position: reading.map(|reading| reading.position),
            market: aggregation.answer().map(|aggregate| aggregate.price),
            venues_counted: u32::try_from(aggregation.headcount.had).unwrap_or(u32::MAX),
            quorum: u32::try_from(aggregation.headcount.needed).unwrap_or(u32::MAX),
            decision: self.decision.clone(),
        };
        let deviation = latest.filter(|round| round.answer.is_positive()).zip(aggregation.answer());
        let deviation =
            deviation.map(|(round, now)| Ppm::of(round.answer.distance(now.answer), round.answer.magnitude()));
        self.deps.metrics.observe(
            &terms.feed,
            &Standing {
                venues_counted: view.venues_counted,
                quorum: view.quorum,
                breaker_open: position != Position::Closed,
                age: view.age(self.now()),
                deviation,
            },
        );
        let is_well = view.venues_counted >= view.quorum && view.status(self.now()) == Status::Fresh;
        self.settled |= is_well || self.deps.clock.monotonic().since(self.started) >= SETTLES_WITHIN;
        if self.settled {
            self.deps.alerts.feed(&view, self.now());
        }
        self.deps.views.put_feed(view);
    }

    fn show_sources(&self) {
        self.show_references();
        for mate in self.crew.mates() {
            let word = self.deps.board.look(&mate.source.id);
            let weight = self.crew.weight(mate);
            self.deps.source_metrics.weight(&mate.source.id, weight);
            let budget = self.deps.alerts.budget(&mate.source, word.quota.as_ref(), &self.deps.venues, self.now());
            self.deps.views.put_source(SourceView {
                id: mate.source.id.clone(),
                venue: mate.source.venue.clone(),
                feed: self.setup.feed.id().clone(),
                market: mate.source.market.clone(),
                state: mate.record.status().as_str(),
                cause: mate.record.cause.map(|cause| cause.as_str().to_owned()).unwrap_or_default(),
                since: mate.record.since,
                weight,
                backup: mate.is_backup(),
                last_price: word.tick.as_ref().map(|tick| tick.price),
                last_received_at: word.tick.as_ref().map(|tick| tick.received_at),
                last_fault: word.fault.map(|(fault, _)| fault.as_str()).unwrap_or_default(),
                quota_used: budget.quota_used,
                quota_exhausted_at: budget.quota_exhausted_at,
                credential_days_left: budget.credential_days_left,
            });
        }
    }

    pub(super) fn decided(&mut self, evaluation_kind: &'static str, reason: &'static str) {
        let decided_at = self.now();
        self.decision = Some(DecisionView { kind: evaluation_kind.into(), reason: reason.into(), decided_at });
        self.deps.metrics.decided(self.setup.feed.id(), evaluation_kind, reason);
    }
}
