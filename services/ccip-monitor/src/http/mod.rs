//! The REST face under `/api/v1/ccip`, its stream of changes, and a page for people: validate → call → convert. No logic
//! and no SQL.

mod api;
mod dto;
mod events;
mod extract;
mod pages;
mod problem;
mod reports;
mod routes;
#[cfg(test)]
mod tests;

pub use self::{
    api::{Api, Streams},
    routes::router,
};
