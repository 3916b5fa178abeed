//! What only the chain can tell: that it is the right one, that the contracts are aggregators with the decimals of the
//! configuration, how they are written, and that the publisher may.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_chain::{
    aggregator::{self, Description, WriteDialect, choose, describe, probe},
    endpoints::{BlockTag, EndpointPolicy, EndpointSet, Error as EndpointError, Metrics, Session},
    sender::{Parts, Sender},
};
use causeway_primitives::{Address, Answer, I256, SignerId};
use causeway_runtime::{
    config::Effective,
    process::{Context, Failure},
};
use causeway_service::leader::Leads;

use super::signers::{self, Keys};
use crate::{
    adapters::{
        chain::{Chain, Known},
        store::{SenderJournal, Store},
    },
    config::{Config, Dialect, Feed, Signers},
};

/// How long the start waits for an endpoint to answer before it gives up, so that a pod and its chain may start
/// together.
const CHAIN_WITHIN: Duration = Duration::from_secs(30);

/// The pause between two questions at start.
const CHAIN_PAUSE: Duration = Duration::from_millis(500);

/// The chain, connected and checked.
pub(super) struct Connected {
    pub(super) endpoints: EndpointSet,
    /// What the aggregators say of themselves.
    pub(super) known: Vec<(Address, Description)>,
    /// Of the key that feeds have that name no other.
    pub(super) default: (SignerId, Desk),
    /// Of the others.
    pub(super) named: BTreeMap<SignerId, Desk>,
}

impl Connected {
    /// All keys, the default first.
    pub(super) fn all(&self) -> impl Iterator<Item = (&SignerId, &Desk)> {
        std::iter::once((&self.default.0, &self.default.1)).chain(&self.named)
    }

    /// The key of a feed.
    pub(super) fn desk(&self, id: &SignerId) -> &Desk {
        self.named.get(id).unwrap_or(&self.default.1)
    }
}

/// One key with its way to the chain: the account in whose name a feed is read is the one that writes it.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) adapter: Chain,
    /// `None` in a dry run.
    pub(super) sender: Option<Sender>,
    /// Whether this replica leads the key's feeds.
    pub(super) leads: Leads,
}

pub(super) async fn connect(
    config: &Config,
    metrics: &Metrics,
    (store, leads_of): (&Store, impl Fn(&SignerId) -> Leads),
    context: &Context,
) -> Result<Connected, Failure> {
    let http = reqwest::Client::builder().build().map_err(Failure::new)?;
    let policy = EndpointPolicy { call_timeout: config.chain.call_timeout, ..EndpointPolicy::default() };
    let endpoints = EndpointSet::new(config.chain.endpoints.clone(), config.chain.id, policy, &http, metrics)
        .map_err(Failure::new)?;
    await_chain(&endpoints, &config.base.effective, context).await?;
    let mut keys = signers::open(config, &http).await?;
    let (known, described) = find(config, &endpoints, &keys).await?;
    let shares = Arc::new(keys.shares(config));
    let mut desk = |id: &SignerId| {
        let leads = leads_of(id);
        let adapter = Chain::new(endpoints.clone(), config.chain.read_quorum, keys.account(id), &known);
        let sender = keys.take(id).filter(|_| !config.publisher.dry_run).map(|signer| {
            let clock = Arc::clone(&context.clock);
            let journal = SenderJournal::new(store.clone(), leads.clone(), Arc::clone(&shares), id.clone());
            Sender::new(Parts {
                endpoints: endpoints.clone(),
                signer,
                journal: Arc::new(journal),
                policy: config.publisher.send,
                clock: Arc::new(move || clock.now()),
            })
        });
        if let Some(sender) = &sender {
            adapter.attach(sender.clone());
        }
        (id.clone(), Desk { adapter, sender, leads })
    };
    let Signers { default, named } = &config.signers;
    let (default, named) = (desk(&default.id), named.iter().map(|keyed| desk(&keyed.id)).collect());
    Ok(Connected { endpoints, known: described, default, named })
}

/// Looks at every aggregator in the name of the account that writes it.
async fn find(
    config: &Config,
    endpoints: &EndpointSet,
    keys: &Keys,
) -> Result<(Vec<Known>, Vec<(Address, Description)>), Failure> {
    let mut known = Vec::new();
    let mut described = Vec::new();
    for (index, feed) in config.feeds.feeds.values().enumerate() {
        let Some(address) = feed.aggregator else { continue };
        let checks = Checks { config, endpoints, publisher: keys.account(&feed.signer) };
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
    Ok((known, described))
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
