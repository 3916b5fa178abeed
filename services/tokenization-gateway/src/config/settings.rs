//! What the service runs with, checked. Secrets stay in types that do not print them.

use std::{path::PathBuf, sync::Arc, time::Duration};

use causeway_chain::{finality::Finality, rpc::EndpointUrl, sender::SendPolicy};
use causeway_identifiers::Bic;
use causeway_primitives::{Address, AssetId, ChainId, ChainSelector, RelayerId};
use causeway_runtime::config::SecretString;
use causeway_service::config::Base;
use time::UtcOffset;

use crate::{
    adapters::{delivery::Secret, firefly::Pace as FireflyPace, issuer::Tokens},
    app::{Catalogue, Limits, Pace},
    domain::actor::Actor,
};

/// What the service runs with.
#[derive(Debug, Clone)]
pub struct Config {
    /// What every service has.
    pub base: Base,
    /// The chain.
    pub chain: Chain,
    /// Who brings calls to it.
    pub backend: Backend,
    /// Ways to other chains.
    pub bridges: Vec<BridgeSettings>,
    /// Cacti; `None` when nothing goes by it.
    pub cacti: Option<CactiSettings>,
    /// The monitor of CCIP messages; `None` when nothing goes over CCIP.
    pub monitor: Option<MonitorSettings>,
    /// The guard.
    pub guard: GuardSettings,
    /// The oracle; `None` when no asset has a price.
    pub oracle: Option<OracleSettings>,
    /// How requests are carried on.
    pub pace: Pace,
    /// How often books and chain are compared.
    pub reconcile_every: Duration,
    /// When to speak up.
    pub alerts: Limits,
    /// For how long what is kept for others is kept.
    pub keeping: Keeping,
    /// A folder of schemas.
    pub schemas_dir: Option<PathBuf>,
    /// The longest message.
    pub max_body_bytes: usize,
    /// At whose midnight a value date begins.
    pub days: UtcOffset,
    /// A folder of messages; `None`: none is watched.
    pub inbox: Option<InboxSettings>,
    /// Where answers go.
    pub delivery: Delivery,
    /// Our own BIC; `None`: no answers in FIN.
    pub bic: Option<Bic>,
    /// Who may call.
    pub callers: Vec<Caller>,
    /// Assets, rules, accounts.
    pub catalogue: Arc<Catalogue>,
    /// The assets' contracts.
    pub tokens: Tokens,
}

/// The chain.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Pinned.
    pub id: ChainId,
    /// One or more.
    pub endpoints: Vec<EndpointUrl>,
    /// So many must agree.
    pub read_quorum: usize,
    /// When a block is final.
    pub finality: Finality,
    /// For one call.
    pub call_timeout: Duration,
    /// Where assets are registered; `None`: only the tokens themselves are asked.
    pub asset_registry: Option<Address>,
    /// How often contracts and registry are compared with what was pinned.
    pub contracts_every: Duration,
}

/// A folder of messages.
#[derive(Debug, Clone)]
pub struct InboxSettings {
    /// Where.
    pub folder: PathBuf,
    /// In whose name its messages are handed in.
    pub maker: Actor,
    /// How often it is looked at.
    pub every: Duration,
}

/// Who brings calls to the chain.
#[derive(Debug, Clone)]
pub enum Backend {
    /// The gateway itself.
    Direct {
        /// The issuer's key.
        key: SecretString,
        /// The rules of sending.
        send: SendPolicy,
    },
    /// A FireFly core, with a key that it holds.
    Firefly(FireflySettings),
}

/// A FireFly core.
#[derive(Debug, Clone)]
pub struct FireflySettings {
    /// Where it is, without `/api/v1`.
    pub url: url::Url,
    /// Which of its namespaces.
    pub namespace: String,
    /// The account that it signs with: an issuer of the tokens.
    pub signing_key: Address,
    /// The `Authorization` header, where it wants one.
    pub authorization: Option<SecretString>,
    /// What the gateway's subscription to events is called there.
    pub subscription: String,
    /// Whether FireFly is to show the tokens in pools of its own.
    pub pools: bool,
    /// By which of its token connectors, where it has more than one.
    pub tokens_connector: Option<String>,
    /// For one call.
    pub call_timeout: Duration,
    /// How open errands are looked at.
    pub pace: FireflyPace,
}

/// A way of one asset to one other chain.
#[derive(Debug, Clone)]
pub struct BridgeSettings {
    /// Of which asset.
    pub asset: AssetId,
    /// Where to.
    pub destination: ChainSelector,
    /// The other chain.
    pub chain: Chain,
    /// The token there.
    pub token: Address,
    /// How.
    pub way: Way,
}

/// How an asset gets there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Over CCIP, between two contracts of ours.
    Ccip {
        /// Here.
        contract: Address,
        /// There.
        peer: Address,
    },
    /// By Cacti.
    Cacti {
        /// The account that it takes from, used for nothing else.
        escrow: Address,
        /// What it calls our side.
        home: Network,
        /// What it calls the other one.
        far: Network,
    },
}

/// A chain and a token in Cacti's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The chain's name.
    pub network: String,
    /// The kind of ledger: `BESU_2X`, `ETHEREUM`.
    pub ledger: String,
    /// The name of the token's contract.
    pub contract_name: String,
}

/// A Cacti gateway.
#[derive(Debug, Clone)]
pub struct CactiSettings {
    /// Where it is, without `/api/v1`.
    pub url: url::Url,
    /// For a whole transfer.
    pub transfer_timeout: Duration,
    /// How often open transfers are looked at.
    pub poll: Duration,
}

/// A ccip-monitor.
#[derive(Debug, Clone)]
pub struct MonitorSettings {
    /// Where it is.
    pub url: String,
    /// For one call.
    pub call_timeout: Duration,
}

/// The guard.
#[derive(Debug, Clone)]
pub struct GuardSettings {
    /// Its replicas; at least one.
    pub urls: Vec<String>,
    /// What this replica is called there.
    pub holder: RelayerId,
    /// Where halts are remembered.
    pub latch: Option<PathBuf>,
    /// How often leave is renewed.
    pub renew_every: Duration,
    /// For one call.
    pub call_timeout: Duration,
}

/// The oracle.
#[derive(Debug, Clone)]
pub struct OracleSettings {
    /// Where it is.
    pub url: String,
    /// For one call.
    pub call_timeout: Duration,
}

/// For how long what is kept for others is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    /// Keys of calls: at least a day.
    pub keys: Duration,
    /// Copies of answers that were delivered; the answers themselves are kept for good.
    pub delivered: Duration,
}

/// Where answers go.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Address and secret.
    pub webhook: Option<(url::Url, Secret)>,
    /// A folder.
    pub folder: Option<PathBuf>,
    /// For one delivery.
    pub timeout: Duration,
}

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Hand in messages and instructions.
    Order,
    /// Approve, refuse, release.
    Decide,
    /// Look.
    Read,
}

/// Who may call the API.
#[derive(Debug, Clone)]
pub struct Caller {
    /// His name in every record.
    pub name: Actor,
    /// What he proves it by.
    pub token: SecretString,
    /// What he may do.
    pub rights: Vec<Right>,
}
