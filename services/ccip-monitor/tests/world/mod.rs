//! The service as a process in a whole world: two real chains, real contracts, real PostgreSQL. Every test ends with
//! [`stage::Stage::finish`], which checks what must hold whatever happened.

mod chains;
mod content;
mod crash;
mod curses;
mod database;
mod dialects;
mod endpoints;
mod failures;
mod invariants;
mod lifecycle;
mod metrics;
mod patience;
mod reorganisations;
mod replica;
mod replicas;
mod reports;
mod rest;
mod settings;
mod stage;
mod strangers;
mod told;
mod trace;
mod traffic;
mod watching;
