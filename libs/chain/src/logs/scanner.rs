//! The scan: plans windows, fetches several at a time, hands them out in order.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::{
    check::Fault,
    error::{Cause, Error, Failure, Limit},
    fetch::{Fetched, Order, fetch},
    pace::Pace,
    policy::ScanPolicy,
    queue::{Job, Queue, Tries, pieces},
    selection::Selection,
    window::{Position, Window},
};
use crate::endpoints::{Block, EndpointIndex, EndpointSet, jittered};

/// Windows that are planned for each one that may be on its way: bounds how far windows without logs, which
/// cost no memory to speak of, run ahead of one that is stuck.
const PLANNED_PER_RUNNING: usize = 4;

/// How often in a row a window may turn out to be of another view than the one before it, although the one
/// before it is still on the chain. More often, and the endpoints do not agree about the chain.
const MOST_STALE: u32 = 3;

/// The next thing in the order of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The blocks after the last position.
    Window(Window),
    /// There is no block to read yet.
    CaughtUp {
        /// The chain's last block now.
        head: Block,
    },
    /// The block at the position is not on the chain any more. Go back to one that is (see
    /// [`newest_on_chain`](super::newest_on_chain) and [`Scanner::rewind`]) and undo what came from the blocks
    /// above.
    Reorganised,
}

/// Reads the logs of a chain from a position on. Windows on their way are tasks that belong to this value:
/// they go on while the caller works on the last window, and end with it.
#[derive(Debug)]
pub struct Scanner {
    endpoints: EndpointSet,
    selection: Arc<Selection>,
    policy: ScanPolicy,
    start: u64,
    position: Option<Position>,
    paces: Vec<Pace>,
    queue: Queue<Fetched, Error>,
    tasks: JoinSet<Done>,
    /// How far the chain is known to go; the windows are planned up to there.
    reach: Option<u64>,
    stale: u32,
}

/// A window that came back, or did not.
#[derive(Debug)]
struct Done {
    job: Job,
    endpoint: EndpointIndex,
    outcome: Result<Fetched, Failure>,
}

impl Scanner {
    /// A scan after `position`; without one, from block `start` on. Asks nobody yet.
    pub fn new(
        endpoints: EndpointSet,
        selection: Selection,
        position: Option<Position>,
        start: u64,
        policy: ScanPolicy,
    ) -> Self {
        let paces = (0..endpoints.len()).map(|_| Pace::new(policy)).collect();
        Self {
            endpoints,
            selection: Arc::new(selection),
            policy,
            start,
            position,
            paces,
            queue: Queue::new(block_after(position, start)),
            tasks: JoinSet::new(),
            reach: None,
            stale: 0,
        }
    }

    /// Up to where windows were handed out; `None` before the first one.
    pub const fn position(&self) -> Option<Position> {
        self.position
    }

    /// How many blocks are asked for at once now, of the endpoint that is asked first: what it was seen to answer.
    pub fn span(&self) -> u64 {
        let first = self.endpoints.by_preference().into_iter().next();
        first.and_then(|index| self.paces.get(index)).map_or(1, Pace::span)
    }

    /// The next window up to block `limit` (the last final block, or the last block where the caller can undo),
    /// or why there is none. May be dropped and called again at any time: nothing is lost and nothing is
    /// handed out twice.
    ///
    /// # Errors
    /// [`Error`], after the rounds of the policy; the scan stands where it stood.
    pub async fn next(&mut self, limit: u64) -> Result<Step, Error> {
        self.queue.forget_above(limit);
        loop {
            while let Some(done) = self.tasks.try_join_next() {
                finished(done).into_iter().for_each(|done| self.take_back(done));
            }
            self.fill(limit);
            match self.queue.front() {
                Some(Ok(_)) => {
                    if let Some(step) = self.hand_out().await? {
                        // What became free is used while the caller works.
                        self.fill(limit);
                        return Ok(step);
                    }
                }
                Some(Err(_)) => {
                    let failed = self.queue.pop();
                    self.restart();
                    if let Some(Err(error)) = failed {
                        return Err(error);
                    }
                }
                None if self.queue.len() > 0 => {
                    let done = self.tasks.join_next().await;
                    done.and_then(finished).into_iter().for_each(|done| self.take_back(done));
                }
                None => {
                    let head = self.endpoints.liveness().head().await?;
                    self.reach = Some(head.number);
                    if self.queue.next() > limit.min(head.number) {
                        return Ok(self.at_head(head));
                    }
                }
            }
        }
    }

    /// Goes back to an earlier position, the newest of the stored ones that is still on the chain; `None` goes
    /// back to the start. What was fetched ahead is dropped.
    pub fn rewind(&mut self, to: Option<Position>) {
        self.position = to;
        self.stale = 0;
        self.restart();
    }

