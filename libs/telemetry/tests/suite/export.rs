//! Spans on the wire: a collector in this process takes them.

use std::{
    io,
    time::{Duration, Instant},
};

use causeway_telemetry::{Config, Error, LogFormat, SampleRatio, build, propagation};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    trace::v1::Span,
};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

const BOUND: Duration = Duration::from_secs(5);
const ORIGIN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

struct Collector(mpsc::UnboundedSender<ExportTraceServiceRequest>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0.send(request.into_inner()).map_err(|_| Status::unavailable("the test is over"))?;
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

async fn collector() -> (String, mpsc::UnboundedReceiver<ExportTraceServiceRequest>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::unbounded_channel();
    let server = Server::builder().add_service(TraceServiceServer::new(Collector(sender)));
    tokio::task::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    (endpoint, receiver)
}

fn config(endpoint: String) -> Config {
    Config {
        service: "oracle-publisher",
        version: "1.2.3",
        instance: "pod-0".to_owned(),
        log_format: LogFormat::Json,
        log_filter: "off".to_owned(),
        otlp_endpoint: Some(endpoint),
        file: None,
        tap: None,
        sample_ratio: SampleRatio::ALL,
    }
}

fn spans(receiver: &mut mpsc::UnboundedReceiver<ExportTraceServiceRequest>) -> Vec<Span> {
    std::iter::from_fn(|| receiver.try_recv().ok())
        .flat_map(|request| request.resource_spans)
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn shutting_down_delivers_every_span_that_was_queued() {
    let (endpoint, mut received) = collector().await;
    let (dispatch, handle) = build(&config(endpoint), io::sink).unwrap();
    tracing::dispatcher::with_default(&dispatch, || {
        for _ in 0..100 {
            tracing::info_span!("round").in_scope(|| ());
        }
    });
    handle.shutdown(BOUND).await.unwrap();
    assert_eq!(spans(&mut received).len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_handled_later_links_to_the_trace_that_wrote_it() {
    let (endpoint, mut received) = collector().await;
    let (dispatch, handle) = build(&config(endpoint), io::sink).unwrap();
    tracing::dispatcher::with_default(&dispatch, || {
        let span = tracing::info_span!("deliver");
        propagation::link_to(&span, ORIGIN);
        propagation::link_to(&span, "not a traceparent");
        span.in_scope(|| ());
    });
    handle.shutdown(BOUND).await.unwrap();
    let spans = spans(&mut received);
    assert!(spans[0].parent_span_id.is_empty(), "a link is no parent");
    assert_eq!(spans[0].links.len(), 1);
    assert_eq!(spans[0].links[0].span_id, 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes());
    assert_ne!(spans[0].trace_id, spans[0].links[0].trace_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_never_answers_costs_no_more_than_the_bound() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let (dispatch, handle) = build(&config(endpoint), io::sink).unwrap();
    tracing::dispatcher::with_default(&dispatch, || tracing::info_span!("round").in_scope(|| ()));

    // Real time, because the exporter has a thread of its own.
    let started = Instant::now();
    let error = handle.shutdown(Duration::from_millis(300)).await.unwrap_err();
    assert!(matches!(error, Error::Flush(_) | Error::FlushTimeout { .. }), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}
