//! Prices as `oracle-publisher` tells them: the feeds, one feed with its answers against its sources, one decision explained.

mod decision;
mod feed;
mod feeds;
mod row;

pub(super) use self::{decision::decision, feed::feed, feeds::feeds};
