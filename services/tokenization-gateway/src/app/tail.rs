//! The steps of requests as they are written, in the order of the record.
//!
//! The database is the one place where all replicas' steps are in one order, so a reader is served from there: he may be as
//! slow as he likes, change the replica, and go on where he stopped. Nothing is kept for him in memory but one stretch.

use std::{collections::VecDeque, time::Duration};

use causeway_store::Error;

use crate::{
    adapters::store::{StepRow, Store},
    domain::request::RequestId,
};

/// How often the database is asked while nothing happens.
const POLL: Duration = Duration::from_millis(400);

/// Steps of one question.
const STRETCH: u32 = 500;

/// Steps, one after the other.
#[derive(Debug)]
pub struct Tail {
    store: Store,
    only: Option<RequestId>,
    after: u64,
    due: VecDeque<StepRow>,
}

impl Tail {
    /// Steps behind a number, or from now on; of one request or of all.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn start(store: Store, only: Option<RequestId>, after: Option<u64>) -> Result<Self, Error> {
        let after = match after {
            Some(after) => after,
            None => store.last_step().await?,
        };
        Ok(Self { store, only, after, due: VecDeque::new() })
    }

    /// The next step; waits for it.
    ///
    /// # Errors
    /// [`Error`]. The next call goes on where this one stopped.
    pub async fn next(&mut self) -> Result<StepRow, Error> {
        loop {
            if let Some(step) = self.due.pop_front() {
                return Ok(step);
            }
            let steps = self.store.list_steps_after(self.after, STRETCH).await?;
            match steps.last() {
                Some(last) => self.after = last.sequence,
                None => tokio::time::sleep(POLL).await,
            }
            let is_wanted = |step: &StepRow| self.only.is_none_or(|only| only == step.request);
            self.due.extend(steps.into_iter().filter(is_wanted));
        }
    }
}
