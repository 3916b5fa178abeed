//! What the service runs with, checked. Where a value came from is remembered for the errors that only the world
//! reveals; secrets stay in types that do not print them.

use std::time::Duration;

use causeway_alerting::channel::Endpoint;
use causeway_runtime::config::SecretString;
use causeway_service::config::Base;

use super::{AssetSettings, ChainSettings, PauseSettings, plans};
use crate::{
    adapters::{
        chain::Plan,
        store::{
            Kept,
            books::{Mapping, Scope},
        },
    },
    app::{CapSetting, Facts, Probation},
    domain::{evidence::Approved, lease, resume, rules::Rules},
};

/// What the service runs with.
#[derive(Debug, Clone)]
pub struct Config {
    /// What every service has.
    pub base: Base,
    /// Who else may call what.
    pub callers: Callers,
    /// How it looks.
    pub sweeping: Sweeping,
    /// How endpoints are asked.
    pub rpc: Rpc,
    /// How long leases are good.
    pub lease: lease::Policy,
    /// What one lease may move.
    pub caps: Vec<CapSetting>,
    /// What it takes to end a halt.
    pub resume: resume::Policy,
    /// How a resumed relayer is kept.
    pub probation: Probation,
    /// The optional pause of contracts.
    pub pause: Option<PauseSettings>,
    /// How long what is kept.
    pub kept: Kept,
    /// Who notices outside that nothing is evaluated any more.
    pub dead_man: Option<DeadMan>,
    /// The relayer's database.
    pub books: BooksSettings,
    /// What is read of it.
    pub scope: Scope,
    /// What must be true.
    pub rules: Rules,
    /// What people approved to be different.
    pub approved: Approved,
    /// The chains.
    pub chains: Vec<ChainSettings>,
    /// The assets.
    pub assets: Vec<AssetSettings>,
}

impl Config {
    /// What is asked of a chain.
    pub fn plan(&self, chain: &ChainSettings) -> Plan {
        plans::plan(chain, &self.assets, self.sweeping, self.rpc.log_blocks)
    }

    /// What people want to read with the figures.
    pub fn facts(&self) -> Facts {
        let decimals = self.assets.iter().map(|asset| (asset.bridge.asset.clone(), asset.decimals.get()));
        Facts {
            decimals: decimals.collect(),
            chain_ids: self.chains.iter().map(|chain| (chain.name.clone(), chain.id.get())).collect(),
            notes: super::explain(self).lines().map(|line| line.trim_start_matches("# ").to_owned()).collect(),
        }
    }
}

/// The dead-man's switch.
#[derive(Debug, Clone)]
pub struct DeadMan {
    /// Its address, which is its credential.
    pub to: Endpoint,
    /// At most so often.
    pub every: Duration,
}

/// Callers by the names of their certificates; `loopback` is whoever calls from this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callers {
    /// Who may ask for leases and report.
    pub relayers: Vec<String>,
    /// Who may propose, approve and refuse.
    pub approvers: Vec<String>,
}

/// How it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweeping {
    /// Between two evaluations.
    pub every: Duration,
    /// Between two while the last one is Indeterminate.
    pub retry_every: Duration,
    /// Between two that count the books from the first row.
    pub recount_every: Duration,
    /// For the evidence of one.
    pub gather_within: Duration,
}

/// How endpoints are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rpc {
    /// For one request.
    pub call_timeout: Duration,
    /// Blocks of one request for logs.
    pub log_blocks: u64,
}

/// The relayer's database.
#[derive(Debug, Clone)]
pub struct BooksSettings {
    /// Where it is, with a role that may only read.
    pub url: SecretString,
    /// The largest number of connections.
    pub max_connections: u32,
    /// The longest that one statement may take.
    pub statement_timeout: Duration,
    /// What its tables and columns are called.
    pub mapping: Mapping,
}
