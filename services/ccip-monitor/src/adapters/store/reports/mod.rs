//! Sums over what was stored: value on its way, findings, and the rows of a report. A report, and a sum with the
//! positions that it is true for, are read from one snapshot.

mod costs;
mod failures;
mod fees;
mod hours;
mod in_flight;
mod read;
mod review;
mod snapshot;
mod volumes;