    /// Reads other logs from the next window on. What was fetched ahead is dropped.
    pub fn select(&mut self, selection: Selection) {
        self.selection = Arc::new(selection);
        self.restart();
    }

    /// The logs of a range once more, from another endpoint than the one that told them: for when they cannot
    /// be all. The position stays where it is.
    ///
    /// # Errors
    /// [`Error::NoOtherEndpoint`], or what the last one of the others said.
    pub async fn reread(&self, range: RangeInclusive<u64>, not_from: EndpointIndex) -> Result<Window, Error> {
        let mut last = Error::NoOtherEndpoint;
        for index in self.endpoints.by_preference().into_iter().filter(|index| *index != not_from) {
            match self.read_from(index, range.clone()).await {
                Ok(window) => return Ok(window),
                Err(failure) => last = failure.into_error(index, *range.end()),
            }
        }
        Err(last)
    }

    /// The logs of a range up to `on` once more, as each endpoint in turn tells them, best first: `None` where it is of
    /// another view of the chain than `on`, or not so far. For when it is known that something is missing, and not who
    /// left it out. The position stays where it is.
    ///
    /// # Errors
    /// What this endpoint says instead; [`Error::NoOtherEndpoint`] when there is none of this number.
    pub async fn read_as(
        &self,
        index: EndpointIndex,
        range: RangeInclusive<u64>,
        on: Position,
    ) -> Result<Option<Window>, Error> {
        if index >= self.endpoints.len() {
            return Err(Error::NoOtherEndpoint);
        }
        let there = self.endpoints.session(index).find_block(on.number).await?;
        if there.is_none_or(|block| block.hash != on.hash) {
            return Ok(None);
        }
        let last = *range.end();
        self.read_from(index, range).await.map(Some).map_err(|failure| failure.into_error(index, last))
    }

    /// All of a range from one endpoint, in as many pieces as it wants.
    async fn read_from(&self, index: EndpointIndex, range: RangeInclusive<u64>) -> Result<Window, Failure> {
        let span = self.paces.get(index).map_or(1, Pace::span);
        let mut open: Vec<_> = pieces(range, span).collect();
        open.reverse();
        let mut whole: Option<Window> = None;
        while let Some(piece) = open.pop() {
            let width = width(&piece);
            match fetch(self.endpoints.session(index), self.order(piece.clone())).await {
                Ok(fetched) => whole = Some(joined(whole, fetched.window)?),
                Err(failure) => match failure.cause() {
                    Cause::Narrower(..) | Cause::Unclear if width > 1 => {
                        let mut halves: Vec<_> = pieces(piece, width.div_ceil(2)).collect();
                        halves.reverse();
                        open.extend(halves);
                    }
                    Cause::Narrower(..) | Cause::Unclear | Cause::Busy | Cause::Elsewhere => return Err(failure),
                },
            }
        }
        whole.ok_or(Failure::Lagging)
    }

    /// Starts windows as long as there is room for them and a block to read.
    fn fill(&mut self, limit: u64) {
        let end = self.reach.map(|reach| reach.min(limit));
        loop {
            let Some(pace) = self.endpoints.by_preference().first().and_then(|index| self.paces.get(*index)) else {
                return;
            };
            let running = self.queue.running().count();
            // One is always on its way, however large: the first window must come.
            if running > 0 && (running >= pace.parallel() || self.bytes_ahead(pace) >= self.policy.ahead_bytes) {
                return;
            }
            if !self.queue.is_waiting() {
                let crowded = self.queue.len() >= pace.parallel().saturating_mul(PLANNED_PER_RUNNING);
                let span = pace.span();
                if crowded || !end.is_some_and(|end| self.queue.plan(span, end)) {
                    return;
                }
            }
            let Some(job) = self.queue.start() else { return };
            self.spawn(job);
        }
    }

    fn bytes_ahead(&self, pace: &Pace) -> u64 {
        let fetched = self.queue.fetched().fold(0_u64, |sum, fetched| sum.saturating_add(fetched.bytes));
        self.queue.running().fold(fetched, |sum, range| sum.saturating_add(pace.expected_bytes(width(range))))
    }

    fn spawn(&mut self, job: Job) {
        let others = self.endpoints.by_preference();
        let Some(endpoint) = others.into_iter().find(|index| !job.tries.tried.contains(index)) else { return };
        let pause = match (job.tries.round, job.tries.tried.is_empty()) {
            (round, true) if round > 0 => jittered(self.policy.round_pause, round),
            (_, true | false) => Duration::ZERO,
        };
        let (session, order) = (self.endpoints.session(endpoint), self.order(job.range.clone()));
        let task = async move {
            tokio::time::sleep(pause).await;
            let outcome = fetch(session, order).await;
            Done { job, endpoint, outcome }
        };
        self.tasks.spawn(task.in_current_span());
    }

