//! The console as a process, in front of simulated services that speak the real OpsService.

mod authority;
mod bridge;
mod browser;
mod canned;
mod changes;
mod controlled;
mod messages;
mod oracle;
mod pages;
mod people;
mod publisher;
mod rules;
mod service;
mod stand;
mod tokens;
