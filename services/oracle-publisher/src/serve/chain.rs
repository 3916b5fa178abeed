//! What only the chain can tell: that it is the right one, that the contracts are aggregators with the decimals of the
//! configuration, how they are written, and that the publisher may.

use std::{sync::Arc, time::Duration};

use causeway_chain::{
    aggregator::{self, Description, WriteDialect, choose, describe, probe},
    endpoints::{BlockTag, EndpointPolicy, EndpointSet, Error as EndpointError, Metrics, Session},
    rpc::{EndpointUrl, RpcClient},
    sender::{Parts, Sender},
    signer::Signer,
};
use causeway_primitives::{Address, Answer, I256};
use causeway_runtime::{
    config::{Effective, SecretString},
    process::{Context, Failure},
};

use crate::{
    adapters::{
        chain::{Chain, Known},
        store::Store,
    },
    config::{Config, Dialect, Feed, SignerSettings},
};

/// How long the start waits for an endpoint to answer before it gives up, so that a pod and its chain may start
/// together.
const CHAIN_WITHIN: Duration = Duration::from_secs(30);

/// The pause between two questions at start.
const CHAIN_PAUSE: Duration = Duration::from_millis(500);

/// The chain, connected and checked.
pub(super) struct Connected {
    pub(super) endpoints: EndpointSet,
    pub(super) adapter: Chain,
    pub(super) known: Vec<(Address, Description)>,
    /// `None` in a dry run.
    pub(super) sender: Option<Sender>,
}

pub(super) async fn connect(
    config: &Config,
    metrics: &Metrics,
    store: &Store,
    context: &Context,
) -> Result<Connected, Failure> {
    let http = reqwest::Client::builder().build().map_err(Failure::new)?;
    let policy = EndpointPolicy { call_timeout: config.chain.call_timeout, ..EndpointPolicy::default() };
    let endpoints = EndpointSet::new(config.chain.endpoints.clone(), config.chain.id, policy, &http, metrics)
        .map_err(Failure::new)?;
    await_chain(&endpoints, &config.base.effective, context).await?;
    let signer = signer(config, &http).await?;
    let publisher = match (&signer, &config.signer) {
        (Some(signer), _) => signer.address(),
        (None, SignerSettings::None { address }) => address.unwrap_or(Address::ZERO),
        (None, _) => Address::ZERO,
    };
    let checks = Checks { config, endpoints: &endpoints, publisher };
    let mut known = Vec::new();
    let mut described = Vec::new();
    for (index, feed) in config.feeds.feeds.values().enumerate() {
        let Some(address) = feed.aggregator else { continue };
        let (description, dialect) = checks.check(index, feed, address).await?;
        tracing::info!(
            feed_id = %feed.id(),
            aggregator = %address,
            target = %description.target,
            description = description.description,
            dialect = dialect.as_str(),
            "aggregator found"
        );
        known.push(Known { address, dialect });
        described.push((address, description));
    }
    let adapter = Chain::new(endpoints.clone(), config.chain.read_quorum, publisher, &known);
    let sender = signer.filter(|_| !config.publisher.dry_run).map(|signer| {
        let clock = Arc::clone(&context.clock);
        Sender::new(Parts {
            endpoints: endpoints.clone(),
            signer,
            journal: Arc::new(store.clone()),
            policy: config.publisher.send,
            clock: Arc::new(move || clock.now()),
        })
    });
    if let Some(sender) = &sender {
        adapter.attach(sender.clone());
    }
    Ok(Connected { endpoints, adapter, known: described, sender })
}

