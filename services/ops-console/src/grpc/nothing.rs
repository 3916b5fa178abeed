//! No actions that one caller runs alone: what the console does, it does by its own change control.

use async_trait::async_trait;
use causeway_service::ops::{Actions, Offered, Order};
use tonic::Status;

/// Offers nothing.
#[derive(Debug)]
pub(crate) struct Nothing;

#[async_trait]
impl Actions for Nothing {
    fn offered(&self) -> Vec<Offered> {
        Vec::new()
    }

    async fn run(&self, order: Order) -> Result<String, Status> {
        Err(Status::not_found(format!("{} is no action of the console", order.action)))
    }
}
