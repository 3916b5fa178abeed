//! Leave for one operation, as types: what is not checked cannot be signed, and what is not checked again cannot be sent.
//!
//! `Permit` → [`Permit::check`] → `Signing` → [`Signing::seal`] → `Signed` → [`Signed::broadcast`]. Each step consumes the
//! one before. A permit is not renewed: it holds as long as some lease of its epoch covers it.

use std::{
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::{Poll, ready},
};

use crate::{
    clearance::{Authority, Refused, Ticket},
    relayer::Shared,
};

/// It was not done, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDone {
    /// Nothing was begun.
    #[error("not begun")]
    NotBegun(#[source] Refused),
    /// The leave ended on the way: what was sent by then, nobody here knows. Look at the chain before trying again.
    #[error("given up on the way, outcome unknown")]
    OutcomeUnknown(#[source] Refused),
}

/// Leave for one operation. Its amount is counted against the caps whether it is used or not.
#[derive(Debug)]
#[must_use = "a permit that is not used has still been counted"]
pub struct Permit {
    shared: Arc<Shared>,
    ticket: Ticket,
}

impl Permit {
    pub(crate) const fn new(shared: Arc<Shared>, ticket: Ticket) -> Self {
        Self { shared, ticket }
    }

    /// The check before signing.
    ///
    /// # Errors
    /// [`Refused`] when the leave has ended since.
    pub fn check(self) -> Result<Signing, Refused> {
        self.authority()?;
        Ok(Signing { permit: self })
    }

    /// Does something that needs leave and no signature, such as writing a batch.
    ///
    /// # Errors
    /// [`NotDone`] when the leave has ended before or on the way.
    pub async fn perform<T, F>(self, act: impl FnOnce(Authority) -> F) -> Result<T, NotDone>
    where
        F: Future<Output = T>,
    {
        let authority = self.authority().map_err(NotDone::NotBegun)?;
        self.step_by_step(act(authority)).await
    }

    fn authority(&self) -> Result<Authority, Refused> {
        self.shared.check(&self.ticket)
    }

    /// Runs the work, with the check before each of its steps, and gives it up when the leave ends while it waits.
    async fn step_by_step<T>(&self, work: impl Future<Output = T>) -> Result<T, NotDone> {
        let mut work = pin!(work);
        let mut begun = false;
        let mut changes = self.shared.subscribe();
        loop {
            let until = self.authority().map_or_else(|_| tokio::time::Instant::now(), |authority| authority.until);
            let step = poll_fn(|context| {
                // Not only between steps: whoever was stopped for an hour wakes up here, not at a timer.
                if let Err(refused) = self.authority() {
                    let outcome = if begun { NotDone::OutcomeUnknown } else { NotDone::NotBegun };
                    return Poll::Ready(Err(outcome(refused)));
                }
                begun = true;
                Poll::Ready(Ok(ready!(work.as_mut().poll(context))))
            });
            tokio::select! {
                biased;
                outcome = step => return outcome,
                () = tokio::time::sleep_until(until) => {}
                // The sender lives as long as `self`.
                _ = changes.changed() => {}
            }
        }
    }
}

/// Leave to sign, just checked: what stands between this and [`Signing::seal`] is the signature and nothing else.
#[derive(Debug)]
#[must_use]
pub struct Signing {
    permit: Permit,
}

impl Signing {
    /// Binds signed bytes to the permit. Bytes of a journal, signed before a crash, are as good as fresh ones.
    pub fn seal<T>(self, signed: T) -> Signed<T> {
        Signed { permit: self.permit, signed }
    }
}

/// Signed bytes that can be sent only through the second check.
#[derive(Debug)]
#[must_use = "what is signed and not sent should be in a journal"]
pub struct Signed<T> {
    permit: Permit,
    signed: T,
}

impl<T> Signed<T> {
    /// The bytes, for the journal that is written before sending. They must not be sent from there.
    pub const fn to_record(&self) -> &T {
        &self.signed
    }

    /// Checks again and sends.
    ///
    /// The future is checked before each of its steps; it should hold one request and no retry of its own, because a
    /// retry is an operation that wants a permit of its own.
    ///
    /// # Errors
    /// [`NotDone`] when the leave has ended before or on the way.
    pub async fn broadcast<R, F>(self, send: impl FnOnce(T, Authority) -> F) -> Result<R, NotDone>
    where
        F: Future<Output = R>,
    {
        let Self { permit, signed } = self;
        let authority = permit.authority().map_err(NotDone::NotBegun)?;
        permit.step_by_step(send(signed, authority)).await
    }
}
