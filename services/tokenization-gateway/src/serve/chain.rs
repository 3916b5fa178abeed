//! What only the chain can tell: that it is the right one, that it takes what our key offers for gas, and that each token has
//! the decimals that were pinned for it.

use std::{sync::Arc, time::Duration};

use causeway_chain::{
    endpoints::{Block, EndpointPolicy, EndpointSet, Error as EndpointError, Metrics},
    journal::Journal,
    sender::{FeePolicy, Parts, SendPolicy, Sender},
    signer::Signer,
};
use causeway_runtime::{
    config::SecretString,
    process::{Context, Failure},
};

use crate::{
    adapters::{
        contracts::{Contracts, Pinned},
        guard::gate,
    },
    config::{Backend, Chain, Config},
    ports::Guard,
};

/// How long the start waits for an endpoint to answer before it gives up, so that a pod and its chain may start together.
const CHAIN_WITHIN: Duration = Duration::from_secs(30);

/// The pause between two questions at start.
const CHAIN_PAUSE: Duration = Duration::from_millis(500);

/// Connects to the chain and refuses a wrong one.
pub(super) async fn connect(config: &Config, metrics: &Metrics, context: &Context) -> Result<EndpointSet, Failure> {
    let endpoints = endpoints(&config.chain, metrics)?;
    await_chain(&endpoints, config, context).await?;
    check_fees(&endpoints, config).await?;
    check_tokens(&endpoints, config).await?;
    Ok(endpoints)
}

/// The endpoints of a chain, nobody of whom was asked yet.
pub(super) fn endpoints(chain: &Chain, metrics: &Metrics) -> Result<EndpointSet, Failure> {
    let http = reqwest::Client::builder().build().map_err(Failure::new)?;
    let policy = EndpointPolicy { call_timeout: chain.call_timeout, ..EndpointPolicy::default() };
    EndpointSet::new(chain.endpoints.clone(), chain.id, policy, &http, metrics).map_err(Failure::new)
}

/// The sender of the issuer's transactions; somebody else drives it. It sends nothing while the guard gives no leave.
pub(super) fn sender(
    (key, policy): (&SecretString, SendPolicy),
    endpoints: EndpointSet,
    journal: Arc<dyn Journal>,
    guard: Arc<dyn Guard>,
    context: &Context,
) -> Result<Sender, Failure> {
    let signer = Signer::from_hex(key).map_err(Failure::new)?;
    tracing::info!(issuer = %signer.address(), "signer ready");
    let clock = Arc::clone(&context.clock);
    let clock = Arc::new(move || clock.now());
    Ok(Sender::behind(gate(guard), Parts { endpoints, signer, journal, policy, clock }))
}

/// Waits for the chain; another chain is a mistake in the configuration and not waited out.
async fn await_chain(endpoints: &EndpointSet, config: &Config, context: &Context) -> Result<(), Failure> {
    let started = context.clock.monotonic();
    loop {
        match endpoints.verify().await {
            Ok(()) => return Ok(()),
            Err(EndpointError::WrongChain { host, expected, found, .. }) => {
                let expected = format!("the id of the chain behind {host}, which is {found} and not {expected}");
                return Err(config.base.effective.refuse("chain.chain_id", expected).into());
            }
            Err(error) if context.clock.monotonic().since(started) >= CHAIN_WITHIN => return Err(Failure::new(error)),
            Err(error) => {
                tracing::warn!(error = %causeway_telemetry::Chain(&error), "chain does not answer yet");
            }
        }
        tokio::select! {
            () = context.shutdown.draining.cancelled() => return Err(Failure::new(Stopped)),
            () = tokio::time::sleep(CHAIN_PAUSE) => {}
        }
    }
}

/// The service was told to stop before it had started.
#[derive(Debug, thiserror::Error)]
#[error("stopped before the chain answered")]
struct Stopped;

/// Where a block has a base fee nothing that offers less is mined: each transaction would be signed, and none would ever end.
async fn check_fees(endpoints: &EndpointSet, config: &Config) -> Result<(), Failure> {
    match config.backend {
        Backend::Direct { send: SendPolicy { fees: FeePolicy::Free, .. }, .. } => {}
        Backend::Direct { .. } | Backend::Firefly(_) => return Ok(()),
    }
    match endpoints.liveness().head().await {
        Ok(Block { base_fee: Some(base_fee @ 1..), .. }) => {
            let expected =
                format!("legacy or eip1559, because the chain's last block has a base fee of {base_fee} wei");
            Err(config.base.effective.refuse("sender.fees", expected).into())
        }
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::new(error)),
    }
}

/// What was pinned of each asset, beside its contract and the registry.
pub(super) fn contracts(endpoints: &EndpointSet, config: &Config) -> Contracts {
    let pinned = config.tokens.iter().filter_map(|(id, token)| {
        let asset = config.catalogue.asset(id)?;
        Some(Pinned {
            asset: id.clone(),
            token: token.address,
            decimals: asset.decimals.get(),
            denomination: asset.denomination.to_string(),
        })
    });
    Contracts::new(endpoints.clone(), config.chain.asset_registry, pinned.collect())
}

/// A token with other decimals than were pinned would mint a thousand times too much, or too little.
async fn check_tokens(endpoints: &EndpointSet, config: &Config) -> Result<(), Failure> {
    let found = contracts(endpoints, config).differences().await.map_err(Failure::new)?;
    match found.into_iter().next() {
        Some((asset, difference)) => {
            let expected = format!("for {asset} what its contract says, but {difference}");
            Err(Failure::from(config.base.effective.refuse("assets", expected)))
        }
        None => Ok(()),
    }
}
