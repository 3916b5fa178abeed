//! How everything stands, looked at again and again: for dashboards, for alerts, and for what may be forgotten. The same on
//! every replica, whoever leads; whose words go out is the alerting desk's.

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
    sync::Arc,
    time::Duration,
};

use causeway_chain::sender::{Sender, UpdatesLeft};
use causeway_primitives::{AssetId, Monotonic, Timestamp};
use causeway_relayer_client::{Relayer, Standing};
use causeway_runtime::{CancellationToken, clock::Clock};
use causeway_service::vitals::ANSWER_WITHIN;
use causeway_store::{Error as StoreError, lease::Leadership};
use causeway_telemetry::Chain;
use tokio::{sync::watch, time::timeout};

use crate::{
    adapters::{guard::SCOPE, store::Store},
    app::{Alerts, Catalogue, Comparisons, REFUSALS_WITHIN},
    config::Keeping,
    metrics::Metrics,
};

/// Often enough for a page that is refreshed every few seconds.
const EVERY: Duration = Duration::from_secs(2);

/// The issuer's balance, the record and what is old are looked at so often.
const SLOWLY: Duration = Duration::from_secs(30);

/// What one movement costs, for the balance in transactions; a first mint to a new holder is below it.
const GAS_PER_MOVEMENT: u64 = 150_000;

/// Rows that are forgotten at once; the rest is forgotten by the next look.
const AT_ONCE: u32 = 5_000;

/// See the module.
pub(super) struct Surveyor {
    pub(super) store: Store,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) comparisons: watch::Receiver<Comparisons>,
    pub(super) leadership: watch::Receiver<Option<Leadership>>,
    pub(super) relayer: Relayer,
    /// Whose balance is looked at; none where somebody else signs.
    pub(super) sender: Option<Sender>,
    pub(super) metrics: Metrics,
    pub(super) alerts: Alerts,
    pub(super) keeping: Keeping,
    pub(super) clock: Arc<dyn Clock>,
}

/// What one look tells the next.
struct Memory {
    /// Since when the guard has given no leave to this replica that leads.
    refused_since: Option<Monotonic>,
    /// When each asset was last compared with evidence.
    compared: BTreeMap<AssetId, Timestamp>,
    started: Timestamp,
    /// How many messages were refused by when.
    refused: VecDeque<(Monotonic, u64)>,
    slowly: Option<Monotonic>,
    /// Up to where the record was found whole.
    recorded: u64,
}

impl Surveyor {
    pub(super) async fn run(self, token: CancellationToken) -> Result<(), Infallible> {
        let mut memory = Memory {
            refused_since: None,
            compared: BTreeMap::new(),
            started: self.clock.now(),
            refused: VecDeque::new(),
            slowly: None,
            recorded: 0,
        };
        loop {
            if let Err(error) = self.look(&mut memory).await {
                tracing::debug!(error = %Chain(&error), "figures not read; tried again");
            }
            if token.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
                return Ok(());
            }
        }
    }

    async fn look(&self, memory: &mut Memory) -> Result<(), StoreError> {
        let now = self.clock.monotonic();
        self.leave(memory, now);
        self.books(memory);
        self.refusals(memory, now);
        let open = self.store.list_open().await?;
        self.metrics.open(&open, self.clock.now());
        self.alerts.requests(self.clock.now(), &open);
        let backlogs = self.store.list_backlogs().await?;
        self.metrics.backlogs(&backlogs);
        self.alerts.answers(&backlogs);
        self.metrics.intents(self.store.count_open_intents().await?);
        self.metrics.errands(&self.store.count_open_errands().await?);
        if memory.slowly.is_none_or(|last| now.since(last) >= SLOWLY) {
            memory.slowly = Some(now);
            self.slowly(memory).await?;
        }
        Ok(())
    }

    fn leave(&self, memory: &mut Memory, now: Monotonic) {
        match self.relayer.standing(SCOPE) {
            Standing::Granted { .. } => memory.refused_since = None,
            // Who does not lead does not ask.
            Standing::Refused(_) if self.leadership.borrow().is_none() => {
                memory.refused_since = None;
                self.alerts.leave(None);
                self.metrics.leave(false);
                return;
            }
            Standing::Refused(refused) => {
                let since = *memory.refused_since.get_or_insert(now);
                self.alerts.leave(Some((now.since(since), refused.to_string())));
                self.metrics.leave(false);
                return;
            }
        }
        self.alerts.leave(None);
        self.metrics.leave(true);
    }

    fn books(&self, memory: &mut Memory) {
        let (comparisons, now) = (self.comparisons.borrow().clone(), self.clock.now());
        for (asset, facts) in self.catalogue.assets() {
            let comparison = comparisons.get(asset);
            if let Some(known) = comparison.filter(|comparison| comparison.outcome.is_some()) {
                memory.compared.insert(asset.clone(), known.at);
                self.metrics.difference(asset, facts.decimals, known);
            }
            let last = memory.compared.get(asset).copied().unwrap_or(memory.started);
            self.alerts.books(asset, comparison, now.since(last));
        }
        self.metrics.compared(&comparisons);
    }

    fn refusals(&self, memory: &mut Memory, now: Monotonic) {
        let total = self.metrics.refused_so_far();
        memory.refused.push_back((now, total));
        while memory.refused.front().is_some_and(|(at, _)| now.since(*at) > REFUSALS_WITHIN) {
            memory.refused.pop_front();
        }
        let before = memory.refused.front().map_or(total, |(_, count)| *count);
        self.alerts.refusals(total.saturating_sub(before));
    }

    async fn slowly(&self, memory: &mut Memory) -> Result<(), StoreError> {
        if let Some(sender) = &self.sender
            && let Ok(Ok(funds)) = timeout(ANSWER_WITHIN, sender.funds(GAS_PER_MOVEMENT)).await
        {
            let left = match funds.updates_left {
                UpdatesLeft::Unlimited => None,
                UpdatesLeft::Count(count) => Some(count),
            };
            self.metrics.updates_left(left);
            self.alerts.issuer(left);
        }
        match self.store.verify_audit_from(memory.recorded.saturating_add(1), None).await? {
            Ok(last) => {
                memory.recorded = last;
                self.alerts.record(None);
            }
            Err(broken_at) => self.alerts.record(Some(broken_at)),
        }
        let forgotten = self.store.forget_calls(before(self.clock.now(), self.keeping.keys), AT_ONCE).await?;
        let pruned = self.store.prune_delivered(self.keeping.delivered, AT_ONCE).await?;
        if forgotten > 0 || pruned > 0 {
            tracing::debug!(forgotten, pruned, "old keys and delivered copies removed");
        }
        Ok(())
    }
}

fn before(now: Timestamp, span: Duration) -> Timestamp {
    let span = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(span)).unwrap_or(Timestamp::EPOCH)
}
