//! The console as a process, in front of simulated services that speak the real OpsService.

mod authority;
mod bridge;
mod browser;
mod canned;
mod change_pages;
mod changes;
mod controlled;
mod ctl;
mod maintenance;
mod messages;
mod oidc;
mod oracle;
mod pages;
mod people;
mod publisher;
mod quiet;
mod rules;
mod service;
mod stand;
mod steps;
mod tokens;
