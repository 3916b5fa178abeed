//! The call that executes the message by hand: its report's leaves from the store, its content from the send's log.

use std::sync::Arc;

use super::{diagnoser::Diagnoser, gather::store_gap};
use crate::{
    domain::{
        diagnose::{
            Gap, Read,
            diagnosis::ManualCall,
            evidence::{Arrival, DestinationReads},
            more_gas,
        },
        lane::Dialect,
    },
    ports::{ChainReads, ManualAsk, MessageView, Original, Pin},
};

/// A report covers at most so many messages; the contracts prove over no more.
const MOST_LEAVES: u64 = 256;

pub(super) async fn call(
    diagnoser: &Diagnoser,
    message: &MessageView,
    original: &Read<Original>,
    arrival: &Read<Option<Arrival>>,
    (reads, head): (&Option<Arc<dyn ChainReads>>, &Read<Pin>),
    destination: &DestinationReads,
) -> Read<ManualCall> {
    let (Some(reads), Ok(pin)) = (reads, &head.value) else { return Read::not_configured("the destination chain") };
    match ask(diagnoser, message, original, arrival, destination).await {
        Ok(ask) => reads.manual_call(*pin, &ask).await,
        Err(gap) => Read::gap(gap, String::new()),
    }
}

async fn ask(
    diagnoser: &Diagnoser,
    message: &MessageView,
    original: &Read<Original>,
    arrival: &Read<Option<Arrival>>,
    destination: &DestinationReads,
) -> Result<ManualAsk, Gap> {
    let original = original.value.clone()?;
    let off_ramp = destination.off_ramp.value.clone()?;
    let leaves = match message.lane.dialect {
        Dialect::V1_5 | Dialect::V1_6 => leaves(diagnoser, message, arrival).await?,
        Dialect::V2_0 | Dialect::Private(_) => Leaves { root: None, leaves: Vec::new(), index: 0 },
    };
    let gas_override = message.gas_limit.and_then(|given| more_gas(given, destination.delivery.find()?));
    let Leaves { root, leaves, index } = leaves;
    Ok(ManualAsk { lane: message.lane.clone(), off_ramp, original, root, leaves, index, gas_override })
}

/// The leaves of the message's report, and which is its own.
struct Leaves {
    root: Option<causeway_primitives::B256>,
    leaves: Vec<causeway_primitives::B256>,
    index: usize,
}

async fn leaves(diagnoser: &Diagnoser, message: &MessageView, arrival: &Read<Option<Arrival>>) -> Result<Leaves, Gap> {
    let arrival = arrival.value.clone()?.ok_or(Gap::Needs { needs: "a report that covers the message" })?;
    let sequence = message.sequence.ok_or(Gap::Needs { needs: "the message's number" })?;
    let count = arrival.last.saturating_sub(arrival.first).saturating_add(1);
    if count > MOST_LEAVES {
        return Err(Gap::Nonsense { why: format!("a report over {count} messages, which no contract accepts") });
    }
    let numbers = arrival.first..=arrival.last;
    let stored = diagnoser.dossier.list_leaves(&message.lane, message.on_ramp, numbers.clone()).await;
    let stored = stored.map_err(|error| store_gap(&error))?;
    if !stored.iter().map(|(number, _)| *number).eq(numbers) {
        return Err(Gap::Needs { needs: "a leaf for every message of the report" });
    }
    let index = stored.iter().position(|(number, _)| *number == sequence);
    let index = index.ok_or(Gap::Needs { needs: "the message's own leaf" })?;
    Ok(Leaves { root: Some(arrival.root), leaves: stored.into_iter().map(|(_, leaf)| leaf).collect(), index })
}
