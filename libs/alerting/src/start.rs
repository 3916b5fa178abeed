//! Everything that a service needs for its alerts, in one call.

use std::{convert::Infallible, sync::Arc};

use causeway_runtime::{clock::Clock, task::TaskGroup};
use causeway_store::{Pool, lease::Leadership, outbox};
use tokio::sync::watch;

use crate::{
    alarms::Alarms,
    config::Settings,
    delivery::{self, Delivery},
    desk::{Desk, Ledger, topic},
    dispatcher::{self, Dispatcher},
    metrics::Metrics,
    notification::ChannelId,
};

/// What alerting stands on.
#[derive(Debug)]
pub struct Parts<'a> {
    /// Channels and rules.
    pub settings: Settings,
    /// The lease of the service's leader, who speaks for it; also the name under which its alerts are remembered.
    pub lease: &'static str,
    /// Where alerts and messages are kept.
    pub pool: Pool,
    /// Whether this replica leads.
    pub leadership: watch::Receiver<Option<Leadership>>,
    /// For ages and for people.
    pub clock: Arc<dyn Clock>,
    /// What is counted.
    pub metrics: &'a Metrics,
}

/// Starts the tasks of alerting and returns the handle by which the service's parts say what is wrong.
pub fn start(parts: Parts<'_>, tasks: &TaskGroup) -> Alarms {
    let Settings { policy, channels } = parts.settings;
    let (direct, workers) =
        Dispatcher::new(channels.clone(), Some(&ChannelId::log()), dispatcher::Settings::default(), parts.metrics);
    for worker in workers {
        tasks.spawn(format!("alerts around the database: {}", worker.id()), |stop| async move {
            worker.run(stop).await;
            Ok::<(), Infallible>(())
        });
    }
    let deliveries = channels.into_iter().fold(
        outbox::Dispatcher::new(parts.pool.clone(), delivery::settings()),
        |dispatcher, channel| {
            dispatcher.route(topic(channel.id()), Arc::new(Delivery::new(channel, parts.metrics.clone())))
        },
    );
    tasks.spawn("alert deliveries", |stop| deliveries.run(stop));
    let (alarms, orders) = Alarms::new(Arc::clone(&parts.clock));
    let desk = Desk {
        alarms: alarms.clone(),
        orders,
        policy,
        ledger: Ledger::new(parts.pool, parts.lease),
        direct,
        leadership: parts.leadership,
        clock: parts.clock,
        metrics: parts.metrics.clone(),
    };
    tasks.spawn("alerts", |stop| desk.run(stop));
    alarms
}
