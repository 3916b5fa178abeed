//! What stands behind the three ports.

use std::sync::Arc;

use causeway_grpc::{Server, Table};
use causeway_proto::{
    ops::v1::ops_service_server::OpsServiceServer, oracle::v1::oracle_service_server::OracleServiceServer,
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

use crate::{
    adapters::store::Store,
    app::{alerts::Alerts, control::Control, view::Views},
    config::Config,
    grpc::{Actions, Oracle},
    http::{Api, router},
};

/// The methods that change something.
const CHANGING: [&str; 3] = [
    "causeway.oracle.v1.OracleService/SetSourceState",
    "causeway.ops.v1.OpsService/RunAction",
    "causeway.ops.v1.OpsService/SetMaintenance",
];

/// What stands behind the ports.
pub(super) struct Doors {
    pub(super) health: Health,
    pub(super) views: Views,
    pub(super) store: Arc<Store>,
    pub(super) alerts: Alerts,
    pub(super) control: Control,
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
        let clock = Arc::clone(&context.clock);
        let api = router(Api { views: self.views.clone(), records: self.store.clone(), clock });
        let grpc = self.calls(config, context);
        let source = Source { events: self.store, pool: self.pool, leadership: self.posts.leads() };
        let doors = ports::Doors { health: self.health, api, grpc, registry: self.registry, source };
        listeners.open(doors, &config.base, context, tasks)
    }

    fn calls(&self, config: &Config, context: &Context) -> Server {
        let oracle = Oracle {
            views: self.views.clone(),
            records: self.store.clone(),
            control: self.control.clone(),
            clock: Arc::clone(&context.clock),
            chain_id: config.chain.id,
            draining: context.shutdown.draining.clone(),
        };
        let ops = Ops::new(
            &config.base,
            context,
            self.posts.clone(),
            (self.health.clone(), self.alerts.alarms().clone()),
            (self.store.clone(), Arc::new(Actions { control: self.control.clone() })),
        );
        server(&config.base.grpc, self.grpc_metrics.clone())
            .service(OracleServiceServer::new(oracle))
            .service(OpsServiceServer::new(ops))
            .authorise(allow(Table::default(), &CHANGING, &config.base.grpc.operators))
    }
}
