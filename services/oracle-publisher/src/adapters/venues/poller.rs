//! Polls a venue over HTTP: the only transport of some, the fallback of the others.
//!
//! Each request of a venue has its own loop, so a slow or failing symbol does not hold up the rest; what
//! they share is the venue's patience ([`Gate`]). A loop asks only while the socket does not deliver all
//! of its streams. After a failure the next base address is tried at once; when all have failed, the wait
//! grows.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use causeway_primitives::Monotonic;
use causeway_runtime::CancellationToken;
use futures_util::future::join_all;
use reqwest::{Client, header::HeaderMap};

use super::{
    dialects::{Dialect, Reading, Request},
    http,
    line::{Line, Trouble, Via, lock},
    presence::Presence,
    quota::{self, Ledger},
    settings::{Backoff, Rest},
};
use crate::ports::Fault;

/// The poller of one venue.
#[derive(Debug)]
pub(crate) struct Poller {
    line: Arc<Line>,
    presence: Arc<Presence>,
    client: Client,
    dialect: Arc<dyn Dialect>,
    rest: Rest,
    backoff: Backoff,
    gate: Gate,
    ledger: Option<Mutex<Ledger>>,
}

impl Poller {
    pub(crate) fn new(
        line: Arc<Line>,
        presence: Arc<Presence>,
        client: Client,
        dialect: Arc<dyn Dialect>,
        (rest, backoff): (Rest, Backoff),
    ) -> Self {
        // A venue that reports the plan's use is asked for it; counting beside it would contradict it.
        let budget = rest.budget.filter(|_| rest.usage_interval.is_none());
        let ledger = budget.map(|budget| Mutex::new(Ledger::new(budget, line.monotonic())));
        Self { line, presence, client, dialect, rest, backoff, gate: Gate::default(), ledger }
    }

    /// Polls the symbols until it is told to stop.
    pub(crate) async fn run(self, symbols: Vec<String>, token: CancellationToken) -> Result<(), Infallible> {
        let requests = self.dialect.requests(&symbols);
        let loops = requests.iter().map(|request| self.follow(request, &symbols));
        token.run_until_cancelled(join_all(loops)).await;
        Ok(())
    }

    /// Repeats one request for ever.
    async fn follow(&self, request: &Request, symbols: &[String]) {
        let asked: Vec<String> = request.asked.iter().filter_map(|index| symbols.get(*index).cloned()).collect();
        let mut losses = self.presence.losses();
        let (mut failures, mut address) = (0_u32, 0_usize);
        loop {
            self.gate.pass(&self.line).await;
            losses.mark_unchanged();
            if self.presence.covers(&request.asked, self.line.monotonic()) {
                // A lost connection wakes us; a stream that fell silent is noticed after the interval.
                _ = tokio::time::timeout(self.rest.poll_interval, losses.changed()).await;
                continue;
            }
            let pause = match self.ask(request, &asked, address).await {
                Ok(()) => {
                    failures = 0;
                    self.rest.poll_interval
                }
                Err(trouble) => {
                    failures = failures.saturating_add(1);
                    address = address.wrapping_add(usize::from(is_the_address_to_blame(trouble.fault)));
                    self.pause(failures, &trouble)
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// One request. What came of it has been signalled when this returns; the error is for the pace.
    async fn ask(&self, request: &Request, asked: &[String], address: usize) -> Result<(), Trouble> {
        let base = self.rest.base_urls.nth(address);
        let outcome = http::get(&self.client, &self.rest, base, &request.path, self.line.now()).await;
        self.account(request, &outcome.headers);
        let readings = outcome
            .body
            .and_then(|body| self.dialect.read(&body, asked).map_err(|error| Trouble::new(Fault::Payload, error)))
            .inspect_err(|trouble| self.line.trouble(Via::Rest, &request.asked, trouble))?;
        self.distribute(request, &readings)
    }

    /// Each stream that was asked for gets its reading, or the fault of having none.
    fn distribute(&self, request: &Request, readings: &[Reading]) -> Result<(), Trouble> {
        let missing = Trouble::new(Fault::Payload, "no entry for the symbol");
        let mut is_any_good = false;
        for index in &request.asked {
            match readings.iter().find(|reading| self.line.index(&reading.symbol) == Some(*index)) {
                Some(reading) => is_any_good |= self.line.reading(Via::Rest, *index, reading),
                None => self.line.trouble(Via::Rest, &[*index], &missing),
            }
        }
        if is_any_good { Ok(()) } else { Err(missing) }
    }

    fn account(&self, request: &Request, headers: &HeaderMap) {
        let counted = self.ledger.as_ref().map(|ledger| lock(ledger).count(self.line.monotonic()));
        if let Some(reading) = quota::from_headers(headers, self.rest.budget).or(counted) {
            self.line.quota(&request.asked, reading);
        }
    }

    /// How long to wait after so many failures in a row.
    fn pause(&self, failures: u32, trouble: &Trouble) -> Duration {
        let has_untried_address = usize::try_from(failures).is_ok_and(|tried| tried < self.rest.base_urls.count());
        let asked_for = trouble.retry_after.unwrap_or_default();
        let grown = self.backoff.delay(failures, rand::random_range(0..=1_000)).max(self.rest.poll_interval);
        match trouble.fault {
            Fault::Connect | Fault::Timeout | Fault::HttpStatus if has_untried_address => asked_for,
            Fault::Connect | Fault::Timeout | Fault::HttpStatus => grown.max(asked_for),
            Fault::Payload | Fault::BadPrice | Fault::Subscription | Fault::Silent => grown,
            // A key that is refused stays refused until somebody acts; asking on ends in a ban.
            Fault::Credential => self.backoff.longest().max(grown).max(asked_for),
            Fault::RateLimited => {
                let pause = grown.max(asked_for);
                self.gate.close(self.line.monotonic().after(pause));
                pause
            }
        }
    }
}

/// Whether another address of the venue may do better. Budget and key are the same everywhere.
const fn is_the_address_to_blame(fault: Fault) -> bool {
    match fault {
        Fault::Connect | Fault::Timeout | Fault::HttpStatus | Fault::Payload => true,
        Fault::Credential | Fault::RateLimited | Fault::BadPrice | Fault::Subscription | Fault::Silent => false,
    }
}

/// The venue's patience: closed for all requests when one of them was told to slow down.
#[derive(Debug, Default)]
struct Gate(Mutex<Option<Monotonic>>);

impl Gate {
    /// Closes until then, or later if that was said before.
    fn close(&self, until: Monotonic) {
        let mut gate = lock(&self.0);
        *gate = (*gate).max(Some(until));
    }

    async fn pass(&self, line: &Line) {
        loop {
            let until = *lock(&self.0);
            let left = until.map_or(Duration::ZERO, |until| until.since(line.monotonic()));
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }
}
