//! Who brings calls to the chain, and the ways to other chains, as they are configured.

use std::sync::Arc;

use causeway_chain::{
    endpoints::{EndpointSet, Metrics},
    sender::Sender,
};
use causeway_journal::{FencedJournal, drive};
use causeway_proto::ccip::v1::ccip_service_client::CcipServiceClient;
use causeway_runtime::process::Failure;
use tokio::sync::Notify;

use super::{chain, run::Shared};
use crate::{
    adapters::{
        ccip::{Far, Lane},
        direct::Direct,
        firefly::{Api, Courier, Events, Firefly, Parts},
        issuer::{Bridge, Bridges, Carrier, Chain, Issuer},
    },
    config::{Backend as Choice, BridgeSettings, FireflySettings, Way},
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
                let sender = chain::sender((key, *send), endpoints.clone(), journal.clone(), &self.context)?;
                let (leading, driven) = (self.leadership.clone(), sender.clone());
                self.tasks.spawn("sender", |token| drive(driven, leading, token));
                (Some(sender.clone()), Arc::new(Direct::new(chain.id(), sender, journal)))
            }
            Choice::Firefly(settings) => (None, self.firefly(settings, &chain, guard)?),
        };
        let mut bridges = Bridges::new();
        for bridge in &self.config.bridges {
            let way = self.bridge(bridge, &chain, metrics)?;
            bridges.insert((bridge.asset.clone(), bridge.destination), way);
        }
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
        let events = Events::new(api, settings.subscription.clone(), Arc::clone(&wake));
        let leading = self.leadership.clone();
        self.tasks.spawn("events", |token| events.run(leading, token));
        tracing::info!(namespace = settings.namespace, signing_key = %settings.signing_key, "calls go by firefly");
        Ok(Arc::new(Firefly::new(self.store.clone(), (chain.id(), settings.signing_key), wake)))
    }

    fn bridge(&self, bridge: &BridgeSettings, home: &Chain, metrics: &Metrics) -> Result<Arc<dyn Bridge>, Failure> {
        let endpoints = chain::endpoints(&bridge.chain, metrics)?;
        let far = Chain::new(endpoints, bridge.chain.read_quorum, bridge.chain.finality);
        let Way::Ccip { contract, peer } = bridge.way;
        let monitor =
            self.config.monitor.as_ref().ok_or_else(|| {
                Failure::from(self.config.base.effective.refuse("ccip.monitor_url", "a ccip-monitor"))
            })?;
        let client = CcipServiceClient::new(self.client(&monitor.url, monitor.call_timeout)?);
        let far = Far { chain: far, token: bridge.token, bridge: peer };
        Ok(Arc::new(Lane::new((home.clone(), contract), far, client)))
    }
}
