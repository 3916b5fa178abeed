//! What operators may have the publisher do, besides what the contract has methods for.

use async_trait::async_trait;
use causeway_primitives::{FeedId, SourceId};
use causeway_service::ops::{self, Offered, Parameter};
use tonic::Status;

use crate::{
    app::control::{BreakerAction, Control, Order, SourceAction},
    error::Error,
};

/// Of the breakers' actions.
const FEED: Parameter = Parameter { name: "feed_id", expected: "a feed, for example eur-usd" };
/// Of the sources' actions.
const SOURCE: Parameter = Parameter { name: "source_id", expected: "a source, for example kraken-eur-usd" };

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Source(SourceAction),
    Breaker(BreakerAction),
}

impl Named {
    const ALL: [Self; 5] = [
        Self::Breaker(BreakerAction::Clear),
        Self::Breaker(BreakerAction::ForceClosed),
        Self::Breaker(BreakerAction::ForceOpen),
        Self::Source(SourceAction::Exclude),
        Self::Source(SourceAction::Reinstate),
    ];

    const fn offered(self) -> Offered {
        let (name, description) = match self {
            Self::Breaker(BreakerAction::Clear) => ("breaker.clear", "Gives a feed's breaker back to the automaton."),
            Self::Breaker(BreakerAction::ForceClosed) => {
                ("breaker.force_closed", "Publishes although venues disagree, until cleared. Bounds still hold.")
            }
            Self::Breaker(BreakerAction::ForceOpen) => {
                ("breaker.force_open", "Publishes nothing for a feed until cleared.")
            }
            Self::Source(SourceAction::Exclude) => ("source.exclude", "Takes a source out until it is reinstated."),
            Self::Source(SourceAction::Reinstate) => ("source.reinstate", "Gives a source back; it enters probation."),
        };
        let parameters: &[Parameter] = match self {
            Self::Breaker(_) => &[FEED],
            Self::Source(_) => &[SOURCE],
        };
        Offered { name, description, parameters }
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Actions {
    /// The operators' handle.
    pub control: Control,
}

#[async_trait]
impl ops::Actions for Actions {
    fn offered(&self) -> Vec<Offered> {
        Named::ALL.map(Named::offered).to_vec()
    }

    async fn run(&self, order: ops::Order) -> Result<String, Status> {
        let named = Named::ALL.into_iter().find(|named| named.offered().name == order.action);
        let named = named.ok_or(ops::Error::ActionUnknown)?;
        Ok(self.act(named, order).await?)
    }
}

impl Actions {
    async fn act(&self, named: Named, order: ops::Order) -> Result<String, Error> {
        match named {
            Named::Source(action) => {
                let source: SourceId = read(&order, SOURCE)?;
                let view = self.control.set_source(source, action, internal(order)).await?;
                Ok(format!("source {} is {}", view.id, view.state))
            }
            Named::Breaker(action) => {
                let feed: FeedId = read(&order, FEED)?;
                self.control.set_breaker(&feed, action, internal(order)).await?;
                Ok(format!("{} of the breaker of {feed} done", action.as_str()))
            }
        }
    }
}

fn read<T: std::str::FromStr>(order: &ops::Order, parameter: Parameter) -> Result<T, Error> {
    let Parameter { name, expected } = parameter;
    order.value(name).parse().map_err(|_| Error::Invalid { field: name, expected })
}

fn internal(order: ops::Order) -> Order {
    Order { actor: order.actor, reason: order.reason }
}
