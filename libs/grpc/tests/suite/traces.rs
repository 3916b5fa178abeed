//! Traces as a collector receives them.

use std::{collections::BTreeMap, io, sync::Arc, time::Duration};

use causeway_grpc::Metrics;
use causeway_proto::oracle::v1::WatchPricesRequest;
use causeway_telemetry::{
    Config, Handle, LogFormat, SampleRatio,
    metrics::{Registry, encode},
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value::Value,
    trace::v1::{Span, span::SpanKind, status::StatusCode},
};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tracing::{Instrument, dispatcher::DefaultGuard};

use crate::harness::{GENEROUS, Oracle, Running, Setup, ask, client, refusal};

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

/// Telemetry of this test's thread. Its tasks stay on it, because its runtime has no other.
struct Traced {
    handle: Handle,
    received: mpsc::UnboundedReceiver<ExportTraceServiceRequest>,
    _guard: DefaultGuard,
}

impl Traced {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (sender, received) = mpsc::unbounded_channel();
        let collector = transport::Server::builder().add_service(TraceServiceServer::new(Collector(sender)));
        tokio::spawn(collector.serve_with_incoming(TcpListenerStream::new(listener)));
        let config = Config {
            service: "test",
            version: "0",
            instance: "0".to_owned(),
            log_format: LogFormat::Json,
            log_filter: "off".to_owned(),
            otlp_endpoint: Some(endpoint),
            file: None,
            tap: None,
            sample_ratio: SampleRatio::ALL,
        };
        let (dispatch, handle) = causeway_telemetry::build(&config, io::sink).unwrap();
        Self { handle, received, _guard: tracing::dispatcher::set_default(&dispatch) }
    }

    /// Everything that was recorded, in the order in which it ended.
    async fn spans(mut self) -> Vec<Span> {
        self.handle.shutdown(Duration::from_secs(5)).await.unwrap();
        std::iter::from_fn(|| self.received.try_recv().ok())
            .flat_map(|request| request.resource_spans)
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans)
            .collect()
    }
}

fn of_kind(spans: &[Span], kind: SpanKind) -> Vec<&Span> {
    spans.iter().filter(|span| span.kind() == kind).collect()
}

fn attributes(span: &Span) -> BTreeMap<&str, String> {
    let text = |value: &Value| {
        if let Value::StringValue(text) = value { text.clone() } else { format!("{value:?}") }
    };
    let pairs = span.attributes.iter();
    pairs.map(|pair| (pair.key.as_str(), pair.value.as_ref().unwrap().value.as_ref().map(text).unwrap())).collect()
}

fn status(span: &Span) -> (StatusCode, String) {
    let code = span.status.as_ref().map(|status| status.code()).unwrap_or_default();
    (code, attributes(span)["rpc.response.status_code"].clone())
}

#[tokio::test]
async fn a_call_over_two_servers_is_one_trace() {
    let traced = Traced::start().await;
    let next = Running::start(Setup::default()).await;
    let oracle = Oracle { downstream: Some(client(next.url(), GENEROUS)), ..Oracle::default() };
    let first = Running::start(Setup { oracle, ..Setup::default() }).await;
    let origin = tracing::info_span!("origin");
    first.client().get_price(ask("downstream")).instrument(origin).await.unwrap();

    let spans = traced.spans().await;
    let names: Vec<(&str, SpanKind)> = spans.iter().map(|span| (span.name.as_str(), span.kind())).collect();
    let method = "causeway.oracle.v1.OracleService/GetPrice";
    assert_eq!(names.iter().filter(|name| **name == (method, SpanKind::Server)).count(), 2, "{names:?}");
    assert_eq!(names.iter().filter(|name| **name == (method, SpanKind::Client)).count(), 2, "{names:?}");

    // Walk from the innermost server back to the origin.
    let by_id = |id: &[u8]| spans.iter().find(|span| span.span_id == id);
    let parents: Vec<&[u8]> = spans.iter().map(|span| span.parent_span_id.as_slice()).collect();
    let innermost = spans.iter().find(|span| !parents.contains(&span.span_id.as_slice())).unwrap();
    let chain: Vec<&Span> = std::iter::successors(Some(innermost), |span| by_id(&span.parent_span_id)).collect();
    let kinds: Vec<SpanKind> = chain.iter().map(|span| span.kind()).collect();
    use SpanKind::{Client, Internal, Server};
    assert_eq!(kinds, [Server, Client, Server, Client, Internal]);
    assert!(chain.iter().all(|span| span.trace_id == innermost.trace_id));
}