    fn order(&self, range: RangeInclusive<u64>) -> Order {
        let headers_per_request = self.policy.headers_per_request;
        Order { range, selection: Arc::clone(&self.selection), headers_per_request }
    }

    /// Puts a window that came back in its place, or decides what to do instead.
    fn take_back(&mut self, Done { job, endpoint, outcome }: Done) {
        let width = width(&job.range);
        let Some(pace) = self.paces.get_mut(endpoint) else { return };
        let failure = match outcome {
            Ok(fetched) => {
                pace.answered(width, fetched.bytes);
                self.endpoints.prefer(endpoint);
                self.queue.settle(job.ticket, Ok(fetched));
                return;
            }
            Err(failure) => failure,
        };
        let others_left = job.tries.tried.len().saturating_add(1) < self.endpoints.len();
        match failure.cause() {
            Cause::Narrower(limit, suggested) if width > 1 => {
                let span = pace.refused(width, limit, suggested);
                self.queue.split(job.ticket, span);
            }
            Cause::Unclear if width > 1 && !others_left => {
                let span = pace.refused(width, Limit::Content, None);
                self.queue.split(job.ticket, span);
            }
            Cause::Busy => {
                pace.slow_down();
                self.elsewhere(job, endpoint, failure);
            }
            Cause::Narrower(..) | Cause::Unclear | Cause::Elsewhere => self.elsewhere(job, endpoint, failure),
        }
    }

    /// The next endpoint of this round, the next round, or the end of the attempts.
    fn elsewhere(&mut self, job: Job, endpoint: EndpointIndex, failure: Failure) {
        let Tries { mut tried, round } = job.tries;
        tried.push(endpoint);
        if tried.len() < self.endpoints.len() {
            self.queue.again(job.ticket, Tries { tried, round });
        } else if round.saturating_add(1) < self.policy.rounds {
            self.queue.again(job.ticket, Tries { tried: Vec::new(), round: round.saturating_add(1) });
        } else {
            self.queue.settle(job.ticket, Err(failure.into_error(endpoint, *job.range.end())));
        }
    }

    /// Hands out the first window if it stands on the position. If it does not, one of the two is not on the
    /// chain: the position, then the chain was reorganised; or the window, then it is read again (`None`).
    async fn hand_out(&mut self) -> Result<Option<Step>, Error> {
        let Some(Ok(Fetched { window, .. })) = self.queue.front() else { return Ok(None) };
        if let Some(position) = self.position.filter(|position| position.hash != window.parent) {
            let there = self.endpoints.session(window.endpoint).find_block(position.number).await;
            self.restart();
            self.stale = self.stale.saturating_add(1);
            let still_on_chain = there?.is_none_or(|block| block.hash == position.hash);
            return Ok((!still_on_chain || self.stale > MOST_STALE).then_some(Step::Reorganised));
        }
        let Some(Ok(Fetched { window, .. })) = self.queue.pop() else { return Ok(None) };
        self.position = Some(window.position);
        self.stale = 0;
        Ok(Some(Step::Window(window)))
    }

    /// Nothing to read. A head as high as the position but with another hash is a reorganisation already.
    fn at_head(&self, head: Block) -> Step {
        let replaced = |position: Position| position.number == head.number && position.hash != head.hash;
        if self.position.is_some_and(replaced) { Step::Reorganised } else { Step::CaughtUp { head } }
    }

    /// Drops everything that was fetched ahead, and asks again how far the chain goes.
    fn restart(&mut self) {
        self.tasks = JoinSet::new();
        self.queue.restart(block_after(self.position, self.start));
        self.reach = None;
    }
}

fn block_after(position: Option<Position>, start: u64) -> u64 {
    position.map_or(start, |position| position.number.saturating_add(1))
}

fn width(range: &RangeInclusive<u64>) -> u64 {
    range.end().saturating_sub(*range.start()).saturating_add(1)
}

/// Two windows of one endpoint as one, if the second stands on the first.
fn joined(whole: Option<Window>, next: Window) -> Result<Window, Failure> {
    let Some(mut whole) = whole else { return Ok(next) };
    if whole.position.hash != next.parent {
        return Err(Failure::Fault(Fault::Moved { block: whole.position.number }));
    }
    whole.range = *whole.range.start()..=*next.range.end();
    whole.position = next.position;
    whole.time = next.time;
    whole.logs.extend(next.logs);
    Ok(whole)
}

/// A task's value; its panic goes on here. Nothing when it was cancelled: only the end of the runtime does that
/// to a task of ours, and takes the caller with it.
fn finished(done: Result<Done, tokio::task::JoinError>) -> Option<Done> {
    done.map_err(|failure| failure.try_into_panic().map(|panic| std::panic::resume_unwind(panic))).ok()
}
