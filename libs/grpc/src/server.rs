//! The server: from a bound listener and some services to one that can be operated.
//!
//! Every call takes the same way: trace, deadline, room, permission, handler. The steps are one function
//! and not a stack of layers, because their order is the point.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use causeway_telemetry::propagation;
use http::{Request, Response};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};
use tokio_util::sync::CancellationToken;
use tonic::{
    Status,
    body::Body,
    server::NamedService,
    service::Routes,
    transport::server::{Server as Transport, TcpIncoming},
};
use tonic_health::{ServingStatus, server::HealthReporter};
use tower::Service;
use tracing::Instrument;

use crate::{
    Code, Deadline, Error, Metrics, Peer, Refusal, Standing, Table, Tls,
    call::Call,
    method::{self, Methods},
    metrics::Side,
    tls::{Current, secured},
};

/// A sane most for one message, to be given to the generated servers and clients
/// (`max_decoding_message_size`, `max_encoding_message_size`): lists are paged, so none comes near it.
pub const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// A connection that carries nothing is asked after this whether it is still there.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// And is closed when it has not answered after this.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// Calls and streams at once on one connection.
const MAX_STREAMS_PER_CONNECTION: u32 = 256;

/// How long a caller that found no room should stay away.
const OVERLOAD_PAUSE: Duration = Duration::from_secs(1);

/// Whether tools may ask what there is to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reflection {
    /// `grpcurl list` works, in both versions of the protocol.
    Served,
    /// It does not.
    Hidden,
}

/// How a server behaves.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// The longest any call may take to begin its answer, whatever its caller allows.
    pub call_timeout: Duration,
    /// Calls being answered at once; the next one is refused with RESOURCE_EXHAUSTED. A stream counts
    /// until it begins.
    pub max_calls_in_flight: usize,
    /// Connections are closed gently at this age, so that clients find new replicas.
    pub max_connection_age: Option<Duration>,
    /// Mutual TLS; `None` speaks plaintext, which belongs on loopback or behind a mesh.
    pub tls: Option<Tls>,
    /// What tools may ask.
    pub reflection: Reflection,
}

/// A server under construction.
#[derive(Debug)]
pub struct Server {
    settings: ServerSettings,
    metrics: Metrics,
    table: Table,
    routes: Routes,
    services: Vec<&'static str>,
    descriptors: Vec<&'static [u8]>,
    standing: watch::Sender<Standing>,
}

impl Server {
    /// A server without services.
    pub fn new(settings: ServerSettings, metrics: Metrics) -> Self {
        let (routes, table) = (Routes::default(), Table::default());
        let (standing, _) = watch::channel(Standing::default());
        Self { settings, metrics, table, routes, services: Vec::new(), descriptors: Vec::new(), standing }
    }

    /// How the certificates stand, from the moment at which they are served with; `None` without TLS.
    pub fn standing(&self) -> Option<watch::Receiver<Standing>> {
        self.settings.tls.as_ref().map(|_| self.standing.subscribe())
    }

