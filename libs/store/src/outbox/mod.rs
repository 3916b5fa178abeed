//! Effects outside of the database, at least once after the commit that caused them.
//!
//! [`enqueue`] writes a message with the transaction that has something to say; a [`Dispatcher`] hands it to
//! the [`Handler`] of its topic until that succeeds or gives up. A crash at any point delivers again, never
//! less: the key is the same on every attempt, and the receiver's part is to know it. Messages keep no
//! order among each other, unless their dispatcher delivers them in turn ([`Order`]).

mod backoff;
mod dispatcher;
mod handler;
mod letters;
mod replay;
mod row;

pub use self::{
    backoff::Backoff,
    dispatcher::{Dispatcher, Order, Settings},
    handler::{Failure, Handler},
    letters::{Backlog, DeadLetter, backlog, list_dead, prune, revive},
    replay::{Delivery, KeyState, list_states, replay},
    row::{Enqueued, Letter, Message, enqueue, enqueue_all},
};
