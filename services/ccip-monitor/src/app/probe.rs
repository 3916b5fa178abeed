//! The look at every chain that is made each `MONITORING_INTERVAL`: routers, curses, counters, LINK. What it finds goes
//! into the read model; alerts are raised from there. One chain that does not answer holds up no other.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc, time::Duration};

use causeway_primitives::{Address, ChainId, ChainName, Timestamp, U256};
use causeway_runtime::{CancellationToken, clock::Clock, health::Heartbeat};
use causeway_store::{Error as StoreError, lease::Leadership};
use futures_util::future::join_all;
use tokio::sync::watch;

use super::view::{Balance, ChainView, Known, LaneView, Router, Views};
use crate::{
    domain::{
        diagnose::{
            Gap, Read,
            evidence::{Curses, RouterState},
        },
        lane::Dialect,
        spend::{self, Sample},
    },
    ports::{
        BalanceAt, ChainReads, Dossier, LastNumber, Ledger, LedgerError, OutgoingReads, Pin, ProbeAsk, ProbeReads,
    },
};

/// A balance is kept no more often than this: a forecast in days needs no finer samples, and a month of them is read at
/// once.
const KEEP_EVERY: Duration = Duration::from_secs(300);

/// Samples are kept for so long beyond what a forecast looks back.
const KEPT_DAYS: u64 = 90;

const DAY_SECONDS: u64 = 86_400;

/// A chain that is looked at.
#[derive(Debug)]
pub struct Probed {
    /// The operators' word for it.
    pub name: ChainName,
    /// Its id.
    pub id: ChainId,
    /// Who asks it.
    pub reads: Arc<dyn ChainReads>,
    /// What is asked.
    pub ask: ProbeAsk,
}

/// A chain's head, and what it was asked at it.
type Look = (Read<Pin>, Option<(Pin, ProbeReads)>);

/// What is stored already, whichever replica stored it.
#[derive(Debug)]
pub struct Stored {
    /// Cursors and balances.
    pub dossier: Arc<dyn Dossier>,
    /// Numbers of ramps.
    pub ledger: Arc<dyn Ledger>,
    /// Whether this replica reads a chain: then it knows better where it is.
    pub readers: BTreeMap<ChainId, watch::Receiver<Option<Leadership>>>,
}

/// Looks.
#[derive(Debug)]
pub struct Prober {
    chains: Vec<Probed>,
    stored: Stored,
    views: Views,
    clock: Arc<dyn Clock>,
    interval: Duration,
    heartbeat: Heartbeat,
    kept: BTreeMap<(ChainId, Address), Timestamp>,
}

impl Prober {
    /// Looks at these chains, so often.
    pub fn new(
        chains: Vec<Probed>,
        stored: Stored,
        views: Views,
        (clock, interval): (Arc<dyn Clock>, Duration),
        heartbeat: Heartbeat,
    ) -> Self {
        Self { chains, stored, views, clock, interval, heartbeat, kept: BTreeMap::new() }
    }

