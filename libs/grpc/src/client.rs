//! The client: one lazy connection that hands on trace and deadline, and explains its failures.
//!
//! It goes under a generated client: `OracleServiceClient::new(client)`. It never retries: whether a call
//! may be repeated is known where it is made.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use causeway_telemetry::propagation;
use http::{Request, Response, Uri, uri::Scheme};
use tokio_rustls::rustls::ClientConfig;
use tonic::{
    Status,
    body::Body,
    transport::{Channel, Endpoint},
};
use tower::Service;
use tracing::Instrument;

use crate::{
    Deadline, Error, Metrics, Place, Refusal, Tls,
    call::Call,
    method,
    metrics::Side,
    status::of_transport,
    tls::{Connector, Current},
};

/// A server that does not answer within this is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection is asked after this whether it is still there, also while it carries nothing, so that
/// the first call after a quiet hour does not find out.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// And is given up when it has not answered after this.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// Whom to call and how.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// `http://host:port`, or `https://host:port` with TLS.
    pub address: String,
    /// The longest a call may take to be answered, unless its caller's own deadline is shorter.
    pub call_timeout: Duration,
    /// Mutual TLS; `None` speaks plaintext.
    pub tls: Option<Tls>,
    /// Whom the server's certificate has to name, where that is not the host of the address: as through a port-forward.
    pub server_name: Option<String>,
}

/// Put into a request's extensions, it keeps the client from telling the server a deadline: for a stream
/// that is to stay open at servers which cut running streams at the deadline. Ours do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unbounded;

/// A connection to one server. Clones share it; it is made with the first call and remade when it breaks.
#[derive(Debug, Clone)]
pub struct Client {
    channel: Channel,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    call_timeout: Duration,
    metrics: Metrics,
}

impl Client {
    /// A client that will connect when it is first used. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// [`Error`] when the address is no URI or the certificates are unusable.
    pub fn connect_lazy(settings: ClientSettings, metrics: Metrics) -> Result<Self, Error> {
        let mut place = Place::parse(&settings.address)?;
        if let Some(name) = settings.server_name {
            place = place.named(&name)?;
        }
        Dial::new(settings.tls, settings.call_timeout, metrics)?.client(&place)
    }
}

/// Makes clients that differ in whom they call only.
#[derive(Debug)]
pub(crate) struct Dial {
    certificates: Option<Arc<Current<ClientConfig>>>,
    shared: Arc<Shared>,
}

impl Dial {
    pub(crate) fn new(tls: Option<Tls>, call_timeout: Duration, metrics: Metrics) -> Result<Self, Error> {
        let certificates = tls.map(Current::of_client).transpose()?.map(Arc::new);
        Ok(Self { certificates, shared: Arc::new(Shared { call_timeout, metrics }) })
    }

    /// For whoever is at this place.
    pub(crate) fn client(&self, place: &Place) -> Result<Client, Error> {
        let Place { connect, origin, address } = place;
        let channel = match &self.certificates {
            Some(certificates) if origin.scheme() == Some(&Scheme::HTTPS) => {
                // Our own connector secures the connection, since it knows of certificates that were replaced. The
                // transport is told of a plain address, or it would want TLS of its own; requests name the secure one.
                let authority =
                    connect.authority().cloned().ok_or_else(|| Error::NoAddress { address: address.clone() })?;
                let plain = Uri::builder().scheme(Scheme::HTTP).authority(authority).path_and_query("/").build();
                let plain = plain.map_err(|_| Error::NoAddress { address: address.clone() })?;
                let connector = Connector::new(Arc::clone(certificates), origin)?;
                endpoint(plain).origin(origin.clone()).connect_with_connector_lazy(connector)
            }
            Some(_) | None => endpoint(connect.clone()).origin(origin.clone()).connect_lazy(),
        };
        Ok(Client { channel, shared: Arc::clone(&self.shared) })
    }
}

fn endpoint(address: Uri) -> Endpoint {
    Endpoint::from(address)
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .tcp_nodelay(true)
}

impl Service<Request<Body>> for Client {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        self.channel.poll_ready(context).map_err(|error| of_transport(&error))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let fresh = self.channel.clone();
        let ready = std::mem::replace(&mut self.channel, fresh);
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { shared.call(ready, request).await })
    }
}

impl Shared {
    async fn call(&self, mut channel: Channel, mut request: Request<Body>) -> Result<Response<Body>, Status> {
        let deadline = self.deadline_of(&request);
        let name = method::name_of(request.uri().path()).to_owned();
        let mut call = Call::begin(Side::Client, &name, Some(deadline), self.metrics.clone());
        propagation::inject(call.span(), request.headers_mut());
        if request.extensions().get::<Unbounded>().is_none() {
            deadline.write_to(request.headers_mut());
        }
        let answer = async {
            if deadline.has_passed() {
                return None;
            }
            deadline.cut(channel.call(request)).await
        };
        let outcome = match answer.instrument(call.span().clone()).await {
            Some(Ok(response)) => return Ok(call.follow(response)),
            Some(Err(error)) => of_transport(&error),
            None => Refusal::deadline_exceeded().into(),
        };
        call.finish(outcome.code());
        Err(outcome)
    }

    /// The shortest of our limit, the deadline of the call that this one is part of, and what the caller
    /// set on this one. The time to make the connection counts.
    fn deadline_of(&self, request: &Request<Body>) -> Deadline {
        let candidates = [Deadline::current(), Deadline::of_headers(request.headers())];
        candidates.into_iter().flatten().fold(Deadline::after(self.call_timeout), Deadline::min)
    }
}
