//! The REST face under `/api/v1`: validate → call → convert. No logic and no SQL.

mod dto;
mod routes;
#[cfg(test)]
mod tests;

pub(crate) use routes::{Api, router};
