//! The HTTP face of a service: the operators' probes, the metrics page, and what every request gets.

mod ops;
mod request;
mod serve;

pub use self::{
    ops::{Build, metrics_router, ops_router},
    request::{CORRELATION_ID, CorrelationId, Limits, with_limits},
    serve::{BindError, bind, serve},
};
