//! Value on its way, refused unless everything that it is made of was read: a guard that adds up a bridge's balance
//! takes a sum that is too small for a theft that is not there, and one that is silent about a gap for the truth.

use std::collections::BTreeSet;

use causeway_primitives::{Address, B256, ChainId};

use crate::{
    app::view::Views,
    error::Error,
    ports::{InFlightCut, ReadPosition, Reports},
};

/// How far a chain must have been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Required {
    /// The chain.
    pub chain: ChainId,
    /// At least up to this block.
    pub block: u64,
    /// Its hash. Checked while this is the last block that was read; an older one is known by its number only.
    pub hash: Option<B256>,
}

/// Value on its way over messages that are not executed, of one lane or token or of all.
///
/// # Errors
/// [`Error::LaneUnknown`]; [`Error::NotCaughtUp`] when a chain was not read up to what is required of it;
/// [`Error::Incomplete`] when something of a chain that bears on the sum could not be read.
pub async fn in_flight(
    reports: &dyn Reports,
    views: &Views,
    lane: Option<&str>,
    token: Option<Address>,
    required: &[Required],
) -> Result<InFlightCut, Error> {
    let cut = reports.read_in_flight(lane, token).await?;
    for wanted in required {
        reached(&cut.positions, wanted)?;
    }
    let concerned = concerned(views, lane, &cut)?;
    for position in &cut.positions {
        if position.open_holes > 0 && concerned.as_ref().is_none_or(|chains| chains.contains(&position.chain)) {
            return Err(Error::Incomplete { chain: position.chain, holes: position.open_holes });
        }
    }
    Ok(cut)
}

fn reached(positions: &[ReadPosition], wanted: &Required) -> Result<(), Error> {
    let read = positions.iter().find(|position| position.chain == wanted.chain).map(|position| position.position);
    let far_enough = read.is_some_and(|read| read.number >= wanted.block);
    let same_chain =
        read.is_some_and(|read| read.number != wanted.block || wanted.hash.is_none_or(|hash| hash == read.hash));
    if far_enough && same_chain {
        return Ok(());
    }
    Err(Error::NotCaughtUp { chain: wanted.chain, wanted: wanted.block, read: read.map(|read| read.number) })
}

/// The chains of the lane; `None`: all of them.
fn concerned(views: &Views, lane: Option<&str>, cut: &InFlightCut) -> Result<Option<BTreeSet<ChainId>>, Error> {
    let Some(name) = lane else { return Ok(None) };
    let chains = views.list_chains();
    let id =
        |name: &causeway_primitives::ChainName| chains.iter().find(|chain| chain.name == *name).map(|chain| chain.id);
    if let Some(lane) = views.list_lanes().into_iter().find(|lane| lane.name.as_str() == name) {
        return Ok(Some([id(&lane.source), id(&lane.destination)].into_iter().flatten().collect()));
    }
    // A lane that nobody listed is known by its values only, and then every chain may bear on it.
    if cut.values.iter().any(|value| value.lane_name == name) { Ok(None) } else { Err(Error::LaneUnknown) }
}
