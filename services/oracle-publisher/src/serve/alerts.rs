//! Where alerts go.

use std::{collections::BTreeSet, sync::Arc};

use causeway_alerting::{ChannelId, Registry, channel, dispatcher, rules};
use causeway_runtime::{
    process::{Context, Failure},
    task::TaskGroup,
};

use crate::app::alerts::Alerts;

/// At most so many alerts are followed at once: every feed with every kind would be fewer.
const ALERT_CAPACITY: usize = 10_000;

/// Alerts go to the log until channels are configured; Prometheus reads the same conditions as metrics.
pub(super) fn start(
    metrics: &causeway_alerting::metrics::Metrics,
    context: &Context,
    tasks: &TaskGroup,
) -> Result<Alerts, Failure> {
    let id: ChannelId = "log".parse().map_err(Failure::new)?;
    let policy = rules::parse(rules::HOUSE).map_err(Failure::new)?;
    let policy = policy.restricted_to(&BTreeSet::from([id.clone()])).map_err(Failure::new)?;
    let registry = Arc::new(Registry::new(policy, ALERT_CAPACITY));
    let log: Arc<dyn causeway_alerting::Channel> = Arc::new(channel::Log::new(id));
    let (dispatcher, workers) = dispatcher::Dispatcher::new(vec![log], None, dispatcher::Settings::default(), metrics);
    for worker in workers {
        tasks.spawn(format!("alerts {}", worker.id()), |token| async move {
            worker.run(token).await;
            Ok::<(), std::convert::Infallible>(())
        });
    }
    Ok(Alerts::new(registry, Some(Arc::new(dispatcher)), Arc::clone(&context.clock)))
}