/// Waits for the chain; another chain is a mistake in the configuration and not waited out.
async fn await_chain(endpoints: &EndpointSet, effective: &Effective, context: &Context) -> Result<(), Failure> {
    let started = context.clock.monotonic();
    loop {
        match endpoints.verify().await {
            Ok(()) => return Ok(()),
            Err(EndpointError::WrongChain { host, expected, found, .. }) => {
                let expected = format!("the id of the chain behind {host}, which is {found} and not {expected}");
                return Err(effective.refuse("chain.chain_id", expected).into());
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

async fn signer(config: &Config, http: &reqwest::Client) -> Result<Option<Signer>, Failure> {
    let refuse = |setting: &str, expected: String| Failure::from(config.base.effective.refuse(setting, expected));
    let (signer, expected, setting) = match &config.signer {
        SignerSettings::None { .. } => return Ok(None),
        SignerSettings::PrivateKey { key, address } => (Signer::from_hex(key), *address, "signer.private_key"),
        SignerSettings::Keystore { path, password, address } => {
            let (path, password) = (path.clone(), password.clone());
            let opened = tokio::task::spawn_blocking(move || Signer::from_keystore(path, &password)).await;
            (opened.map_err(Failure::new)?, *address, "signer.keystore_path")
        }
        SignerSettings::Web3Signer { url, address } => {
            let url = EndpointUrl::parse(&SecretString::from(url.expose().to_owned()));
            let url = url.map_err(|error| refuse("signer.web3signer_url", error.to_string()))?;
            let client = RpcClient::new(http.clone(), url, config.chain.call_timeout);
            (Ok(Signer::remote(client, *address)), Some(*address), "signer.web3signer_url")
        }
        SignerSettings::AwsKms { key_id, address } => (aws_kms(key_id).await?, *address, "signer.aws_kms_key_id"),
    };
    let signer = signer.map_err(|error| refuse(setting, format!("a usable key, but {error}")))?;
    let signer = match expected {
        Some(address) => signer.expect_account(address),
        None => Ok(signer),
    };
    let signer = signer.map_err(|error| refuse("signer.address", format!("the signer's own account, but {error}")))?;
    tracing::info!(publisher = %signer.address(), kind = signer.kind(), "signer ready");
    Ok(Some(signer))
}

#[cfg(feature = "aws-kms")]
async fn aws_kms(key_id: &str) -> Result<Result<Signer, causeway_chain::signer::Error>, Failure> {
    Ok(Signer::aws_kms(key_id.to_owned()).await)
}

#[cfg(not(feature = "aws-kms"))]
#[allow(clippy::unused_async, reason = "the same signature as with the feature")]
async fn aws_kms(_: &str) -> Result<Result<Signer, causeway_chain::signer::Error>, Failure> {
    Err(Failure::new(NoKms))
}

/// The program was built without the feature.
#[cfg(not(feature = "aws-kms"))]
#[derive(Debug, thiserror::Error)]
#[error("signer.kind = aws_kms needs a build with `--features aws-kms`")]
struct NoKms;

/// The checks of one aggregator.
struct Checks<'a> {
    config: &'a Config,
    endpoints: &'a EndpointSet,
    publisher: Address,
}

impl Checks<'_> {
    async fn check(&self, index: usize, feed: &Feed, address: Address) -> Result<(Description, WriteDialect), Failure> {
        let read = |session: Session| async move {
            match describe(&session, address).await {
                Err(aggregator::Error::Chain(error)) => Err(error),
                described => Ok(described),
            }
        };
        let described = self.endpoints.liveness().run(read).await.map_err(Failure::new)?;
        let description = described.map_err(|error| self.refuse(index, "aggregator_address", &error.to_string()))?;
        let decimals = feed.policy.terms().decimals;
        if feed.decimals_pinned && decimals != description.decimals {
            let found = format!("{}, as the contract at {address} says", description.decimals.get());
            return Err(self.refuse(index, "decimals", &found));
        }
        let dialect = match self.config.publisher.dialect {
            Some(dialect) => write_dialect(dialect),
            None => self.probe(index, &description).await?,
        };
        Ok((description, dialect))
    }

    async fn probe(&self, index: usize, description: &Description) -> Result<WriteDialect, Failure> {
        // Some answer that the contract takes: its lowest, or one.
        let answer =
            description.bounds.map_or(Answer::new(I256::ONE), |bounds| bounds.lowest.max(Answer::new(I256::ONE)));
        let (target, publisher) = (description.target, self.publisher);
        let read = |session: Session| async move {
            let snapshot = match aggregator::snapshot(&session, target, publisher).await {
                Ok(snapshot) => snapshot,
                Err(aggregator::Error::Chain(error)) => return Err(error),
                Err(other) => return Ok(Err(other)),
            };
            // At the block of the snapshot: another replica may write the next round at any moment.
            let at = BlockTag::Hash(snapshot.block.hash);
            match probe(&session, target, publisher, (answer, snapshot.next_round()), at).await {
                Err(aggregator::Error::Chain(error)) => Err(error),
                probed => Ok(probed),
            }
        };
        let probed = self.endpoints.liveness().run(read).await.map_err(Failure::new)?;
        let findings = probed.map_err(|error| self.refuse(index, "aggregator_address", &error.to_string()))?;
        choose(&findings).map_err(|error| {
            let expected = format!("a contract that {publisher} may write to, but {error}");
            self.refuse(index, "aggregator_address", &expected)
        })
    }

    /// The setting by its place in the file; in the one-feed deployment there is no file.
    fn refuse(&self, index: usize, name: &str, expected: &str) -> Failure {
        let own = format!("feeds.{index}.{name}");
        let setting = if self.config.base.effective.is_set(&own) { own } else { format!("one_feed.{name}") };
        self.config.base.effective.refuse(&setting, expected).into()
    }
}

const fn write_dialect(dialect: Dialect) -> WriteDialect {
    match dialect {
        Dialect::UpdateAnswerInt256 => WriteDialect::UpdateAnswerInt256,
        Dialect::UpdateAnswerUint256 => WriteDialect::UpdateAnswerUint256,
        Dialect::Submit => WriteDialect::SubmitRound,
        Dialect::Transmit => WriteDialect::TransmitInt192,
    }
}
