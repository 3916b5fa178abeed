//! Cross-chain messages as `ccip-monitor` tells them: which there are, where one is and why, the lanes, and what a week was
//! like.

mod lanes;
mod message;
mod report;
mod row;
mod search;

pub(super) use self::{lanes::lanes, message::message, report::report, search::search};
