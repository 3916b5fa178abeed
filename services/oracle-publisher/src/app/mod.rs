//! The application: gather → aggregate → decide → record → publish, and the read model that people see.
//!
//! | module | job |
//! | --- | --- |
//! | [`board`] | data fetcher's end: the latest tick of every source |
//! | [`crew`] | the sources of a feed and their records |
//! | [`feed`] | one task per feed: evaluates on ticks and on a cadence |
//! | [`publisher`] | decisions that publish: fence, journal, transaction, outcome |
//! | [`record`] | decisions as canonical JSON, replay byte for byte |
//! | [`shares`] | which key's sender an intent belongs to |
//! | [`view`] | what pages, REST and gRPC read |

pub mod alerts;
pub mod board;
pub mod control;
pub mod crew;
pub mod feed;
pub mod page;
pub mod publisher;
pub mod record;
pub mod shares;
pub mod view;
pub mod worth;