    /// Looks until it is told to stop.
    ///
    /// # Errors
    /// None: what does not answer is shown as unknown, and asked again.
    pub async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        loop {
            if token.run_until_cancelled(self.look()).await.is_none() {
                return Ok(());
            }
            self.heartbeat.beat();
            if token.run_until_cancelled(tokio::time::sleep(self.interval)).await.is_none() {
                return Ok(());
            }
            self.heartbeat.beat();
        }
    }

    /// One look at everything.
    pub async fn look(&mut self) {
        for chain in &self.chains {
            if let Err(error) = self.show_stored(chain).await {
                tracing::debug!(chain = %chain.name, error = %causeway_telemetry::Chain(&error), "what is stored cannot be shown");
            }
        }
        let looks = self.chains.iter().map(|chain| async move {
            let head = chain.reads.head().await;
            let reads = match &head.value {
                Ok(pin) => Some((*pin, chain.reads.probe(*pin, &chain.ask).await)),
                Err(_) => None,
            };
            (head, reads)
        });
        let looks = join_all(looks).await;
        let ids: Vec<_> = self.chains.iter().map(|chain| (chain.id, chain.ask.link_token)).collect();
        self.show_lanes(&looks);
        for ((id, token), (head, reads)) in ids.into_iter().zip(looks) {
            match reads {
                None => self.show_silence(id, &head),
                Some((pin, reads)) => self.show(id, token, pin, reads).await,
            }
        }
    }

    /// How far the chain was read, and which numbers its ramps were seen to give: the same on every replica.
    async fn show_stored(&self, chain: &Probed) -> Result<(), LedgerError> {
        let cursor = self.stored.dossier.find_cursor(chain.id).await?;
        let reads_itself = self.stored.readers.get(&chain.id).is_some_and(|leads| leads.borrow().is_some());
        if let Some(cursor) = cursor.filter(|_| !reads_itself) {
            self.views.change_chain(chain.id, |view| {
                (view.position, view.position_time) = (Some(cursor.position), Some(cursor.time));
            });
        }
        let numbers = self.stored.ledger.list_sequences(chain.id).await?;
        for outgoing in &chain.ask.outgoing {
            let is_its = |last: &&LastNumber| last.lane == outgoing.lane && last.on_ramp == outgoing.on_ramp;
            let last = numbers.iter().find(is_its).map(|last| last.number);
            self.views.change_lane(&outgoing.lane, |view| view.last_seen = last);
        }
        Ok(())
    }

    /// What a chain that did not answer is not known to be.
    fn show_silence(&self, id: ChainId, head: &Read<Pin>) {
        let why = head.find_gap().map(ToString::to_string).unwrap_or_default();
        let now = self.clock.now();
        let has_router = self.chains.iter().any(|chain| chain.id == id && chain.ask.router.is_some());
        self.views.change_chain(id, |view| {
            view.router = if has_router { Known::Unknown(why.clone()) } else { Known::NotAsked };
            view.cursed = Known::Unknown(why.clone());
            view.balances.iter_mut().for_each(|balance| balance.juels = Known::Unknown(why.clone()));
            view.looked_at = Some(now);
        });
    }

    async fn show(&mut self, id: ChainId, token: Option<Address>, pin: Pin, reads: ProbeReads) {
        let mut balances = Vec::with_capacity(reads.balances.len());
        for (account, read) in reads.balances {
            let days_left = match (token, read.find()) {
                (Some(token), Some(juels)) => self.forecast(id, token, account, (pin, *juels)).await,
                (None, _) | (_, None) => None,
            };
            balances.push(Balance { account, juels: known(read), days_left });
        }
        let now = self.clock.now();
        let (router, cursed) = (known_router(reads.router), known(reads.cursed));
        self.views.change_chain(id, |view: &mut ChainView| {
            view.head = view.head.max(Some(pin.number));
            view.head_time = view.head_time.max(Some(pin.time));
            (view.router, view.cursed, view.balances, view.looked_at) = (router, cursed, balances, Some(now));
        });
    }

    /// Keeps the balance from time to time, and says how long it lasts. A store that does not answer costs the forecast,
    /// not the balance.
    async fn forecast(
        &mut self,
        chain: ChainId,
        token: Address,
        account: Address,
        (pin, juels): (Pin, U256),
    ) -> Option<u32> {
        let kept = self.kept.get(&(chain, account)).copied();
        let sample = Sample { at: pin.time, amount: juels };
        if kept.is_none_or(|kept| pin.time.since(kept) >= KEEP_EVERY) {
            let balance = BalanceAt { chain, token, account, block: pin.number, sample };
            if self.keep(&balance).await.is_ok() {
                self.kept.insert((chain, account), pin.time);
            }
        }
        let from = days_before(pin.time, u64::from(spend::DAYS));
        let mut samples = self.stored.dossier.list_balances(chain, token, account, from).await.ok()?;
        samples.push(sample);
        spend::days_left(&samples, pin.time)
    }

    async fn keep(&self, balance: &BalanceAt) -> Result<(), StoreError> {
        let kept = async {
            self.stored.dossier.insert_balance(balance).await?;
            self.stored.dossier.delete_balances(balance.chain, days_before(balance.sample.at, KEPT_DAYS)).await
        };
        let kept = kept.await;
        if let Err(error) = &kept {
            tracing::warn!(chain = %balance.chain, error = %causeway_telemetry::Chain(error), "a balance could not be kept");
        }
        kept.map(|_| ())
    }

    /// A lane is seen from both ends: what supports it stands at its source, a curse may stand at either.
    fn show_lanes(&self, looks: &[Look]) {
        let reads = || looks.iter().filter_map(|(_, reads)| reads.as_ref().map(|(_, reads)| reads));
        for lane in self.views.list_lanes() {
            let outgoing = reads().flat_map(|reads| &reads.outgoing).find(|reads| reads.lane == lane.key);
            let incoming = reads().flat_map(|reads| &reads.incoming).find(|(key, _)| *key == lane.key);
            // Nobody curses a private lane unless a contract that does is configured.
            let is_private = matches!(lane.key.dialect, Dialect::Private(_));
            let cursed = cursed(is_private, outgoing.map(|reads| &reads.curses), incoming.map(|(_, curses)| curses));
            self.views.change_lane(&lane.key, |view| show_lane(view, outgoing, cursed));
        }
    }
}

