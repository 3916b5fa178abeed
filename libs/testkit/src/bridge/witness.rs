//! A node's porter: it lets every call through and notes when each signed transaction arrived.
//!
//! What a relayer's own journal says is a claim. This stands between relayer and node, knows nothing of either, and
//! counts on the machine's monotonic clock.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use alloy::primitives::{B256, Bytes, keccak256};
use rustix::time::{ClockId, clock_gettime};

use crate::fault::RpcProxy;

/// A transaction that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Its hash, computed from its bytes.
    pub tx_hash: B256,
    /// CLOCK_MONOTONIC in nanoseconds, once the node had answered: a little later than it arrived.
    pub monotonic_nanos: u64,
}

/// Stands before a node. Stops when it is dropped.
#[derive(Debug)]
pub struct Witness {
    proxy: RpcProxy,
    seen: Arc<Mutex<Vec<Arrival>>>,
}

impl Witness {
    /// Listens on a free port of loopback.
    ///
    /// # Errors
    /// When loopback cannot be listened on.
    pub async fn start(node: &str) -> io::Result<Self> {
        let proxy = RpcProxy::start(node).await?;
        let seen = Arc::<Mutex<Vec<Arrival>>>::default();
        let notes = Arc::clone(&seen);
        proxy.rewrite("eth_sendRawTransaction", move |params, answer| {
            let raw = params.get(0).and_then(|raw| serde_json::from_value::<Bytes>(raw.clone()).ok());
            if let Some(raw) = raw {
                let arrival = Arrival { tx_hash: keccak256(raw), monotonic_nanos: monotonic_nanos() };
                notes.lock().unwrap_or_else(PoisonError::into_inner).push(arrival);
            }
            answer
        });
        Ok(Self { proxy, seen })
    }

    /// Where a relayer connects to.
    pub fn url(&self) -> &str {
        self.proxy.url()
    }

    /// What arrived so far and was not refused, in that order.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The machine's CLOCK_MONOTONIC: comparable between processes.
pub(crate) fn monotonic_nanos() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    let (seconds, rest) = (u64::try_from(time.tv_sec), u64::try_from(time.tv_nsec));
    seconds.unwrap_or_default().saturating_mul(1_000_000_000).saturating_add(rest.unwrap_or_default())
}
