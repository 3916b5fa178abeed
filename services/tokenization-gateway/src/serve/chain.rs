//! What only the chain can tell: that it is the right one, and that each token has the decimals that were pinned for it.

use std::{sync::Arc, time::Duration};

use alloy::sol_types::SolCall as _;
use causeway_chain::{
    endpoints::{BlockTag, CallRequest, EndpointPolicy, EndpointSet, Error as EndpointError, Metrics},
    journal::Journal,
    sender::{Parts, Sender},
    signer::Signer,
};
use causeway_runtime::process::{Context, Failure};

use crate::{adapters::direct::decimalsCall, config::Config};

/// How long the start waits for an endpoint to answer before it gives up, so that a pod and its chain may start together.
const CHAIN_WITHIN: Duration = Duration::from_secs(30);

/// The pause between two questions at start.
const CHAIN_PAUSE: Duration = Duration::from_millis(500);

/// Connects to the chain and refuses a wrong one.
pub(super) async fn connect(config: &Config, metrics: &Metrics, context: &Context) -> Result<EndpointSet, Failure> {
    let http = reqwest::Client::builder().build().map_err(Failure::new)?;
    let policy = EndpointPolicy { call_timeout: config.chain.call_timeout, ..EndpointPolicy::default() };
    let endpoints = EndpointSet::new(config.chain.endpoints.clone(), config.chain.id, policy, &http, metrics)
        .map_err(Failure::new)?;
    await_chain(&endpoints, config, context).await?;
    check_tokens(&endpoints, config).await?;
    Ok(endpoints)
}

/// The sender of the issuer's transactions; somebody else drives it.
pub(super) fn sender(
    config: &Config,
    endpoints: EndpointSet,
    journal: Arc<dyn Journal>,
    context: &Context,
) -> Result<Sender, Failure> {
    let signer = Signer::from_hex(&config.key).map_err(Failure::new)?;
    tracing::info!(issuer = %signer.address(), "signer ready");
    let clock = Arc::clone(&context.clock);
    let clock = Arc::new(move || clock.now());
    Ok(Sender::new(Parts { endpoints, signer, journal, policy: config.send, clock }))
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

/// A token with other decimals than were pinned would mint a thousand times too much, or too little.
async fn check_tokens(endpoints: &EndpointSet, config: &Config) -> Result<(), Failure> {
    for (id, token) in &config.tokens {
        let request = CallRequest::read(token.address, decimalsCall {}.abi_encode().into());
        let read = |session: causeway_chain::endpoints::Session| {
            let request = request.clone();
            async move { session.eth_call(&request, BlockTag::Latest).await }
        };
        let refuse =
            |expected: String| Failure::from(config.base.effective.refuse("assets", format!("for {id} {expected}")));
        let answer = endpoints.liveness().run(read).await;
        let answer = answer.map_err(|error| refuse(format!("a token's contract, but {error}")))?;
        let found = decimalsCall::abi_decode_returns(&answer).ok();
        let pinned = config.catalogue.asset(id).map(|asset| asset.decimals.get());
        if found != pinned {
            return Err(refuse(format!("a token of {pinned:?} decimals, but the contract says {found:?}")));
        }
        tracing::info!(asset = id.as_str(), token = %token.address, "token found");
    }
    Ok(())
}
