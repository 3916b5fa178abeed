//! The desk: one task per process that turns what fires into messages, for the whole service.
//!
//! Of several replicas one speaks, the leader. It compares what fires with what people were told, asks the policy what
//! is due, and writes the policy's memory and the messages in one transaction behind the leader's fence: a crash loses
//! neither, and the next leader goes on where the last one stopped instead of paging again.
//!
//! A database that is down must not silence the alarms that say so. What it has not taken for [`task::PATIENCE`] is
//! delivered directly, and a replica that can find out neither that it leads nor that somebody else does speaks for
//! itself. People may then hear of one thing twice, and never of none.

mod ledger;
mod orders;
mod task;
mod time;

pub(crate) use self::{
    ledger::{Ledger, topic},
    task::Desk,
};
