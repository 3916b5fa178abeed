//! Reports over a window of time (CCIP-12, CCIP-13, CCIP-14): rows of the store → figures with their denominators.
//!
//! The cohort is what was *sent* in the window. A message that is still on its way is counted as pending and never
//! dropped, so a success rate always says of what. Percentiles are taken by the store over single messages and are
//! never averaged. Integers and decimals only.

mod build;
mod cost;
mod errors;
mod fees;
mod rows;
mod security;
mod throughput;
mod volume;
mod window;

pub use self::{
    build::{Coverage, Report, build},
    cost::{Opportunity, Way},
    errors::{Cause, ErrorKind, Errors},
    fees::{DayFees, LaneFees, Trend},
    rows::{
        Cheapest, End, Failure, FeeRow, Format, Hour, Latency, Party, Repeat, Rows, Sample, SettingRow, Slow, Volume,
    },
    security::{Access, Allowed, Concern, Security, Seen},
    throughput::{Count, Room, Throughput},
    volume::{LaneVolume, Outliers},
    window::{Invalid, Span, Window},
};
