//! What the routes read.

use std::sync::Arc;

use causeway_runtime::{CancellationToken, clock::Clock};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    app::{diagnose::Diagnoser, reports::Policy, view::Views},
    error::Error,
    ports::{Records, Reports, Watch},
};

/// What the routes read.
#[derive(Debug, Clone)]
pub struct Api {
    /// What is watched, as it was last looked at.
    pub views: Views,
    /// What was stored.
    pub records: Arc<dyn Records>,
    /// The same, summed up.
    pub reports: Arc<dyn Reports>,
    /// The same, as it comes.
    pub watch: Arc<dyn Watch>,
    /// Why messages are where they are.
    pub diagnoser: Arc<Diagnoser>,
    /// Who may use which lane.
    pub policy: Arc<Policy>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Room for streams.
    pub streams: Streams,
    /// Cancelled when the service drains: streams end with it.
    pub draining: CancellationToken,
}

/// Room for streams. Each asks the store now and then for as long as its reader stays, so there is a bound.
#[derive(Debug, Clone)]
pub struct Streams(Arc<Semaphore>);

impl Streams {
    /// Room for so many at once.
    pub fn new(room: usize) -> Self {
        Self(Arc::new(Semaphore::new(room)))
    }

    /// A place, kept until it is dropped.
    ///
    /// # Errors
    /// [`Error::TooManyStreams`].
    pub(super) fn enter(&self) -> Result<OwnedSemaphorePermit, Error> {
        Arc::clone(&self.0).try_acquire_owned().map_err(|_| Error::TooManyStreams)
    }
}
