//! The console as a process, in front of simulated services that speak the real OpsService.

mod bridge;
mod canned;
mod messages;
mod oracle;
mod pages;
mod people;
mod rules;
mod service;
mod stand;
mod tokens;
