//! What is asked once for all requests of a round.

use std::collections::{BTreeMap, HashMap};

use causeway_primitives::{AssetId, FeedId, Timestamp};
use futures_util::{FutureExt as _, StreamExt as _, stream};

use super::Runner;
use crate::{
    app::Error,
    domain::{
        instruction::Kind,
        request::{Request, RequestId},
        saga::Due,
        units::Units,
        valuation::Quote,
    },
    ports::{Arrival, Progress, Sighting},
};

/// So many questions about other chains are asked at once.
const SIDE_BY_SIDE: usize = 8;

/// What counts against the limits of the next request of an asset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    pub(super) moved_today: Units,
    pub(super) supply: Units,
}

impl Tally {
    /// Counts what was authorised in this round: the database does not know of it.
    pub(super) fn add(&mut self, request: &Request) {
        let units = request.instruction.units;
        let more = |sum: Units| sum.checked_add(units).unwrap_or(Units::MAX);
        self.moved_today = more(self.moved_today);
        if request.instruction.kind() == Kind::Mint {
            self.supply = more(self.supply);
        }
    }
}

/// Answers, by what they are about. What was not asked in this round waits for the next.
#[derive(Debug, Default)]
pub(super) struct Round {
    pub(super) progress: HashMap<RequestId, Progress>,
    pub(super) sightings: HashMap<RequestId, Sighting>,
    pub(super) arrivals: HashMap<RequestId, Arrival>,
    quotes: BTreeMap<FeedId, Quote>,
    pub(super) tallies: BTreeMap<AssetId, Tally>,
}

/// Whether something outside may have happened for a request where this is due.
pub(super) const fn is_underway(due: Due) -> bool {
    match due {
        Due::Watch | Due::LookUp | Due::Prove | Due::Follow | Due::Report | Due::Undo => true,
        Due::Intake
        | Due::Value
        | Due::Authorise
        | Due::Clear
        | Due::Journal
        | Due::Retry
        | Due::Person
        | Due::Nothing => false,
    }
}

impl Round {
    /// Asks what is due of these requests, and what is due of them by the answers.
    ///
    /// # Errors
    /// The journal could not be read.
    pub(super) async fn ask(runner: &Runner, requests: &[Request]) -> Result<Self, Error> {
        let mut round = Self::default();
        let due = |due: Due| requests.iter().filter(move |request| request.saga.state.due() == due);
        let watched: Vec<_> = due(Due::Watch).collect();
        if !watched.is_empty() {
            let progress = runner.parts.backend.progress(&watched).await?;
            round.progress = ids(&watched).zip(progress).collect();
        }
        let mined = |request: &&&Request| matches!(round.progress.get(&request.id), Some(Progress::Mined(_)));
        let mined = watched.iter().filter(mined).copied();
        let looked_up: Vec<_> = due(Due::LookUp).chain(due(Due::Prove)).chain(mined).collect();
        let sightings = runner.parts.backend.look_up(&looked_up).await;
        round.sightings = ids(&looked_up).zip(sightings).collect();
        let found = |request: &&&Request| round.sightings.get(&request.id) == Some(&Sighting::Found);
        let followed: Vec<_> = looked_up.iter().filter(found).copied().chain(due(Due::Follow)).collect();
        let mut asked = Vec::with_capacity(followed.len());
        for request in followed {
            asked.push(async move { (request.id, runner.parts.backend.arrival(request).await) }.boxed());
        }
        round.arrivals = stream::iter(asked).buffer_unordered(SIDE_BY_SIDE).collect().await;
        Ok(round)
    }

    /// What the oracle says of a feed, once a round.
    pub(super) async fn quote(&mut self, runner: &Runner, feed: &FeedId) -> Quote {
        if let Some(quote) = self.quotes.get(feed) {
            return quote.clone();
        }
        let quote = runner.parts.oracle.quote(feed).await;
        self.quotes.insert(feed.clone(), quote.clone());
        quote
    }

    /// What counts against the limits of an asset, with what this round has authorised.
    ///
    /// # Errors
    /// The database's, or books without a sum.
    pub(super) async fn tally(&mut self, runner: &Runner, asset: &AssetId, now: Timestamp) -> Result<Tally, Error> {
        if let Some(tally) = self.tallies.get(asset) {
            return Ok(*tally);
        }
        let store = &runner.parts.store;
        let totals = store.get_books(asset).await?.totals()?;
        let parts = [totals.held, totals.in_transfer, totals.uncertain, store.waiting_mints(asset).await?];
        let supply = parts.into_iter().try_fold(Units::ZERO, Units::checked_add).unwrap_or(Units::MAX);
        let tally = Tally { moved_today: store.moved_since(asset, day_of(now)).await?, supply };
        self.tallies.insert(asset.clone(), tally);
        Ok(tally)
    }
}

fn ids(requests: &[&Request]) -> impl Iterator<Item = RequestId> {
    requests.iter().map(|request| request.id)
}

/// The first moment of the day in UTC: what limits per day count from.
fn day_of(now: Timestamp) -> Timestamp {
    const DAY: u64 = 86_400;
    Timestamp::from_secs(now.as_secs() / DAY * DAY).unwrap_or(now)
}
