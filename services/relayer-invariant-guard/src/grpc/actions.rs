//! What operators may have the guard do by name: for the console, and for drills, which the contract has no call for.

use async_trait::async_trait;
use causeway_grpc::Refusal;
use causeway_primitives::Scope;
use causeway_service::ops::{self, Offered, Order, Parameter};
use tonic::Status;
use uuid::Uuid;

use crate::{
    app::Guard,
    domain::{latch::Cause, resume::Operator},
};

/// Of halts and drills.
const SCOPE: Parameter =
    Parameter { name: "scope", expected: "`batch_creation`, `settlement`, `tokenization` or `all`" };
/// Of both as well: names the halt.
const HALT_ID: Parameter =
    Parameter { name: "halt_id", expected: "a UUID that names the halt: the same again is the same halt" };

/// Evaluates now instead of at its time.
const EVALUATE: Offered = Offered {
    name: "guard.evaluate",
    description: "Evaluates now instead of at its time; the verdict counts like any other.",
    parameters: &[],
};

/// Stops the relayer.
const HALT: Offered = Offered {
    name: "relayer.halt",
    description: "Halts a scope of the relayer: durable before it is answered, and released only by several people.",
    parameters: &[SCOPE, HALT_ID],
};

/// Stops the relayer as an exercise.
const DRILL: Offered = Offered {
    name: "relayer.drill",
    description: "Halts a scope of the relayer for real, as an exercise: pauses no contract, and its release is the same way.",
    parameters: &[SCOPE, HALT_ID],
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
        vec![EVALUATE, HALT, DRILL]
    }

    async fn run(&self, order: Order) -> Result<String, Status> {
        tracing::info!(action = order.action, actor = order.actor, reason = order.reason, "action run");
        if order.action == EVALUATE.name {
            self.guard.wake();
            return Ok("an evaluation begins now".to_owned());
        }
        let cause = if order.action == DRILL.name { Cause::Drill } else { Cause::Manual };
        self.halt(&order, cause).await
    }
}

impl Actions {
    async fn halt(&self, order: &Order, cause: Cause) -> Result<String, Status> {
        let scope: Scope = read(order, SCOPE)?;
        let id: Uuid = read(order, HALT_ID)?;
        let by: Operator = order.actor.parse().map_err(|_| Refusal::field("caller", "a name without blanks"))?;
        let row = self.guard.halt_by_hand(id, (scope, cause), &order.reason, &by).await?;
        Ok(format!("{scope} is halted by {id} in epoch {}", row.halt.epoch))
    }
}

fn read<T: std::str::FromStr>(order: &Order, parameter: Parameter) -> Result<T, Refusal> {
    order.value(parameter.name).parse().map_err(|_| Refusal::field(parameter.name, parameter.expected))
}
