//! Evaluations that somebody asked for: made by the guard's own loop, so that they go on when nobody waits any more.

use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Error, Guard};
use crate::adapters::store::Judged;

/// So many may wait at once: people are few.
const WAITING: usize = 16;

/// Somebody who waits for an evaluation, and why it is made.
#[derive(Debug)]
pub(super) struct Asked {
    cause: String,
    answer: oneshot::Sender<Option<Uuid>>,
}

impl Guard {
    /// Evaluates now, and answers with the stored verdict.
    ///
    /// # Errors
    /// [`Error::NotLeader`], [`Error::TooMany`], [`Error::NotEvaluated`], or of the store.
    pub async fn evaluate_now(&self, cause: String) -> Result<Judged, Error> {
        if self.leadership().is_none() {
            return Err(Error::NotLeader);
        }
        let (answer, answered) = oneshot::channel();
        {
            let mut state = self.state();
            if state.asked.len() >= WAITING {
                return Err(Error::TooMany);
            }
            state.asked.push(Asked { cause, answer });
        }
        self.wake();
        let id = answered.await.ok().flatten().ok_or(Error::NotEvaluated)?;
        self.parts.store.find_judged(id).await?.ok_or(Error::NotEvaluated)
    }

    /// Who waits by now, and the cause that their evaluation is recorded under.
    pub(super) fn asked(&self) -> (Vec<Asked>, Option<String>) {
        let asked = std::mem::take(&mut self.state().asked);
        let cause = asked.first().map(|first| first.cause.clone());
        (asked, cause)
    }
}

/// Answers; whoever asked may have gone.
pub(super) fn answer(asked: Vec<Asked>, verdict: Option<Uuid>) {
    for one in asked {
        let _gone = one.answer.send(verdict);
    }
}