fn show_lane(view: &mut LaneView, outgoing: Option<&OutgoingReads>, cursed: Known<bool>) {
    let (supported, expected_next) = match outgoing {
        Some(reads) => (known(reads.supported.clone()), known(reads.expected_next.clone())),
        None => (Known::Unknown(SILENT.to_owned()), Known::Unknown(SILENT.to_owned())),
    };
    (view.supported, view.expected_next, view.cursed) = (supported, expected_next, cursed);
}

/// Why nothing is known of a lane whose source was not reached.
const SILENT: &str = "the source chain does not answer";

/// Either side's curse counts; "not cursed" needs both.
fn cursed(is_private: bool, source: Option<&Read<Curses>>, destination: Option<&Read<Curses>>) -> Known<bool> {
    let sides = [source, destination];
    let is_cursed = |read: &Read<Curses>| read.find().map(|curses| curses.global || curses.lane);
    if sides.into_iter().flatten().any(|read| is_cursed(read) == Some(true)) {
        return Known::Is(true);
    }
    let gap = sides.into_iter().flatten().find_map(Read::find_gap);
    match (gap, sides) {
        (Some(Gap::NotConfigured { .. }), [Some(_), Some(_)]) if is_private => Known::NotAsked,
        (Some(gap), _) => Known::Unknown(gap.to_string()),
        (None, [Some(_), Some(_)]) => Known::Is(false),
        (None, [None, _] | [_, None]) => Known::Unknown("one end of the lane does not answer".to_owned()),
    }
}

/// A router is optional: where none is configured nothing is wrong with it.
fn known_router(read: Read<RouterState>) -> Known<Router> {
    match read.find_gap() {
        Some(Gap::NotConfigured { .. }) => Known::NotAsked,
        Some(_) | None => known(read.map(router)),
    }
}

fn router(state: RouterState) -> Router {
    match state {
        RouterState::Serves { version } => Router::Serves { version },
        RouterState::NoCode => Router::NoCode,
        RouterState::Refuses { reason } => Router::Refuses(reason),
    }
}

fn known<T>(read: Read<T>) -> Known<T> {
    match read.value {
        Ok(value) => Known::Is(value),
        Err(gap) => Known::Unknown(gap.to_string()),
    }
}

fn days_before(time: Timestamp, days: u64) -> Timestamp {
    let span = days.saturating_mul(DAY_SECONDS).saturating_mul(1_000);
    Timestamp::from_millis(time.as_millis().saturating_sub(span)).unwrap_or(Timestamp::EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ccip_11_a_router_that_nobody_configured_is_not_asked_and_one_that_is_silent_is_unknown() {
        assert_eq!(known_router(Read::not_configured("the router")), Known::NotAsked);
        let silence = Gap::Unanswered { why: "no endpoint".to_owned() };
        assert!(matches!(known_router(Read::gap(silence, String::new())), Known::Unknown(_)));
        let none = Read::known(RouterState::NoCode, String::new());
        assert_eq!(known_router(none), Known::Is(Router::NoCode));
    }
}
