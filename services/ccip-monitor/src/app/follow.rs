//! Follows one chain: windows of logs in order, each stored with the cursor in one transaction, the next one decoded
//! meanwhile. Back-fill and following the head are the same loop; a reorganisation goes back to a block that is still there
//! and undoes what came from the others.

use std::{convert::Infallible, pin::pin, sync::Arc, time::Duration};

use causeway_chain::{
    endpoints::{Block, EndpointSet, Error as EndpointError},
    finality::Finality,
    logs::{Error as ScanError, Position, ScanPolicy, Scanner, Selection, Step, Window, newest_on_chain},
};
use causeway_primitives::{ChainId, ChainName, Timestamp};
use causeway_runtime::{CancellationToken, health::Heartbeat};
use causeway_store::{Error as StoreError, lease::Leadership};
use tokio::sync::watch;
use tracing::Instrument as _;

use super::{
    collect::{Collected, Collector, Numbered, Sequences},
    count::Counter,
    finality::Final,
    gaps::{self, Reread},
    mend::{self, Ground, Mender},
    sources::Sources,
    traces,
    view::Views,
};
use crate::{
    metrics::ErrorKind,
    ports::{Batch, LastNumber, Ledger, LedgerError, Pace},
};

/// After a failure, so that a dependency that is down is not asked in a tight loop. The scanner has retried by then.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(2);

/// Windows with more logs are decoded on a thread of their own, so that hashing holds up nothing else.
const DECODE_ASIDE_FROM: usize = 256;

/// By the chain's own clock: what is further behind its head is a back-fill.
const BACKFILL_FROM: Duration = Duration::from_secs(300);

/// Blocks of a first back-fill for which indexes are laid aside: a shorter one is over before that pays.
const LONG: u64 = 1_000;

