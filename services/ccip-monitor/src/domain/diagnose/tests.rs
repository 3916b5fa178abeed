//! The walk as a table of verdicts, and what holds for any evidence.

mod case;
mod properties;
mod relay;
mod table;
