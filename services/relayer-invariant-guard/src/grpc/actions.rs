//! What operators may have the guard do by name: the same as over `GuardService`, for the console.

use async_trait::async_trait;
use causeway_service::ops::{self, Offered, Order};
use tonic::Status;

use crate::app::Guard;

/// Evaluates now instead of at its time.
const EVALUATE: Offered = Offered {
    name: "guard.evaluate",
    description: "Evaluates now instead of at its time; the verdict counts like any other.",
    parameters: &[],
};

/// See the module.
#[derive(Debug)]
pub struct Actions {
    /// The guard.
    pub guard: Guard,
}

#[async_trait]
impl ops::Actions for Actions {
    fn offered(&self) -> Vec<Offered> {
        vec![EVALUATE]
    }

    async fn run(&self, order: Order) -> Result<String, Status> {
        tracing::info!(action = order.action, actor = order.actor, reason = order.reason, "action run");
        self.guard.wake();
        Ok("an evaluation begins now".to_owned())
    }
}
