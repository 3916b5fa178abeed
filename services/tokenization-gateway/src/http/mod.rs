//! The REST face: messages and instructions in, requests and books out.

mod dto;
mod orders;
mod problem;
mod routes;

pub(crate) use self::routes::router;
