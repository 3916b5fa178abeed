//! FireFly's own view of our tokens (TOK-1, TOK-2): one token pool to an asset, over the contract that is there, so that
//! FireFly's users see its holders, balances and movements among their own.
//!
//! Nothing is decided by a pool and nothing waits for one: where FireFly has no token connector, or something else under the
//! asset's name, calls go on by it all the same, and the figure says what is the matter.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use causeway_primitives::{Address, AssetId};
use causeway_store::lease::Leadership;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::form_urlencoded;

use super::api::{Api, Error};
use crate::metrics::Metrics;

/// Between two looks at pools that are all there.
const CALM: Duration = Duration::from_secs(300);
/// While one is still being made, or nothing could be found out.
const KEEN: Duration = Duration::from_secs(5);

/// How an asset's pool stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It shows our token.
    Active,
    /// It was asked for, and is not confirmed.
    Confirming,
    /// Under the asset's name FireFly has a pool of another contract.
    Other,
    /// FireFly does not make one: it has no token connector, or several and none is named.
    Refused,
    /// FireFly could not be asked.
    Unknown,
}

impl Standing {
    /// As labels say it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Confirming => "confirming",
            Self::Other => "other",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// A pool, as far as we look at it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Pool {
    #[serde(default)]
    active: bool,
    /// `address=0x…&schema=…&type=…`, as the connector of ERC-20 packs it; absent until it is confirmed.
    #[serde(default)]
    locator: String,
}

impl Pool {
    fn standing(&self, token: Address) -> Standing {
        let shown = form_urlencoded::parse(self.locator.as_bytes()).find(|(name, _)| name == "address");
        match shown.map(|(_, address)| address.parse::<Address>()) {
            None => Standing::Confirming,
            Some(Ok(address)) if address == token && self.active => Standing::Active,
            Some(Ok(address)) if address == token => Standing::Confirming,
            Some(_) => Standing::Other,
        }
    }
}

/// See the module.
#[derive(Debug)]
pub struct Pools {
    api: Api,
    connector: Option<String>,
    tokens: BTreeMap<AssetId, Address>,
    metrics: Metrics,
    told: BTreeMap<AssetId, Standing>,
}

impl Pools {
    /// Of these assets' tokens, by the connector of this name, or by FireFly's only one.
    pub const fn new(
        api: Api,
        connector: Option<String>,
        tokens: BTreeMap<AssetId, Address>,
        metrics: Metrics,
    ) -> Self {
        Self { api, connector, tokens, metrics, told: BTreeMap::new() }
    }

    /// Sees to them while this replica leads, until it is told to stop.
    ///
    /// # Errors
    /// None: what fails is tried again.
    pub async fn run(
        mut self,
        mut leadership: watch::Receiver<Option<Leadership>>,
        stop: CancellationToken,
    ) -> Result<(), Infallible> {
        loop {
            let epoch = leadership.borrow_and_update().as_ref().map(Leadership::epoch);
            let pause = if let Some(epoch) = epoch {
                stop.run_until_cancelled(self.look(epoch)).await
            } else {
                self.forget();
                Some(CALM)
            };
            let Some(pause) = pause else { return Ok(()) };
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                changed = leadership.changed() => if changed.is_err() { return Ok(()) },
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// What another replica sees to is for that one to show.
    fn forget(&mut self) {
        self.told.clear();
        self.metrics.pools(&self.told);
    }

    /// Looks at each once, and makes what is missing; how long to wait before the next look.
    async fn look(&mut self, epoch: u64) -> Duration {
        let mut standings = BTreeMap::new();
        for (asset, token) in &self.tokens {
            let standing = self.ensure(asset, *token, epoch).await.unwrap_or_else(|error| {
                tracing::debug!(%asset, error = %causeway_telemetry::Chain(&error), "a token pool could not be looked at");
                Standing::Unknown
            });
            standings.insert(asset.clone(), standing);
        }
        self.metrics.pools(&standings);
        for (asset, standing) in &standings {
            if self.told.get(asset) != Some(standing) {
                tell(asset, *standing);
            }
        }
        let is_calm = standings.values().all(|standing| *standing == Standing::Active);
        self.told = standings;
        if is_calm { CALM } else { KEEN }
    }

    async fn ensure(&self, asset: &AssetId, token: Address, epoch: u64) -> Result<Standing, Error> {
        if let Some(pool) = self.api.pool(asset.as_str()).await? {
            return Ok(pool.standing(token));
        }
        match self.api.create_pool(&self.body(asset, token, epoch)).await {
            Ok(()) => Ok(Standing::Confirming),
            Err(error) if error.is_refusal() => Ok(Standing::Refused),
            Err(Error::Status { status, .. }) if status == reqwest::StatusCode::CONFLICT => Ok(Standing::Confirming),
            Err(error) => Err(error),
        }
    }

    /// The key makes one pool of a leader's many requests. The next leader asks anew, as FireFly keeps the key of a request
    /// that came to nothing; where it came to something, the name is taken.
    fn body(&self, asset: &AssetId, token: Address, epoch: u64) -> Value {
        let mut body = json!({
            "name": asset.as_str(),
            "type": "fungible",
            "config": { "address": token.to_string(), "blockNumber": "0" },
            "idempotencyKey": format!("causeway.pool.{asset}.{token}.{epoch}"),
        });
        if let (Some(connector), Some(fields)) = (&self.connector, body.as_object_mut()) {
            fields.insert("connector".to_owned(), json!(connector));
        }
        body
    }
}

fn tell(asset: &AssetId, standing: Standing) {
    match standing {
        Standing::Active => tracing::info!(%asset, "firefly shows the token in a pool"),
        Standing::Confirming => tracing::info!(%asset, "firefly was asked for a token pool"),
        Standing::Other => tracing::warn!(%asset, "firefly's pool of this name shows another contract"),
        Standing::Refused => tracing::warn!(%asset, "firefly makes no token pool: see firefly.tokens_connector"),
        Standing::Unknown => tracing::warn!(%asset, "firefly could not be asked for its token pool"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_1_a_pool_shows_our_token_only_when_its_locator_names_it() {
        let token = Address::repeat_byte(0xab);
        let pool = |active, locator: &str| Pool { active, locator: locator.to_owned() }.standing(token);
        let ours = format!("address={}&schema=ERC20NoData&type=fungible", token.to_string().to_lowercase());
        assert_eq!(pool(true, &ours), Standing::Active);
        assert_eq!(pool(false, &ours), Standing::Confirming);
        assert_eq!(pool(false, ""), Standing::Confirming);
        assert_eq!(pool(true, &ours.replace("abab", "abac")), Standing::Other);
        assert_eq!(pool(true, "address=nothing"), Standing::Other);
    }
}
