//! Calls that name themselves by a key: repeated, they are answered and not carried out again, whichever replica they reach.

use std::{sync::Arc, time::Duration};

use causeway_primitives::B256;
use causeway_runtime::clock::Clock;
use sha2::{Digest as _, Sha256};

use super::Error;
use crate::{
    adapters::store::{Call, Store, Stored},
    domain::actor::Actor,
};

/// Longer than any call takes; after it a call that never ended may be made again.
const RUNNING: Duration = Duration::from_secs(60);

/// An answer as it is kept: a status of the face that gave it, and a text that this face can read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// HTTP status, or gRPC code.
    pub status: u16,
    /// The rest.
    pub answer: String,
}

/// Why a call was not answered.
#[derive(Debug, thiserror::Error)]
pub enum NotCalled<E> {
    /// The key is none.
    #[error("an idempotency key is 1 to 128 printable characters")]
    Key,
    /// The first call with this key still runs.
    #[error("the first call with this key still runs")]
    Running,
    /// The key was used for another call.
    #[error("the key was used for another call")]
    OtherCall,
    /// It was carried out and failed for a reason that another moment may mend: the key is free again.
    #[error("the call failed")]
    Failed(E),
    /// The machinery failed.
    #[error(transparent)]
    Machinery(#[from] Error),
}

/// Remembers calls. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Calls {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl Calls {
    /// On this database.
    pub const fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Carries a call out, or answers it as before. `body` is [`digest_of`] the call.
    ///
    /// An answer is kept, a refusal included; a failure gives the key back. What died in between is found again by its
    /// business reference, so that the key's second call is no second order.
    ///
    /// # Errors
    /// [`NotCalled`].
    pub async fn once<E>(
        &self,
        caller: &Actor,
        key: &str,
        body: B256,
        carry_out: impl Future<Output = Result<Kept, E>> + Send,
    ) -> Result<Kept, NotCalled<E>> {
        if !(1..=128).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NotCalled::Key);
        }
        let call = Call { caller, key, body };
        match self.store.begin_call(&call, self.clock.now(), RUNNING).await.map_err(Error::from)? {
            Stored::New => {}
            Stored::Running => return Err(NotCalled::Running),
            Stored::OtherBody => return Err(NotCalled::OtherCall),
            Stored::Answered { status, answer } => return Ok(Kept { status, answer }),
        }
        match carry_out.await {
            Ok(kept) => {
                self.store.end_call(&call, kept.status, &kept.answer).await.map_err(Error::from)?;
                Ok(kept)
            }
            Err(failure) => {
                self.store.abandon_call(&call).await.map_err(Error::from)?;
                Err(NotCalled::Failed(failure))
            }
        }
    }
}

/// What a call is known by beside its key: its method and what it says. One key on two faces is two calls.
pub fn digest_of(method: &str, body: &[u8]) -> B256 {
    let hash = Sha256::new().chain_update(method).chain_update([0]).chain_update(body);
    B256::from(<[u8; 32]>::from(hash.finalize()))
}
