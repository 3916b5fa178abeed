//! The REST face under `/api/v1/guard`: what is read over gRPC as well, for browsers and scripts. Changing goes over gRPC,
//! where callers show who they are.

mod dto;
mod routes;

pub(crate) use self::routes::{Api, router};
