//! Calls as errands.

use std::sync::Arc;

use async_trait::async_trait;
use causeway_primitives::{Address, ChainId, Timestamp};
use causeway_store::Error as StoreError;
use tokio::sync::Notify;

use super::{body::Body, stage::Stage};
use crate::{
    adapters::{
        issuer::{Carrier, Operation},
        store::Store,
    },
    domain::reference::Reference,
    ports::{Effect, Errand, NoEffect, Progress, System, Unread},
};

/// The journal of errands, which somebody else runs.
#[derive(Debug)]
pub struct Firefly {
    store: Store,
    chain: ChainId,
    signing_key: Address,
    wake: Arc<Notify>,
}

impl Firefly {
    /// Calls of this chain, signed by this account of FireFly's. `wake` makes the courier look.
    pub const fn new(store: Store, (chain, signing_key): (ChainId, Address), wake: Arc<Notify>) -> Self {
        Self { store, chain, signing_key, wake }
    }
}

#[async_trait]
impl Carrier for Firefly {
    fn effect(&self, operation: Operation, name: (Reference, u32), expires_at: Timestamp) -> Result<Effect, NoEffect> {
        let key = key(name);
        let body = Body::new(&operation, name.0, self.signing_key, &key);
        let body = serde_json::to_string(&body).map_err(|_| NoEffect::Key)?;
        Ok(Effect::Errand(Errand { key, system: System::Firefly, body, expires_at, lane: None }))
    }

    fn wake(&self) {
        self.wake.notify_one();
    }

    async fn progress(&self, names: &[(Reference, u32)]) -> Result<Vec<Progress>, Unread> {
        let unreadable = || Unread::Store(StoreError::Unreadable { column: "errand.stage" });
        let keys: Vec<_> = names.iter().map(|name| key(*name)).collect();
        let stages = self.store.errand_stages(&keys).await?;
        let told = keys.iter().map(|key| {
            let Some(stage) = stages.get(key) else { return Ok(Progress::Doubtful) };
            let stage: Stage = serde_json::from_str(stage).map_err(|_| unreadable())?;
            Ok(stage.progress(self.chain))
        });
        told.collect()
    }
}

/// The name of an attempt, to us and to FireFly, which takes 256 characters. Who, what and for which business the reference
/// says, by a hash that nobody can turn round.
fn key((reference, attempt): (Reference, u32)) -> String {
    format!("tg1:{reference}:{attempt}")
}
