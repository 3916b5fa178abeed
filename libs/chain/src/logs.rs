//! Reads logs block range by block range, without gaps, and notices when the chain was reorganised.
//!
//! The cursor is a value: the caller stores its [`Position`] in the transaction that stores what was
//! decoded, and starts from there after a crash. There is no state beside it.

mod range;

use alloy::{
    primitives::B256,
    rpc::types::{Filter, Log},
};

pub use self::range::{RangePlanner, TooNarrow};
use crate::{
    endpoints::{Error as EndpointError, Session},
    rpc::RefusalKind,
};

/// Why a step gave no logs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The chain did not answer.
    #[error("the chain could not be read")]
    Chain(#[from] EndpointError),
    /// The endpoint refuses even the logs of one block.
    #[error("the endpoint refuses the logs of a single block")]
    TooNarrow(#[from] TooNarrow),
}

/// Up to where logs were read: the last block whose logs are all known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// Its height.
    pub number: u64,
    /// Its hash, by which a reorganisation is noticed.
    pub hash: B256,
}

/// What one step found.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The logs of the blocks after the last position up to this one, in order.
    Logs {
        /// The new position.
        position: Position,
        /// The logs; may be empty.
        logs: Vec<Log>,
    },
    /// There is no block to read yet.
    CaughtUp,
    /// The endpoint refused so wide a range; the next step asks for half of it.
    Narrowed,
    /// The block at the position is not on the chain any more. Go back to one that is (see
    /// [`LogCursor::rewind`]) and undo what came from the blocks above.
    Reorganised,
}

/// Reads logs from a position on.
#[derive(Debug, Clone)]
pub struct LogCursor {
    position: Option<Position>,
    planner: RangePlanner,
}

impl LogCursor {
    /// A cursor after `position`; without one, from block `start` on.
    pub fn new(position: Option<Position>, start: u64, planner_limit: u64) -> Self {
        let next = position.map_or(start, |position| position.number.saturating_add(1));
        Self { position, planner: RangePlanner::new(next, planner_limit) }
    }

    /// Up to where logs were read; `None` before the first step.
    pub const fn position(&self) -> Option<Position> {
        self.position
    }

    /// Reads the next range, up to `limit` (the last final block, or the last block where the caller can
    /// undo). One endpoint, so that blocks and logs are of one view; its answers are checked against each
    /// other, because the chain may be reorganised between two calls.
    ///
    /// # Errors
    /// [`Error`]; the cursor has not moved then.
    pub async fn step(&mut self, session: &Session, filter: &Filter, limit: u64) -> Result<Step, Error> {
        let Some(range) = self.planner.next_range(limit) else { return Ok(Step::CaughtUp) };
        let (from, to) = range.into_inner();
        if let Some(position) = self.position {
            match session.find_block(from).await? {
                Some(first) if first.parent_hash == position.hash => {}
                Some(_) => return Ok(Step::Reorganised),
                // The chain is shorter than it was: a lagging endpoint, or a reorganisation in progress.
                None => return Ok(Step::CaughtUp),
            }
        }
        let Some(before) = session.find_block(to).await? else { return Ok(Step::CaughtUp) };
        let logs = match session.logs(&filter.clone().from_block(from).to_block(to)).await {
            Ok(logs) => logs,
            Err(error) if is_too_wide(&error) => {
                self.planner.shrink()?;
                return Ok(Step::Narrowed);
            }
            Err(error) => return Err(error.into()),
        };
        // The same last block before and after: the logs in between are of this chain.
        if session.find_block(to).await?.is_none_or(|after| after.hash != before.hash) {
            return Ok(Step::Reorganised);
        }
        let position = Position { number: to, hash: before.hash };
        self.position = Some(position);
        self.planner.advance(to);
        Ok(Step::Logs { position, logs })
    }

    /// Goes back to an earlier position, the newest of the stored ones that is still on the chain.
    pub const fn rewind(&mut self, to: Position) {
        self.position = Some(to);
        self.planner.rewind(to.number.saturating_add(1));
    }
}

/// The newest of the stored positions that is still on the chain; `None` when none is. Pass them newest
/// first.
///
/// # Errors
/// [`Error::Chain`].
pub async fn newest_on_chain(session: &Session, stored: &[Position]) -> Result<Option<Position>, Error> {
    for position in stored {
        if session.find_block(position.number).await?.is_some_and(|block| block.hash == position.hash) {
            return Ok(Some(*position));
        }
    }
    Ok(None)
}

fn is_too_wide(error: &EndpointError) -> bool {
    error.refusal().is_some_and(|refusal| refusal.kind() == RefusalKind::RangeTooWide)
}
