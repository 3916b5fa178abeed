//! From an address to a server that stops when it is told to.

use std::{io, net::SocketAddr};

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The address could not be bound.
#[derive(Debug, thiserror::Error)]
#[error("could not listen on {address}")]
pub struct BindError {
    address: SocketAddr,
    source: io::Error,
}

/// Binds `address`. Port 0 lets the system choose; the listener knows which one it was.
///
/// # Errors
/// [`BindError`] when the address is taken or not ours.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).await.map_err(|source| BindError { address, source })
}

/// Serves `router` until `stop`, then finishes the requests that are under way. It puts no bound on
/// that: the task group that owns the server does, at its drain deadline.
///
/// # Errors
/// None in practice: accept errors are retried below. The signature is that of a supervised task.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> io::Result<()> {
    // Handlers may ask who is at the other end of the connection.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await
}
