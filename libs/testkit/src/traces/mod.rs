//! A collector in the process: receives what services export over OTLP/gRPC, so that tests check spans on
//! the real wire format, and writes OTLP JSON that Jaeger's page takes as an upload.

mod sink;
mod span;
#[cfg(test)]
mod tests;

pub use self::{
    sink::{Error, TraceSink},
    span::{Link, Span, tree},
};