#[tokio::test]
async fn spans_carry_the_names_of_the_conventions() {
    let traced = Traced::start().await;
    let server = Running::start(Setup::default()).await;
    server.client().get_price(ask("any")).await.unwrap();
    for span in traced.spans().await {
        let attributes = attributes(&span);
        assert_eq!(attributes["rpc.system.name"], "grpc");
        assert_eq!(attributes["rpc.method"], "causeway.oracle.v1.OracleService/GetPrice");
        assert_eq!(status(&span), (StatusCode::Unset, "OK".to_owned()));
    }
}

#[tokio::test]
async fn a_refusal_is_the_clients_error_and_not_the_servers() {
    let traced = Traced::start().await;
    let server = Running::start(Setup::default()).await;
    refusal(server.client().get_price(ask("missing")).await);
    let spans = traced.spans().await;
    assert_eq!(status(of_kind(&spans, SpanKind::Client)[0]), (StatusCode::Error, "NOT_FOUND".to_owned()));
    assert_eq!(status(of_kind(&spans, SpanKind::Server)[0]), (StatusCode::Unset, "NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn an_error_in_the_trailers_of_a_stream_is_recorded_on_both_sides() {
    let traced = Traced::start().await;
    let server = Running::start(Setup::default()).await;
    let request = WatchPricesRequest { feed_ids: vec!["failing".to_owned()] };
    let mut prices = server.client().watch_prices(request).await.unwrap().into_inner();
    prices.message().await.unwrap().unwrap();
    prices.message().await.unwrap_err();
    drop(prices);
    let spans = traced.spans().await;
    for kind in [SpanKind::Client, SpanKind::Server] {
        assert_eq!(status(of_kind(&spans, kind)[0]), (StatusCode::Error, "UNAVAILABLE".to_owned()));
    }
}

#[tokio::test]
async fn a_call_whose_caller_goes_away_ends_as_cancelled() {
    let traced = Traced::start().await;
    let setup = Setup::default();
    let (entered, dropped) = (Arc::clone(&setup.oracle.entered), Arc::clone(&setup.oracle.dropped));
    let server = Running::start(setup).await;
    let mut caller = server.client();
    let call = tokio::spawn(async move { caller.get_price(ask("slow")).await });
    entered.notified().await;
    call.abort();
    dropped.notified().await;
    tokio::task::yield_now().await;
    let spans = traced.spans().await;
    assert_eq!(status(of_kind(&spans, SpanKind::Server)[0]).1, "CANCELLED");
}

#[tokio::test]
async fn a_call_cut_by_the_servers_limit_has_a_status() {
    let traced = Traced::start().await;
    let mut setup = Setup::default();
    setup.settings.call_timeout = Duration::from_millis(20);
    let server = Running::start(setup).await;
    refusal(server.client().get_price(ask("slow")).await);
    let spans = traced.spans().await;
    assert_eq!(status(of_kind(&spans, SpanKind::Server)[0]), (StatusCode::Error, "DEADLINE_EXCEEDED".to_owned()));
}

#[tokio::test]
async fn probes_leave_no_spans() {
    let traced = Traced::start().await;
    let server = Running::start(Setup::default()).await;
    let channel = transport::Channel::from_shared(server.url()).unwrap().connect_lazy();
    HealthClient::new(channel).check(HealthCheckRequest::default()).await.unwrap();
    assert_eq!(traced.spans().await, []);
}

#[tokio::test]
async fn ops_8_a_latency_remembers_the_trace_of_its_call_as_its_example() {
    let traced = Traced::start().await;
    let mut registry = Registry::default();
    let metrics = Metrics::register(&mut registry);
    let server = Running::start(Setup { metrics, ..Setup::default() }).await;
    server.client().get_price(ask("any")).await.unwrap();
    // A span ends when everything is counted that was within it.
    let spans = traced.spans().await;
    let trace: String =
        of_kind(&spans, SpanKind::Server)[0].trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
    let page = encode(&registry).unwrap();
    let example = format!("# {{trace_id=\"{trace}\"}} ");
    let buckets: Vec<_> = page.lines().filter(|line| line.contains(&example)).collect();
    assert!(
        matches!(buckets[..], [one] if one.starts_with("rpc_server_call_duration_seconds_bucket{")
            && one.contains("method=\"causeway.oracle.v1.OracleService/GetPrice\"")),
        "{buckets:?} of {page}"
    );
}
