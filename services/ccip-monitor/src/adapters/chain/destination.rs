//! What the destination says of a message: its off-ramp, arrival, order, execution, receiver, curses.

use causeway_primitives::{Address, B256, Timestamp};

use super::{
    abi::{router, v1_5},
    curse, delivery,
    off_ramp::OffRamp,
    pools,
    reader::At,
    relay, tries,
};
use crate::{
    domain::{
        diagnose::{
            Read,
            evidence::{Bucket, DestinationReads, ExecutionState, OffRampState},
        },
        lane::Dialect,
    },
    ports::{DestinationAsk, Named, OffRampAsk},
};

/// What the off-ramp itself says.
struct Ramp {
    state: (Read<OffRampState>, Read<u64>),
    listed: Read<bool>,
    arrival: ArrivalReads,
    inbound_nonce: Read<u64>,
    execution: Read<ExecutionState>,
    threshold: Read<std::time::Duration>,
    buckets: Vec<Read<Bucket>>,
    pending: Read<Vec<B256>>,
}

struct ArrivalReads {
    paused: Read<bool>,
    accepted: Read<Option<Timestamp>>,
    blessed: Read<bool>,
}

pub(super) async fn destination(at: At<'_>, ask: &DestinationAsk) -> DestinationReads {
    let off_ramp = ask
        .off_ramp
        .map_or_else(|| Read::not_configured("the off-ramp"), |address| Read::known(address, String::new()));
    let ends = ends(at, ask, &off_ramp).await;
    let (ramp, delivery, curses, relay) = futures_util::join!(
        ramp(at, ask, &off_ramp, &ends),
        delivery::delivery(at, &ask.parcel, ends.router),
        curse::curses(at, &ends.rmn, ask.parcel.lane.source),
        relay::relay(at, ask, &off_ramp),
    );
    let Ramp { state: (state, next_commit), listed, arrival, inbound_nonce, execution, threshold, buckets, pending } =
        ramp;
    DestinationReads {
        off_ramp,
        listed,
        state,
        next_commit,
        paused: arrival.paused,
        root_accepted: arrival.accepted,
        blessed: arrival.blessed,
        inbound_nonce,
        execution,
        threshold,
        delivery,
        buckets,
        pending,
        curses,
        relay,
    }
}

/// What stands around the off-ramp.
struct Ends {
    router: Option<Address>,
    rmn: Read<Address>,
}

/// The router that the off-ramp itself names, or the configured one; and who curses there.
async fn ends(at: At<'_>, ask: &DestinationAsk, off_ramp: &Read<Address>) -> Ends {
    let named = match off_ramp.find() {
        Some(address) => off_ramp_of(at, ask, *address).router().await.find().copied(),
        None => None,
    };
    let router = named.filter(|router| *router != Address::ZERO).or(ask.router);
    let chainlink = !matches!(ask.parcel.lane.dialect, Dialect::Private(_));
    let by_ramp = async {
        match &off_ramp.value {
            Ok(address) => curse::of_off_ramp(at, &ask.parcel.lane.dialect, *address).await,
            Err(gap) => Read::gap(gap.clone(), off_ramp.proof.clone()),
        }
    };
    let rmn = curse::find_rmn(at, router.filter(|_| chainlink), ask.rmn, by_ramp).await;
    Ends { router, rmn }
}

fn off_ramp_of<'a>(at: At<'a>, ask: &DestinationAsk, address: Address) -> OffRamp<'a> {
    OffRamp { at, address, dialect: ask.parcel.lane.dialect.clone(), source: ask.parcel.lane.source }
}