    /// Adds a generated service.
    #[must_use]
    pub fn service<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.routes = self.routes.add_service(service);
        self.services.push(S::NAME);
        self
    }

    /// Adds the descriptors of the services, as the contract crate exports them. They may describe more
    /// services than there are: reflection shows only those that were added. A method without a
    /// descriptor cannot be authorised and is counted as `_OTHER`.
    #[must_use]
    pub fn descriptors(mut self, encoded: &'static [u8]) -> Self {
        self.descriptors.push(encoded);
        self
    }

    /// Sets who may call what changes something.
    #[must_use]
    pub fn authorise(mut self, table: Table) -> Self {
        self.table = table;
        self
    }

    /// Serves until `stop`, then finishes the calls under way. From `draining` on, health says
    /// NOT_SERVING. Streams have to end by themselves: see [`crate::until_stopped`].
    ///
    /// # Errors
    /// [`Error`] when certificates, descriptors or rules are unusable.
    pub async fn serve(
        self,
        listener: TcpListener,
        draining: CancellationToken,
        stop: CancellationToken,
    ) -> Result<(), Error> {
        let methods = Methods::of(&self.descriptors, &self.services)?;
        self.table.check_against(&methods)?;
        let (health, health_service) = tonic_health::server::health_reporter();
        set_all(&health, &self.services, ServingStatus::Serving).await;
        let transport = self.transport();
        let certificates = self.settings.tls.clone().map(Current::of_server).transpose()?;
        let mut routes = self.routes.clone().add_service(health_service);
        if self.settings.reflection == Reflection::Served {
            routes = self.add_reflection(routes)?;
        }
        let way = Arc::new(Way {
            call_timeout: self.settings.call_timeout,
            room: Semaphore::new(self.settings.max_calls_in_flight),
            metrics: self.metrics.clone(),
            table: self.table,
            methods,
        });
        let lame_duck = async {
            tokio::select! {
                () = draining.cancelled() => {}
                () = stop.cancelled() => {}
            }
            set_all(&health, &self.services, ServingStatus::NotServing).await;
            stop.cancelled().await;
        };
        let router = transport
            .layer(tower::layer::layer_fn(move |routes| Handled { routes, way: Arc::clone(&way) }))
            .add_routes(routes);
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let served = match certificates.map(Arc::new) {
            None => router.serve_with_incoming_shutdown(incoming, lame_duck).await,
            Some(certificates) => {
                let connections = secured(incoming, Arc::clone(&certificates), self.metrics.clone());
                tokio::select! {
                    served = router.serve_with_incoming_shutdown(connections, lame_duck) => served,
                    never = certificates.keep(self.standing, self.metrics) => match never {},
                }
            }
        };
        served.map_err(Error::Transport)
    }

    fn transport(&self) -> Transport {
        let transport = Transport::builder()
            .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
            .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
            .max_concurrent_streams(MAX_STREAMS_PER_CONNECTION);
        match self.settings.max_connection_age {
            Some(age) => transport.max_connection_age(age),
            None => transport,
        }
    }

    /// Both versions, because tools differ in which they ask for, and with the descriptor of health,
    /// without which tools call it unknown.
    fn add_reflection(&self, routes: Routes) -> Result<Routes, Error> {
        let builder = || {
            let mut builder = tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                .with_service_name("grpc.health.v1.Health");
            for encoded in &self.descriptors {
                builder = builder.register_encoded_file_descriptor_set(encoded);
            }
            self.services.iter().fold(builder, |builder, service| builder.with_service_name(*service))
        };
        let v1 = builder().with_service_name("grpc.reflection.v1.ServerReflection").build_v1();
        let v1alpha = builder().with_service_name("grpc.reflection.v1alpha.ServerReflection").build_v1alpha();
        Ok(routes.add_service(v1.map_err(Error::Reflection)?).add_service(v1alpha.map_err(Error::Reflection)?))
    }
}

async fn set_all(health: &HealthReporter, services: &[&'static str], status: ServingStatus) {
    for service in services.iter().copied().chain([""]) {
        health.set_service_status(service, status).await;
    }
}

/// What every call passes before its handler.
#[derive(Debug)]
struct Way {
    call_timeout: Duration,
    room: Semaphore,
    metrics: Metrics,
    table: Table,
    methods: Methods,
}

impl Way {
    async fn answer(&self, routes: Routes, request: Request<Body>, deadline: Deadline) -> Response<Body> {
        let name = method::name_of(request.uri().path()).to_owned();
        if method::is_infrastructure(&name) {
            return handle(routes, request).await;
        }
        let call = Call::begin(Side::Server, self.methods.label(&name), Some(deadline), self.metrics.clone())
            .map_span(|span| propagation::continue_trace(span, request.headers()));
        let span = call.span().clone();
        let outcome = self.admit(&name, routes, request, deadline).instrument(span).await;
        call.follow(outcome.unwrap_or_else(|refusal| Status::from(refusal).into_http()))
    }

    async fn admit(
        &self,
        method: &str,
        routes: Routes,
        mut request: Request<Body>,
        deadline: Deadline,
    ) -> Result<Response<Body>, Refusal> {
        let _room = self.room.try_acquire().map_err(|_| {
            let refusal = Refusal::new(Code::ResourceExhausted, "OVERLOADED", "too many calls at once");
            refusal.with_retry_after(OVERLOAD_PAUSE)
        })?;
        let peer = self.table.admit(method, Peer::of(request.extensions()))?;
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(deadline);
        let answered = deadline.cut(deadline.scope(handle(routes, request))).await;
        answered.ok_or_else(Refusal::deadline_exceeded)
    }
}

async fn handle(mut routes: Routes, request: Request<Body>) -> Response<Body> {
    match routes.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The services behind the way.
#[derive(Debug, Clone)]
struct Handled {
    routes: Routes,
    way: Arc<Way>,
}

impl Service<Request<Body>> for Handled {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    /// The routes are always ready: each call gets a handler of its own.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        <Routes as Service<Request<Body>>>::poll_ready(&mut self.routes, context)
    }

    /// The deadline is taken here and not in the future: the transport starts a timer of its own for
    /// the same header right after this, and only a deadline that is not later than that one lets us
    /// answer DEADLINE_EXCEEDED before the transport cuts us off with CANCELLED.
    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let own = Deadline::after(self.way.call_timeout);
        let deadline = Deadline::of_headers(request.headers()).map_or(own, |asked| asked.min(own));
        let fresh = self.routes.clone();
        let ready = std::mem::replace(&mut self.routes, fresh);
        let way = Arc::clone(&self.way);
        Box::pin(async move { Ok(way.answer(ready, request, deadline).await) })
    }
}
