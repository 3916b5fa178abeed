//! The server's end: handshakes beside each other, each with what is in force when it begins.
//!
//! They are bounded in time and number. Whoever finds no room waits in the system's queue of connections, which is
//! bounded too: silent callers can slow strangers down for some seconds and take nothing from connections that stand.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use futures_util::{Stream, StreamExt};
use tokio::{
    net::TcpStream,
    sync::watch,
    task::spawn_blocking,
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig, server::TlsStream};
use tonic::transport::server::TcpIncoming;

use super::{Current, Standing};
use crate::{Metrics, metrics::Handshake};

/// A caller that has not shown who it is within this is none of ours.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(5);

/// Handshakes at once. One costs about a millisecond of work and 40 kB, so this is more than a machine can do in the
/// time of one.
const MAX_HANDSHAKES: usize = 256;

/// Files are looked at so often: a few kilobytes from memory, and soon enough that nobody waits for a rotation.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The connections of callers that have shown a certificate of an authority.
pub(crate) fn secured(
    incoming: TcpIncoming,
    certificates: Arc<Current<ServerConfig>>,
    metrics: Metrics,
) -> impl Stream<Item = io::Result<TlsStream<TcpStream>>> {
    incoming
        .map(move |accepted| handshake(accepted, certificates.config(), metrics.clone()))
        .buffer_unordered(MAX_HANDSHAKES)
        .filter_map(std::future::ready)
}

/// `None`: not one of ours.
async fn handshake(
    accepted: io::Result<TcpStream>,
    config: Arc<ServerConfig>,
    metrics: Metrics,
) -> Option<io::Result<TlsStream<TcpStream>>> {
    let tcp = match accepted {
        Ok(tcp) => tcp,
        Err(error) => return Some(Err(error)),
    };
    let (secured, outcome) = match timeout(HANDSHAKE_WITHIN, TlsAcceptor::from(config).accept(tcp)).await {
        Ok(Ok(secured)) => (Some(secured), Handshake::Done),
        Ok(Err(error)) => {
            tracing::debug!(%error, "handshake failed");
            (None, Handshake::Failed)
        }
        Err(_) => (None, Handshake::TimedOut),
    };
    metrics.handshake(outcome);
    secured.map(Ok)
}

impl Current<ServerConfig> {
    /// Looks at the files from time to time, and says how they stand.
    pub(crate) async fn keep(self: Arc<Self>, standing: watch::Sender<Standing>, metrics: Metrics) -> Infallible {
        loop {
            let now = self.standing();
            metrics.certificates(&now, self.take_news());
            standing.send_if_modified(|before| {
                let is_other = *before != now;
                *before = now;
                is_other
            });
            sleep(LOOK_EVERY).await;
            let looking = Arc::clone(&self);
            // Fails only when the runtime ends, and so do we then.
            let _ = spawn_blocking(move || looking.look()).await;
        }
    }
}
