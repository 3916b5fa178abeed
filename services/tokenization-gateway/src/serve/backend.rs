//! Who brings calls to the chain, and the ways to other chains, as they are configured.

use std::sync::Arc;

use causeway_chain::{
    endpoints::{EndpointSet, Metrics},
    sender::Sender,
};
use causeway_grpc::Client;
use causeway_journal::{FencedJournal, drive};
use causeway_primitives::{Address, ChainSelector};
use causeway_proto::ccip::v1::ccip_service_client::CcipServiceClient;
use causeway_runtime::process::Failure;
use tokio::sync::Notify;

use super::{chain, run::Shared};
use crate::{
    adapters::{
        cacti::{Api as CactiApi, Courier as CactiCourier, Ends, Pace as CactiPace, Parts as CactiParts, Path, Side},
        ccip::{Far, Lane},
        direct::Direct,
        firefly::{Api, Courier, Events, Firefly, Parts, Pools},
        issuer::{Bridge, Bridges, Carrier, Chain, Issuer},
    },
    config::{Backend as Choice, BridgeSettings, CactiSettings, FireflySettings, Network, Way},
    ports::{Backend, Guard},
};

impl Shared {
    /// The backend, with whatever works for it; and the sender, where the gateway signs itself.
    pub(super) fn backend(
        &self,
        endpoints: &EndpointSet,
        guard: &Arc<dyn Guard>,
        metrics: &Metrics,
    ) -> Result<(Option<Sender>, Arc<dyn Backend>), Failure> {
        let chain = Chain::new(endpoints.clone(), self.config.chain.read_quorum, self.config.chain.finality);
        let (sender, carrier): (_, Arc<dyn Carrier>) = match &self.config.backend {
            Choice::Direct { key, send } => {
                let journal = Arc::new(FencedJournal::new(self.pool.clone(), self.leadership.clone()));
                let sender =
                    chain::sender((key, *send), endpoints.clone(), journal.clone(), Arc::clone(guard), &self.context)?;
                let (leading, driven) = (self.leadership.clone(), sender.clone());
                self.tasks.spawn("sender", |token| drive(driven, leading, token));
                (Some(sender.clone()), Arc::new(Direct::new(chain.id(), sender, journal)))
            }
            Choice::Firefly(settings) => (None, self.firefly(settings, &chain, guard)?),
        };
        let bridges = self.bridges(&chain, guard, metrics)?;
        Ok((sender, Arc::new(Issuer::new(chain, self.config.tokens.clone(), carrier, bridges))))
    }

    fn firefly(
        &self,
        settings: &FireflySettings,
        chain: &Chain,
        guard: &Arc<dyn Guard>,
    ) -> Result<Arc<dyn Carrier>, Failure> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        let http = http.map_err(Failure::new)?;
        let at = (settings.url.clone(), settings.namespace.clone());
        let api = Api::new(http, at, settings.authorization.clone(), settings.call_timeout);
        let wake = Arc::new(Notify::new());
        let parts = Parts {
            store: self.store.clone(),
            api: api.clone(),
            chain: chain.clone(),
            guard: Arc::clone(guard),
            signing_key: settings.signing_key,
            clock: Arc::clone(&self.context.clock),
            wake: Arc::clone(&wake),
        };
        let courier = Courier::new(parts, settings.pace);
        let leading = self.leadership.clone();
        self.tasks.spawn("courier", |token| courier.run(leading, token));
        let events = Events::new(api.clone(), settings.subscription.clone(), Arc::clone(&wake));
        let leading = self.leadership.clone();
        self.tasks.spawn("events", |token| events.run(leading, token));
        if settings.pools {
            let tokens = self.config.tokens.iter().map(|(asset, token)| (asset.clone(), token.address)).collect();
            let pools = Pools::new(api, settings.tokens_connector.clone(), tokens, self.metrics.clone());
            let leading = self.leadership.clone();
            self.tasks.spawn("pools", |token| pools.run(leading, token));
        }
        tracing::info!(namespace = settings.namespace, signing_key = %settings.signing_key, "calls go by firefly");
        Ok(Arc::new(Firefly::new(self.store.clone(), (chain.id(), settings.signing_key), wake)))
    }

    /// The ways to other chains, with whatever works for them.
    fn bridges(&self, home: &Chain, guard: &Arc<dyn Guard>, metrics: &Metrics) -> Result<Bridges, Failure> {
        let (mut bridges, mut by_cacti) = (Bridges::new(), Vec::new());
        let wake = Arc::new(Notify::new());
        for settings in &self.config.bridges {
            let BridgeSettings { asset, destination, chain: far, token, way } = settings;
            let endpoints = chain::endpoints(far, metrics)?;
            let far = Chain::new(endpoints, far.read_quorum, far.finality);
            let bridge: Arc<dyn Bridge> = match way {
                Way::Ccip { contract, peer } => {
                    let far = Far { chain: far, token: *token, bridge: *peer };
                    Arc::new(Lane::new((home.clone(), *contract), far, self.monitor()?))
                }
                Way::Cacti { escrow, home: ours, far: theirs } => {
                    let token_here = self.config.tokens.get(asset).map(|token| token.address).unwrap_or_default();
                    let ends = Ends {
                        home: side((home.clone(), token_here), ours),
                        far: side((far, *token), theirs),
                        escrow: *escrow,
                    };
                    by_cacti.push(((asset.to_string(), *destination), ends.clone()));
                    let way = (asset.as_str(), *destination);
                    Arc::new(Path::new(self.store.clone(), ends, way, Arc::clone(&wake)))
                }
            };
            bridges.insert((asset.clone(), *destination), bridge);
        }
        if let Some(settings) = &self.config.cacti {
            self.cacti(settings, by_cacti, (guard, wake))?;
        }
        Ok(bridges)
    }

    fn monitor(&self) -> Result<CcipServiceClient<Client>, Failure> {
        let missing = || Failure::from(self.config.base.effective.refuse("ccip.monitor_url", "a ccip-monitor"));
        let monitor = self.config.monitor.as_ref().ok_or_else(missing)?;
        Ok(CcipServiceClient::new(self.client(&monitor.url, monitor.call_timeout)?))
    }

    fn cacti(
        &self,
        settings: &CactiSettings,
        ends: Vec<((String, ChainSelector), Ends)>,
        (guard, wake): (&Arc<dyn Guard>, Arc<Notify>),
    ) -> Result<(), Failure> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        let http = http.map_err(Failure::new)?;
        let parts = CactiParts {
            store: self.store.clone(),
            api: CactiApi::new(http, settings.url.clone(), settings.transfer_timeout),
            guard: Arc::clone(guard),
            clock: Arc::clone(&self.context.clock),
            wake,
        };
        // A call is over by then, and what it did is final soon after.
        let quiet = settings.transfer_timeout.saturating_mul(2);
        let courier = CactiCourier::new(parts, ends, CactiPace { poll: settings.poll, quiet });
        let leading = self.leadership.clone();
        self.tasks.spawn("cacti", |token| courier.run(leading, token));
        Ok(())
    }
}

fn side((chain, token): (Chain, Address), named: &Network) -> Side {
    let Network { network, ledger, contract_name } = named.clone();
    Side { chain, token, network, ledger, contract_name }
}
