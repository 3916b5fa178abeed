//! The console as a process, in front of simulated services that speak the real OpsService.

mod pages;
mod people;
mod service;
mod stand;