/// What ended a turn before its time.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the chain could not be read")]
    Chain(#[from] EndpointError),
    #[error("logs could not be read")]
    Scan(#[from] ScanError),
    #[error("a batch could not be stored")]
    Store(#[from] LedgerError),
    #[error("decoding was stopped")]
    Decode(#[from] tokio::task::JoinError),
    #[error("a block that was stored and one that could be gone back to are both missing")]
    NoWayBack,
}

impl Error {
    const fn kind(&self) -> ErrorKind {
        match self {
            Self::Chain(_) | Self::Scan(_) | Self::NoWayBack => ErrorKind::Chain,
            Self::Store(_) => ErrorKind::Store,
            Self::Decode(_) => ErrorKind::Decode,
        }
    }
}

/// What a chain's follower works with.
#[derive(Debug)]
pub struct Follower {
    /// The operators' word for the chain.
    pub name: ChainName,
    /// Its id.
    pub chain: ChainId,
    /// The watched chains that send to it.
    pub sources: Vec<ChainId>,
    /// Its endpoints.
    pub endpoints: EndpointSet,
    /// When a block is final.
    pub finality: Finality,
    /// The first block that is read.
    pub start: u64,
    /// How windows are read.
    pub scan: ScanPolicy,
    /// Contracts and topics that are asked for.
    pub selection: Selection,
    /// How often the head is asked for.
    pub poll: Duration,
    /// Decodes.
    pub collector: Collector,
    /// Looks again for what is missing.
    pub mender: Mender,
    /// Stores.
    pub ledger: Arc<dyn Ledger>,
    /// Whether this replica reads.
    pub leadership: watch::Receiver<Option<Leadership>>,
    /// Shows.
    pub views: Views,
    /// Counts.
    pub counter: Counter,
    /// Says that the loop turns.
    pub heartbeat: Heartbeat,
}

/// What is true while this replica leads.
#[derive(Debug)]
struct Reading {
    scanner: Scanner,
    /// Where the last window that was made ready ends: the cursor in the database, or the one after it.
    last: Option<Position>,
    sequences: Sequences,
    memory: mend::Memory,
    /// The time of that block.
    read_up_to: Option<Timestamp>,
    finality: Final,
    final_height: Option<u64>,
    head: Option<Block>,
    sources: Sources,
}

/// A window that is decoded, checked, and to be stored.
#[derive(Debug)]
struct Ready {
    batch: Batch,
    head: Option<Block>,
    span: tracing::Span,
}

/// What comes after the last window.
#[derive(Debug)]
enum Next {
    Window(Box<Ready>),
    CaughtUp(Block),
    Reorganised,
}

impl Follower {
    /// Follows until it is told to stop. Losing the lead stops the reading, not the loop.
    ///
    /// # Errors
    /// None: what fails is tried again.
    pub async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        // A dropped turn rolls its transaction back: the cursor and its rows are in it together.
        token.run_until_cancelled(self.follow()).await;
        Ok(())
    }

    async fn follow(&mut self) {
        loop {
            self.until_leading().await;
            if let Err(error) = self.lead().await {
                self.counter.error(&self.name, error.kind());
                let lost_lead = matches!(&error, Error::Store(LedgerError::Store(StoreError::Fenced { .. })));
                if lost_lead {
                    tracing::info!(chain = %self.name, "another replica reads this chain");
                } else {
                    tracing::warn!(chain = %self.name, error = %causeway_telemetry::Chain(&error), "reading a chain failed and is tried again");
                }
                self.pause(PAUSE_AFTER_FAILURE).await;
            }
        }
    }

    /// Standing by is no hang: the heart beats while waiting.
    async fn until_leading(&mut self) {
        while self.leader().is_none() {
            self.heartbeat.beat();
            // At once when the lead comes; now and then in any case, for the heart.
            let changed = tokio::time::timeout(self.poll, self.leadership.changed()).await;
            if let Ok(Err(_)) = changed {
                // Nobody asks for the lead any more: the process ends.
                tokio::time::sleep(self.poll).await;
            }
        }
        self.heartbeat.beat();
    }

    fn leader(&self) -> Option<Leadership> {
        self.leadership.borrow().as_ref().filter(|leadership| leadership.is_valid()).cloned()
    }

    async fn pause(&self, span: Duration) {
        self.heartbeat.beat();
        tokio::time::sleep(span).await;
        self.heartbeat.beat();
    }

    /// Reads from the stored position on, for as long as this replica leads. While a window is stored, the next one is
    /// read and decoded.
    async fn lead(&mut self) -> Result<(), Error> {
        let mut reading = self.open().await?;
        let mut ready = None;
        while let Some(leadership) = self.leader() {
            self.heartbeat.beat();
            match self.step(&leadership, ready.take(), &mut reading).await? {
                Next::Window(window) => ready = Some(window),
                Next::CaughtUp(head) => {
                    self.learn_head(&mut reading, head).await?;
                    self.mend(&leadership, &mut reading).await?;
                    self.pause(self.poll).await;
                }
                Next::Reorganised => self.go_back(&leadership, &mut reading).await?,
            }
        }
        Ok(())
    }

    /// Stores what is ready and makes the next thing ready. What cannot be stored ends it at once; what cannot be read, only
    /// after the rest is stored.
    async fn step(&self, leader: &Leadership, ready: Option<Box<Ready>>, reading: &mut Reading) -> Result<Next, Error> {
        let Some(ready) = ready else { return self.prepare(reading).await };
        let mut storing = pin!(self.store(leader, ready));
        let mut preparing = pin!(self.prepare(reading));
        tokio::select! {
            stored = &mut storing => {
                stored?;
                preparing.await
            }
            next = &mut preparing => {
                storing.await?;
                next
            }
        }
    }

    async fn open(&self) -> Result<Reading, Error> {
        let position = self.ledger.find_position(self.chain).await?;
        let numbered =
            |last: LastNumber| ((last.lane, last.on_ramp), Numbered { number: last.number, block: last.block });
        let sequences = self.ledger.list_sequences(self.chain).await?.into_iter().map(numbered).collect();
        let scanner = Scanner::new(self.endpoints.clone(), self.selection.clone(), position, self.start, self.scan);
        let mut reading = Reading {
            scanner,
            last: position,
            sequences,
            memory: mend::Memory::default(),
            read_up_to: self.show_stored(position).await?,
            finality: Final::new(self.finality, self.name.clone()),
            final_height: None,
            head: None,
            sources: Sources::new(self.chain, self.sources.clone(), self.views.clone()),
        };
        let head = self.endpoints.liveness().head().await?;
        self.learn_head(&mut reading, head).await?;
        let from = position.map_or(self.start, |position| position.number.saturating_add(1));
        let long = position.is_none() && head.number.saturating_sub(from) > LONG;
        if let Some(leadership) = self.leader().filter(|_| long)
            && let Err(error) = self.ledger.begin_backfill(&leadership).await
        {
            tracing::debug!(chain = %self.name, error = %causeway_telemetry::Chain(&error), "all indexes are kept during the back-fill");
        }
        tracing::info!(chain = %self.name, from, head = head.number, "reading a chain");
        Ok(reading)
    }

    /// What is read already counts from the start, also while the chain makes no block. Says the time of its last block.
    async fn show_stored(&self, position: Option<Position>) -> Result<Option<Timestamp>, Error> {
        let marks = self.ledger.list_marks(self.chain).await?;
        let time = marks.iter().find(|mark| Some(mark.position) == position).map(|mark| mark.time);
        self.views.change_chain(self.chain, |chain| (chain.position, chain.position_time) = (position, time));
        Ok(time)
    }

    /// The head, and which block is final under it.
    async fn learn_head(&self, reading: &mut Reading, head: Block) -> Result<(), Error> {
        reading.final_height = reading.finality.height(&self.endpoints, head.number).await;
        reading.head = Some(head);
        let final_head = reading.final_height;
        self.views.change_chain(self.chain, |chain| {
            chain.head = Some(head.number);
            chain.head_time = Some(head.time);
            chain.final_head = final_head;
        });
        self.counter.head(&self.name, head, reading.read_up_to);
        Ok(())
    }

    async fn prepare(&self, reading: &mut Reading) -> Result<Next, Error> {
        let window = match reading.scanner.next(u64::MAX).await? {
            Step::Window(window) => window,
            Step::CaughtUp { head } => return Ok(Next::CaughtUp(head)),
            Step::Reorganised => return Ok(Next::Reorganised),
        };
        let (range, logs) = (&window.range, window.logs.len());
        let span = tracing::info_span!("ingest", chain = %self.name, first = range.start(), last = range.end(), logs);
        let decode = async {
            let (window, collected) = self.collect(window).await?;
            let reread = Reread { scanner: &reading.scanner, collector: &self.collector };
            let checked = gaps::check(&reread, window, collected, &reading.sequences).await;
            let batch = self.batch(reading, &checked.window, checked.collected);
            // A batch that is refused has taught nothing: then the reading is opened anew.
            reading.sequences = checked.sequences;
            reading.last = Some(batch.position);
            reading.read_up_to = Some(batch.time);
            Ok::<Batch, Error>(batch)
        };
        let batch = decode.instrument(span.clone()).await?;
        if batch.pace == Pace::Backfill {
            reading.sources.pass(batch.time).await;
        }
        Ok(Next::Window(Box::new(Ready { batch, head: reading.head, span })))
    }

    async fn store(&self, leadership: &Leadership, ready: Box<Ready>) -> Result<(), Error> {
        let Ready { batch, head, span } = *ready;
        let ingested = self.ledger.ingest(leadership, &batch).instrument(span.clone()).await?;
        span.in_scope(|| traces::batch(&self.name, &batch, &ingested));
        self.counter.batch(&self.name, &batch, &ingested);
        self.views.change_chain(self.chain, |chain| {
            chain.position = Some(batch.position);
            chain.position_time = Some(batch.time);
        });
        if let Some(head) = head {
            self.counter.head(&self.name, head, Some(batch.time));
        }
        Ok(())
    }

    async fn collect(&self, window: Window) -> Result<(Window, Collected), Error> {
        if window.logs.len() < DECODE_ASIDE_FROM {
            let collected = self.collector.collect(&window);
            return Ok((window, collected));
        }
        let collector = self.collector.clone();
        let aside = tokio::task::spawn_blocking(move || {
            let collected = collector.collect(&window);
            (window, collected)
        });
        Ok(aside.await?)
    }

    fn batch(&self, reading: &Reading, window: &Window, collected: Collected) -> Batch {
        let after = reading.last;
        // So far behind the head nobody waits for this batch: it may be read again.
        let behind = reading.head.is_some_and(|head| head.time.since(window.time) > BACKFILL_FROM);
        Batch {
            chain: self.chain,
            pace: if behind { Pace::Backfill } else { Pace::Live },
            after,
            position: window.position,
            time: window.time,
            final_height: reading.final_height.unwrap_or(0),
            head: reading.head.map_or(window.position.number, |head| head.number),
            events: collected.events,
            holes: collected.holes,
            findings: collected.findings,
            traceparent: causeway_telemetry::propagation::current_traceparent(),
        }
    }

    /// Everything is read: now what is missing.
    async fn mend(&self, leadership: &Leadership, reading: &mut Reading) -> Result<(), Error> {
        let ground = Ground {
            leadership,
            scanner: &reading.scanner,
            sequences: &mut reading.sequences,
            memory: &mut reading.memory,
        };
        Ok(self.mender.run(ground).await?)
    }

    /// To the newest stored block that is still on the chain.
    async fn go_back(&self, leadership: &Leadership, reading: &mut Reading) -> Result<(), Error> {
        let marks = self.ledger.list_marks(self.chain).await?;
        let positions: Vec<Position> = marks.iter().map(|mark| mark.position).collect();
        let find = |session: causeway_chain::endpoints::Session| {
            let positions = positions.clone();
            async move {
                match newest_on_chain(&session, &positions).await {
                    Ok(found) => Ok(found),
                    Err(ScanError::Chain(error)) => Err(error),
                    // The search reads headers only.
                    Err(_) => Ok(None),
                }
            }
        };
        let found = self.endpoints.liveness().run(find).await?;
        let below_start = marks.iter().all(|mark| mark.position.number >= self.start);
        if found.is_none() && !below_start {
            return Err(Error::NoWayBack);
        }
        let unwound = self.ledger.unwind(leadership, self.chain, (reading.last, found)).await?;
        tracing::warn!(
            chain = %self.name,
            to = found.map_or(self.start, |position| position.number),
            events = unwound.events,
            messages = unwound.messages,
            "the chain was reorganised; what came from the lost blocks is undone"
        );
        self.counter.reorganised(&self.name, unwound.events);
        *reading = self.open().await?;
        Ok(())
    }
}
