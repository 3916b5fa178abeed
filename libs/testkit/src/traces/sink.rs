//! The collector's server.

use std::{
    io,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    trace::v1::ResourceSpans,
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::timeout};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

use super::span::{Span, read, tree};
use crate::observability::{self, Jaeger};

/// A runaway exporter must not eat the machine; no test of ours makes as many.
const MOST_GROUPS: usize = 20_000;

/// Why a test did not find the spans it waited for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// They did not come. The message shows what did.
    #[error("the spans did not come within {waited:?}; these did:\n{seen}")]
    Missing {
        /// How long was waited.
        waited: Duration,
        /// The tree of everything received.
        seen: String,
    },
}

/// Collects spans until it is dropped. Clones are one.
#[derive(Debug, Clone)]
pub struct TraceSink {
    address: SocketAddr,
    received: Received,
    exports: watch::Receiver<u64>,
    /// Aborted with the last clone.
    _server: Arc<JoinSet<()>>,
}

type Received = Arc<Mutex<Vec<ResourceSpans>>>;

#[derive(Debug)]
struct Collector {
    received: Received,
    exports: watch::Sender<u64>,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        {
            let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
            if received.len() >= MOST_GROUPS {
                return Err(Status::resource_exhausted("the sink is full"));
            }
            received.extend(request.into_inner().resource_spans);
        }
        self.exports.send_modify(|count| *count = count.saturating_add(1));
        Ok(Response::new(ExportTraceServiceResponse { partial_success: None }))
    }
}

impl TraceSink {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When loopback cannot be listened on.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let received = Received::default();
        let (sender, exports) = watch::channel(0);
        let service = TraceServiceServer::new(Collector { received: Arc::clone(&received), exports: sender });
        let mut server = JoinSet::new();
        server.spawn(async move {
            // Ends only with the runtime, or when the sink is dropped.
            let _ = Server::builder().add_service(service).serve_with_incoming(TcpListenerStream::new(listener)).await;
        });
        Ok(Self { address, received, exports, _server: Arc::new(server) })
    }

    /// For `OTEL_EXPORTER_OTLP_ENDPOINT` and its like.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything received so far.
    pub fn spans(&self) -> Vec<Span> {
        read(&self.received.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until `found` accepts what was received, and hands that over.
    ///
    /// # Errors
    /// [`Error::Missing`] after `limit`, with the tree of what was received.
    pub async fn wait_for(&self, found: impl Fn(&[Span]) -> bool, limit: Duration) -> Result<Vec<Span>, Error> {
        let mut exports = self.exports.clone();
        let search = async {
            loop {
                exports.mark_unchanged();
                let spans = self.spans();
                // The sender lives as long as the server, which lives as long as this.
                if found(&spans) || exports.changed().await.is_err() {
                    return spans;
                }
            }
        };
        let outcome = timeout(limit, search).await;
        outcome.map_err(|_| Error::Missing { waited: limit, seen: tree(&self.spans()) })
    }

    /// Hands everything received so far over to a Jaeger, as it came.
    ///
    /// # Errors
    /// When it does not take it.
    pub async fn hand_over(&self, jaeger: &Jaeger) -> Result<(), observability::Error> {
        let resource_spans = self.received.lock().unwrap_or_else(PoisonError::into_inner).clone();
        jaeger.take(ExportTraceServiceRequest { resource_spans }).await
    }

    /// Writes everything received so far as OTLP JSON.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_json(&self, file: &Path) -> io::Result<()> {
        let resource_spans = self.received.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = serde_json::to_vec(&ExportTraceServiceRequest { resource_spans })?;
        std::fs::write(file, text)
    }
}
