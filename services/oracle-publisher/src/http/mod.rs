//! The REST face under `/api/v1`: validate → call → convert. No logic and no SQL.

mod dto;
mod routes;

pub(crate) use routes::{Api, router};
