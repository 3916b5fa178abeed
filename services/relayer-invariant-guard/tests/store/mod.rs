//! The guard's own database: what is halted stays halted, what is recorded stays recorded, and only the leader grants.

mod audit;
mod latch;
mod leases;
mod retention;
mod stand;
mod verdicts;
