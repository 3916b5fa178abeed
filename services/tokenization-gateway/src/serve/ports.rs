//! What stands behind the three ports.

use std::sync::Arc;

use causeway_alerting::Alarms;
use causeway_grpc::{Caller, MAX_MESSAGE_BYTES, Server, Table};
use causeway_proto::{
    ops::v1::ops_service_server::OpsServiceServer,
    tokenization::v1::tokenization_service_server::TokenizationServiceServer,
};
use causeway_runtime::{
    health::Health,
    process::{Context, Failure},
    task::TaskGroup,
};
use causeway_service::{
    broker::Source,
    leader::Posts,
    ops::Ops,
    ports::{self, Listeners, allow, server},
};
use causeway_store::Pool;
use causeway_telemetry::metrics::Registry;
use tokio::sync::watch;

use crate::{
    adapters::store::Store,
    app::{Api, Calls, Comparisons, Desk, Door, Orders},
    config::Config,
    grpc::{Actions, METHODS, Steps, Tokenization},
    http::router,
};

/// The methods that change something.
const CHANGING: [&str; 2] = ["causeway.ops.v1.OpsService/RunAction", "causeway.ops.v1.OpsService/SetMaintenance"];

/// What a call says beside the message that it hands in, at most.
const ENVELOPE: usize = 4 * 1024;

/// What stands behind the ports.
pub(super) struct Doors {
    pub(super) health: Health,
    pub(super) orders: Orders,
    pub(super) desk: Desk,
    pub(super) store: Store,
    pub(super) comparisons: watch::Receiver<Comparisons>,
    pub(super) alarms: Alarms,
    pub(super) posts: Posts,
    pub(super) grpc_metrics: causeway_grpc::Metrics,
    pub(super) registry: Registry,
    pub(super) pool: Pool,
}

impl Doors {
    pub(super) fn open(
        self,
        listeners: Listeners,
        config: &Config,
        context: &Context,
        tasks: &TaskGroup,
    ) -> Result<(), Failure> {
        let api = Api {
            orders: self.orders.clone(),
            desk: self.desk.clone(),
            store: self.store.clone(),
            catalogue: Arc::clone(&config.catalogue),
            comparisons: self.comparisons.clone(),
            calls: Calls::new(self.store.clone(), Arc::clone(&context.clock)),
            door: Door::new(&config.callers),
        };
        let grpc = self.calls(api.clone(), config, context);
        let events = Arc::new(Steps::new(self.store));
        let source = Source { events, pool: self.pool, leadership: self.posts.leads() };
        let doors = ports::Doors { health: self.health, api: router(api), grpc, registry: self.registry, source };
        listeners.with_bodies_of(config.max_body_bytes).open(doors, &config.base, context, tasks)
    }

    fn calls(&self, api: Api, config: &Config, context: &Context) -> Server {
        let ops = Ops::new(
            &config.base,
            context,
            self.posts.clone(),
            (self.health.clone(), self.alarms.clone()),
            (Arc::new(Steps::new(self.store.clone())), Arc::new(Actions::new(self.desk.clone()))),
        );
        let tokenization = Tokenization {
            api,
            chain: config.chain.id,
            tokens: config.tokens.iter().map(|(asset, token)| (asset.clone(), token.address)).collect(),
            draining: context.shutdown.draining.clone(),
        };
        // A message as it comes, and a little around it.
        let largest = config.max_body_bytes.saturating_add(ENVELOPE).max(MAX_MESSAGE_BYTES);
        let tokenization = TokenizationServiceServer::new(tokenization).max_decoding_message_size(largest);
        let table = allow(Table::default(), &CHANGING, &config.base.grpc.operators);
        let table = METHODS.into_iter().fold(table, |table, method| table.allow(method, [Caller::Anybody]));
        server(&config.base.grpc, self.grpc_metrics.clone())
            .service(tokenization)
            .service(OpsServiceServer::new(ops))
            .authorise(table)
    }
}
