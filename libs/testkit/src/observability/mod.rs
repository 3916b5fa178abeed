//! The programs that operators watch with and read from, where the machine has them: real Prometheus, Alertmanager, Jaeger and NATS, on
//! configurations of `deploy/observability`, with addresses and waiting times changed and nothing else.
//!
//! They come from the distribution or from `.ci/run`, never from here: a test that finds none says so and passes.

mod alertmanager;
mod daemon;
mod jaeger;
mod nats;
mod prometheus;

pub use self::{
    alertmanager::Alertmanager,
    daemon::{Error, find},
    jaeger::Jaeger,
    nats::Nats,
    prometheus::Prometheus,
};
