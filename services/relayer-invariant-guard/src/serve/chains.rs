//! The chains' endpoints. A chain that answers with another id is a mistake in the configuration and stops the start; one
//! that does not answer is Indeterminate until it does.

use std::{collections::BTreeMap, time::Duration};

use causeway_chain::endpoints::{EndpointPolicy, EndpointSet, Error as EndpointError, Metrics};
use causeway_primitives::ChainName;
use causeway_runtime::process::Failure;
use causeway_telemetry::{Chain, metrics::Registry};
use futures_util::future::join_all;

use crate::{
    adapters::chain::ChainReader,
    config::{ChainSettings, Config},
};

/// How long the start waits for a chain to say who it is.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Blocks by which endpoints of one chain may differ. Evidence is read at the books' watermark, so one that is behind is
/// found out there and not by its head.
const MAX_HEAD_REGRESS: u64 = 64;

/// The endpoint sets, by chain.
pub(super) fn connect(config: &Config, registry: &mut Registry) -> Result<BTreeMap<ChainName, EndpointSet>, Failure> {
    let http = reqwest::Client::builder().build().map_err(Failure::new)?;
    let policy = EndpointPolicy {
        call_timeout: config.rpc.call_timeout,
        max_head_regress: MAX_HEAD_REGRESS,
        ..EndpointPolicy::default()
    };
    let mut sets = BTreeMap::new();
    for chain in &config.chains {
        let of_chain = registry.sub_registry_with_label(("chain".into(), chain.name.to_string().into()));
        let metrics = Metrics::register(of_chain);
        let set = EndpointSet::new(chain.urls.clone(), chain.id, policy, &http, &metrics).map_err(Failure::new)?;
        sets.insert(chain.name.clone(), set);
    }
    Ok(sets)
}

/// Refuses endpoints of another chain.
pub(super) async fn check(config: &Config, sets: &BTreeMap<ChainName, EndpointSet>) -> Result<(), Failure> {
    let checks = config.chains.iter().filter_map(|chain| Some(check_one(config, chain, sets.get(&chain.name)?)));
    join_all(checks).await.into_iter().collect()
}

async fn check_one(config: &Config, chain: &ChainSettings, endpoints: &EndpointSet) -> Result<(), Failure> {
    match tokio::time::timeout(ANSWER_WITHIN, endpoints.verify()).await {
        Ok(Ok(())) => {}
        Ok(Err(EndpointError::WrongChain { host, expected, found, .. })) => {
            let expected = format!("the id of the chain behind {host}, which is {found} and not {expected}");
            return Err(config.base.effective.refuse(&format!("{}.chain_id", chain.setting), expected).into());
        }
        Ok(Err(error)) => tracing::warn!(chain = %chain.name, error = %Chain(&error), "chain does not answer yet"),
        Err(_) => tracing::warn!(chain = %chain.name, "chain does not answer yet"),
    }
    Ok(())
}

/// Who reads each chain.
pub(super) fn readers(config: &Config, sets: &BTreeMap<ChainName, EndpointSet>) -> BTreeMap<ChainName, ChainReader> {
    let reader = |chain: &ChainSettings| {
        let set = sets.get(&chain.name)?.clone();
        Some((chain.name.clone(), ChainReader::new(set, config.plan(chain))))
    };
    config.chains.iter().filter_map(reader).collect()
}
