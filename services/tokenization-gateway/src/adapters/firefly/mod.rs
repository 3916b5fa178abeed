//! Calls by Hyperledger FireFly, with a key that it holds.
//!
//! FireFly answers late, twice, wrongly or not at all, and none of it may double or lose a movement. So the key of an errand
//! is journaled before it is posted; what FireFly made of it is read back by that key and compared, before and after every
//! repetition; `retry` of its operations is never called, since it is a new operation with a new name downstream; its events
//! only wake us; and an errand is over when our own chain says so: by the receipt at a final block, or by a nonce that
//! somebody else has used. The call is our contract's own method with our own reference (`contracts/invoke`), because the
//! bytes that FireFly's tokens API sends along are FireFly's (`docs/adr/0015-firefly-is-told-the-call.md`).

mod api;
mod body;
mod carrier;
mod courier;
mod events;
mod pools;
mod stage;

pub use self::{
    api::{Api, Error},
    carrier::Firefly,
    courier::{Courier, Pace, Parts},
    events::Events,
    pools::{Pools, Standing},
};