async fn ramp(at: At<'_>, ask: &DestinationAsk, off_ramp: &Read<Address>, ends: &Ends) -> Ramp {
    let Ok(address) = off_ramp.value else { return unknown_ramp() };
    let parcel = &ask.parcel;
    let ramp = off_ramp_of(at, ask, address);
    let (state, listed, arrival, inbound_nonce, execution, threshold, buckets, pending) = futures_util::join!(
        ramp.state(),
        listed(at, ask, address, ends.router),
        arrival(&ramp, ask, &ends.rmn),
        ramp.inbound_nonce(parcel.sender),
        ramp.execution(parcel),
        ramp.threshold(),
        pools::buckets(at, parcel, address),
        pending(at, ask, address),
    );
    Ramp { state, listed, arrival, inbound_nonce, execution, threshold, buckets, pending }
}

fn unknown_ramp() -> Ramp {
    fn none<T>() -> Read<T> {
        Read::not_configured("the off-ramp")
    }
    Ramp {
        state: (none(), none()),
        listed: none(),
        arrival: ArrivalReads { paused: none(), accepted: none(), blessed: none() },
        inbound_nonce: none(),
        execution: none(),
        threshold: none(),
        buckets: Vec::new(),
        pending: none(),
    }
}

async fn listed(at: At<'_>, ask: &DestinationAsk, off_ramp: Address, router: Option<Address>) -> Read<bool> {
    let Some(router) = router else { return Read::not_configured("the destination's router") };
    let source = ask.parcel.lane.source.get();
    let call = router::isOffRampCall { source, offRamp: off_ramp };
    at.ask(router, &format!("isOffRamp({source}, {off_ramp})"), call).await
}

async fn arrival(ramp: &OffRamp<'_>, ask: &DestinationAsk, rmn: &Read<Address>) -> ArrivalReads {
    let store = ramp.commit_store().await;
    let accepted = async {
        match ask.root {
            Some(root) => ramp.accepted(&store, root).await,
            None => Read::needs("the root of a report that covers the message"),
        }
    };
    let (paused, accepted, blessed) =
        futures_util::join!(paused(ramp, &store), accepted, blessed(ramp, ask.root, &store, rmn));
    ArrivalReads { paused, accepted, blessed }
}

async fn paused(ramp: &OffRamp<'_>, store: &Read<Address>) -> Read<bool> {
    match &store.value {
        Ok(store) => ramp.at.ask(*store, "paused()", v1_5::pausedCall {}).await,
        Err(gap) => Read::gap(gap.clone(), store.proof.clone()),
    }
}

/// 1.2 and 1.5: the risk network's contract blesses (commit store, root).
async fn blessed(ramp: &OffRamp<'_>, root: Option<B256>, store: &Read<Address>, rmn: &Read<Address>) -> Read<bool> {
    if !matches!(ramp.dialect, Dialect::V1_5) {
        return Read::needs("blessings, which only 1.2 and 1.5 have");
    }
    match (&store.value, root, &rmn.value) {
        (Ok(store), Some(root), Ok(rmn)) => {
            let call = v1_5::isBlessedCall { taggedRoot: v1_5::TaggedRoot { commitStore: *store, root } };
            ramp.at.ask(*rmn, &format!("isBlessed({store}, {root})"), call).await
        }
        (Err(gap), _, _) => Read::gap(gap.clone(), store.proof.clone()),
        (_, _, Err(gap)) => Read::gap(gap.clone(), rmn.proof.clone()),
        (Ok(_), None, Ok(_)) => Read::needs("the root of a report that covers the message"),
    }
}

/// Transactions on their way that name this very message.
async fn pending(at: At<'_>, ask: &DestinationAsk, off_ramp: Address) -> Read<Vec<B256>> {
    let parcel = &ask.parcel;
    let asked =
        OffRampAsk { dialect: parcel.lane.dialect.clone(), address: off_ramp, source: Some(parcel.lane.source) };
    let read = tries::pending(at.reader, &[asked]).await;
    let is_this = |named: &Named| match named {
        Named::Id(id) => *id == parcel.id,
        Named::Number { source, sequence } => *source == parcel.lane.source && Some(*sequence) == parcel.sequence,
    };
    read.map(|tries| tries.into_iter().filter(|one| one.names.iter().any(is_this)).map(|one| one.tx).collect())
}
