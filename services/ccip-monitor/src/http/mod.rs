//! The REST face under `/api/v1/ccip` and its stream of changes: validate → call → convert. No logic and no SQL.

mod api;
mod dto;
mod events;
mod extract;
mod problem;
mod routes;
#[cfg(test)]
mod tests;

pub use self::{
    api::{Api, Streams},
    routes::router,
};
