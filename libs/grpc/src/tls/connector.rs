//! The client's end: the files are looked at before each connection, so that nothing has to run between them.

use std::{
    error::Error as StdError,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::Uri;
use hyper_util::{client::legacy::connect::HttpConnector, rt::TokioIo};
use tokio::{net::TcpStream, task::spawn_blocking};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ClientConfig, pki_types::ServerName},
};
use tower::Service;

use super::{Current, Error};

type Cause = Box<dyn StdError + Send + Sync>;

/// Connects to one server and shows it our certificate. How long that may take is the endpoint's to say.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    tcp: HttpConnector,
    server: ServerName<'static>,
    certificates: Arc<Current<ClientConfig>>,
}

impl Connector {
    /// To whoever proves to be the host of this address.
    ///
    /// # Errors
    /// [`Error`] when the address names no host.
    pub(crate) fn new(certificates: Arc<Current<ClientConfig>>, address: &Uri) -> Result<Self, Error> {
        let host = address.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let server =
            ServerName::try_from(host.to_owned()).map_err(|_| Error::NoServerName { address: address.to_string() })?;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        Ok(Self { tcp, server, certificates })
    }

    async fn secure(self, tcp: TokioIo<TcpStream>) -> Result<TokioIo<TlsStream<TcpStream>>, Cause> {
        let looking = Arc::clone(&self.certificates);
        spawn_blocking(move || looking.look()).await?;
        let connector = TlsConnector::from(self.certificates.config());
        Ok(TokioIo::new(connector.connect(self.server, tcp.into_inner()).await?))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = Cause;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Cause>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let (connecting, own) = (self.tcp.call(address), self.clone());
        Box::pin(async move { own.secure(connecting.await?).await })
    }
}
