//! What operators may do to a request.

use async_trait::async_trait;
use causeway_service::ops::{self, Error, Offered, Order, Parameter};
use causeway_telemetry::Chain;
use tonic::Status;

use crate::{
    app::{self, Decision, Desk},
    domain::actor::Actor,
};

/// Of every action.
const REQUEST: Parameter = Parameter { name: "request_id", expected: "a request, as the API names it" };

/// Each action with what it decides, by name.
const ALL: [(Decision, &str, &str); 4] = [
    (Decision::Approve, "request.approve", "Gives a second person's leave to a request that waits for it."),
    (Decision::Disown, "request.disown", "Gives up a request whose reference on chain belongs to something else."),
    (Decision::Refuse, "request.refuse", "Refuses a request that waits; its sender is told."),
    (Decision::Release, "request.release", "Lets a request that waits try again."),
];

/// The actions.
#[derive(Debug, Clone)]
pub(crate) struct Actions {
    desk: Desk,
}

impl Actions {
    /// At this desk.
    pub(crate) const fn new(desk: Desk) -> Self {
        Self { desk }
    }
}

#[async_trait]
impl ops::Actions for Actions {
    fn offered(&self) -> Vec<Offered> {
        let offered = |(_, name, description)| Offered { name, description, parameters: &[REQUEST] };
        ALL.into_iter().map(offered).collect()
    }

    async fn run(&self, order: Order) -> Result<String, Status> {
        let (decision, ..) = ALL.into_iter().find(|(_, name, _)| *name == order.action).ok_or(Error::ActionUnknown)?;
        let id = order.value(REQUEST.name).parse().map_err(|_| invalid(REQUEST.name, REQUEST.expected))?;
        // A certificate's name may hold a blank, which the name of an actor never does.
        let caller = order.actor.replace(' ', "_");
        let person = match &order.person {
            Some(person) => Actor::behind(person, &caller),
            None => caller.parse(),
        };
        let person = person.map_err(|_| invalid("actor", "a name of printable characters"))?;
        match self.desk.decide(id, &person, decision, Some(&order.reason)).await {
            Ok(Ok(request)) => {
                let (action, reason) = (order.action, order.reason.as_str());
                tracing::info!(request_id = %id, actor = %person, action, reason, "request decided");
                Ok(format!("{id} is {}", request.saga.state.as_str()))
            }
            Ok(Err(refused)) => Err(invalid(REQUEST.name, &format!("one that can be decided so: {refused}")).into()),
            Err(app::Error::Store(error)) => Err(Error::Store(error).into()),
            Err(error) => {
                tracing::error!(error = %Chain(&error), "action failed");
                Err(Status::internal("the request could not be decided"))
            }
        }
    }
}

fn invalid(field: &'static str, expected: &str) -> Error {
    Error::Invalid { field, expected: expected.to_owned() }
}
