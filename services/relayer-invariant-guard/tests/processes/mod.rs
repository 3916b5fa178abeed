//! The guard as a process: two chains, a relayer's process, one replica or two, and what becomes of them when somebody is
//! killed, frozen or wrong.

mod boundaries;
mod commands;
mod deaths;
mod doors;
mod people;
mod role;
mod settings;
mod stage;
mod storm;
mod traces;
