//! What every gRPC server and client of the system shares, so that a service only writes its methods.
//!
//! A server answers health and reflection, continues its caller's trace, keeps the caller's deadline,
//! admits no more calls than it can hold, lets only named callers change anything, and stops in two
//! phases. A client hands on trace and deadline and turns every way in which a call can fail into one of
//! ten codes. Load is not balanced here: one client is one connection, and a group of them, one to each replica
//! behind a name, leaves to its user whom to ask.
//!
//! Ready-made tracing layers are not used because they mislabel errors: they read the status from the
//! headers only and miss those that arrive in the trailers of a stream or never arrive at all.

mod authorise;
mod call;
mod client;
mod deadline;
mod group;
mod method;
mod metrics;
mod peer;
mod place;
mod server;
mod status;
mod stream;
mod tls;

pub use crate::{
    authorise::{Caller, Table},
    client::{Client, ClientSettings, Unbounded},
    deadline::Deadline,
    group::{Group, GroupSettings, Member},
    metrics::Metrics,
    peer::Peer,
    place::{Lookup, Names, Place, Places, system_names},
    server::{MAX_MESSAGE_BYTES, Reflection, Server, ServerSettings},
    status::{Code, Refusal, Violation},
    stream::until_stopped,
    tls::{Error as TlsError, Standing, Tls},
};

/// Why a server or a client could not be set up, or why a server stopped serving.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The certificates cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address of a server is none.
    #[error("no address of a server: {address}")]
    NoAddress {
        /// As it was given.
        address: String,
    },
    /// The transport refused its settings, or the server its connections.
    #[error("grpc transport failed")]
    Transport(#[source] tonic::transport::Error),
    /// The descriptors are no descriptors.
    #[error("descriptors could not be decoded")]
    Descriptors(#[source] prost::DecodeError),
    /// Reflection could not be built from the descriptors.
    #[error("reflection could not be built")]
    Reflection(#[source] tonic_reflection::server::Error),
    /// A rule of the table names a method that this server does not have: most likely a typing mistake,
    /// and a method left without its rule.
    #[error("no such method to authorise: {method}")]
    UnknownMethod {
        /// As it stands in the table.
        method: String,
    },
}
