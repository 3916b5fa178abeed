//! The operators' own family: one router contract on each chain, a relayer between them, no ids in the send,
//! no commit, and no event for a failure. Beside it stands a contract of anybody's that emits the same events.

mod contracts;
mod lane;
mod pretender;

pub use self::{
    contracts::Contracts,
    lane::{Lane, Relayed},
    pretender::Pretender,
};
