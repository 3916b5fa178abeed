//! The gRPC face over fakes: what is answered, what is refused and with which code, and streams.

mod calls;
mod streams;
mod value;

use std::sync::Arc;

use causeway_runtime::{CancellationToken, clock::ManualClock};

use super::Ccip;
use crate::ports::{
    fake::FakeStore,
    samples::{at, diagnoser, views},
};

fn ccip(store: FakeStore) -> (Ccip, Arc<FakeStore>) {
    let store = Arc::new(store);
    let service = Ccip {
        views: views(),
        diagnoser: diagnoser(&store),
        records: store.clone(),
        reports: store.clone(),
        watch: store.clone(),
        policy: Arc::default(),
        clock: Arc::new(ManualClock::at(at(1_000))),
        draining: CancellationToken::new(),
    };
    (service, store)
}
