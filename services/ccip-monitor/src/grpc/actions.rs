//! What operators may have the monitor do: it reads chains and changes nothing on them.

use std::sync::Arc;

use async_trait::async_trait;
use causeway_service::ops::{self, Offered, Order, Parameter};
use tonic::Status;

use crate::{
    domain::finding::Kind,
    error::Error,
    ports::{Accepted, Ledger, Which},
};

/// Its parameter.
const FINDING: Parameter = Parameter {
    name: "finding",
    expected: "a finding's number, or a kind such as settings_changed for all that are open of it",
};

/// The monitor's own action.
const ACCEPT: Offered = Offered {
    name: "finding.accept",
    description: "Closes what was found, because it was meant or was looked into; it stays closed when it is seen again.",
    parameters: &[FINDING],
};

/// See the module.
#[derive(Debug)]
pub struct Actions {
    /// Where findings are closed.
    pub ledger: Arc<dyn Ledger>,
}

#[async_trait]
impl ops::Actions for Actions {
    fn offered(&self) -> Vec<Offered> {
        vec![ACCEPT]
    }

    async fn run(&self, order: Order) -> Result<String, Status> {
        Ok(self.accept(order).await?)
    }
}

impl Actions {
    async fn accept(&self, order: Order) -> Result<String, Error> {
        let finding = order.value(FINDING.name).to_owned();
        let by_number = || finding.parse().ok().map(Which::One);
        let which = Kind::from_name(&finding).map(Which::Kind).or_else(by_number);
        let which = which.ok_or(Error::Invalid { field: FINDING.name, expected: FINDING.expected })?;
        let Order { actor: by, reason, .. } = order;
        let accepted = Accepted { which, by, reason };
        let count = self.ledger.accept(&accepted).await?;
        if count == 0 {
            return Err(Error::FindingUnknown);
        }
        tracing::info!(finding, count, actor = accepted.by, reason = accepted.reason, "findings accepted");
        Ok(format!("{count} findings are closed"))
    }
}
