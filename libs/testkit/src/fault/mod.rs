//! Faults on the wire, switched while a test runs: a TCP proxy that breaks connections in every way that
//! networks do, and a JSON-RPC proxy that lies.

mod pump;
mod rpc;
mod script;
mod tcp;
#[cfg(test)]
mod tests;

pub use self::{
    rpc::RpcProxy,
    tcp::{TcpProxy, Toxic},
};
