//! The chains' endpoints. A chain that answers with another id is a mistake in the configuration and stops the start; one
//! that does not answer is waited for by its follower, so that one dead chain does not hide the others.

use std::{collections::BTreeMap, time::Duration};

use causeway_chain::{
    endpoints::{EndpointPolicy, EndpointSet, Error as EndpointError, Metrics, Session},
    finality,
};
use causeway_primitives::ChainId;
use causeway_runtime::process::Failure;
use causeway_telemetry::metrics::Registry;
use futures_util::future::join_all;

use crate::config::{ChainSettings, Config};

/// How long the start waits for a chain to say who it is.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Blocks by which endpoints of one chain may differ; also the depth of the reorganisations that public chains have.
const MAX_HEAD_REGRESS: u64 = 64;

/// The endpoint sets, by chain.
pub(crate) async fn connect(
    config: &Config,
    registry: &mut Registry,
) -> Result<BTreeMap<ChainId, EndpointSet>, Failure> {
    let http = reqwest::Client::builder().build().map_err(Failure::new)?;
    let policy = EndpointPolicy {
        call_timeout: config.monitor.call_timeout,
        max_head_regress: MAX_HEAD_REGRESS,
        ..EndpointPolicy::default()
    };
    let mut sets = BTreeMap::new();
    for chain in &config.chains {
        let of_chain = registry.sub_registry_with_label(("chain".into(), chain.name.to_string().into()));
        let metrics = Metrics::register(of_chain);
        let set = EndpointSet::new(chain.endpoints.clone(), chain.id, policy, &http, &metrics).map_err(Failure::new)?;
        sets.insert(chain.id, set);
    }
    let checks = config.chains.iter().filter_map(|chain| Some(check(config, chain, sets.get(&chain.id)?)));
    join_all(checks).await.into_iter().collect::<Result<Vec<()>, Failure>>()?;
    Ok(sets)
}

/// Says it when a chain that answers has no final block by its rule: QBFT never has one, and a node that has just come up may
/// not have one yet, which is no reason to leave all other chains unread.
async fn tell_finality(chain: &ChainSettings, endpoints: &EndpointSet) {
    let rule = chain.finality;
    let read = |session: Session| async move { rule.read(&session, 0).await };
    if let Ok(Err(error)) = tokio::time::timeout(ANSWER_WITHIN, endpoints.liveness().run(read)).await
        && finality::is_unknown(&error)
    {
        tracing::error!(
            chain = %chain.name, setting = format!("{}.finality", chain.setting),
            "the chain's endpoints know no final block; `instant` is for QBFT and IBFT, `depth(n)` for chains that say none"
        );
    }
}

async fn check(config: &Config, chain: &ChainSettings, endpoints: &EndpointSet) -> Result<(), Failure> {
    match tokio::time::timeout(ANSWER_WITHIN, endpoints.verify()).await {
        Ok(Ok(())) => tell_finality(chain, endpoints).await,
        Ok(Err(EndpointError::WrongChain { host, expected, found, .. })) => {
            let expected = format!("the id of the chain behind {host}, which is {found} and not {expected}");
            return Err(config.base.effective.refuse(&format!("{}.chain_id", chain.setting), expected).into());
        }
        Ok(Err(error)) => {
            tracing::warn!(chain = %chain.name, error = %causeway_telemetry::Chain(&error), "chain does not answer yet");
        }
        Err(_) => tracing::warn!(chain = %chain.name, "chain does not answer yet"),
    }
    Ok(())
}
