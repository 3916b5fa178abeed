//! The service as a process in a whole world: a real chain, real contracts, real PostgreSQL, simulated venues. Every
//! test ends with [`stage::Stage::finish`], which checks what must hold whatever happened.

mod crash;
mod endpoints;
mod first_round;
mod invariants;
mod lifecycle;
mod mtls;
mod operators;
mod outages;
mod paging;
mod reading;
mod references;
mod replica;
mod replicas;
mod rest;
mod settings;
mod shares;
mod sources;
mod stage;
mod trace;
mod transactions;
mod triggers;
