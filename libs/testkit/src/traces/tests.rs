//! What is exported over the wire is what a test sees.

use std::time::Duration;

use opentelemetry_proto::tonic::{
    collector::trace::v1::{ExportTraceServiceRequest, trace_service_client::TraceServiceClient},
    common::v1::{AnyValue, KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span as Wire, Status, span, status::StatusCode},
};

use super::{Error, TraceSink, tree};

const LIMIT: Duration = Duration::from_secs(20);

fn wire(trace: u8, id: u8, parent: u8, name: &str) -> Wire {
    Wire {
        trace_id: vec![trace; 16],
        span_id: vec![id; 8],
        parent_span_id: if parent == 0 { Vec::new() } else { vec![parent; 8] },
        name: name.to_owned(),
        start_time_unix_nano: u64::from(id),
        kind: span::SpanKind::Client.into(),
        ..Wire::default()
    }
}

fn export(service: &str, spans: Vec<Wire>) -> ExportTraceServiceRequest {
    let value = Some(AnyValue { value: Some(Value::StringValue(service.to_owned())) });
    let name = KeyValue { key: "service.name".to_owned(), value, ..KeyValue::default() };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes: vec![name], ..Resource::default() }),
            scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }],
    }
}

#[tokio::test]
async fn spans_of_two_services_form_one_tree_and_links_point_across_traces() {
    let sink = TraceSink::start().await.unwrap();
    let mut client = TraceServiceClient::connect(sink.endpoint()).await.unwrap();
    let mut failed = wire(1, 12, 11, "broadcast");
    failed.status = Some(Status { code: StatusCode::Error.into(), ..Status::default() });
    client.export(export("publisher", vec![failed, wire(1, 11, 10, "decide")])).await.unwrap();
    let mut later = wire(2, 20, 0, "deliver");
    later.links = vec![span::Link { trace_id: vec![1; 16], span_id: vec![10; 8], ..span::Link::default() }];
    client.export(export("venue", vec![wire(1, 10, 0, "tick"), later])).await.unwrap();

    let spans = sink.wait_for(|spans| spans.len() == 4, LIMIT).await.unwrap();
    assert_eq!(tree(&spans), "venue: tick\n  publisher: decide\n    publisher: broadcast (error)\nvenue: deliver\n");
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    assert!(named("deliver").links_to(named("tick")));
    assert!(!named("deliver").links_to(named("decide")));
    assert_eq!(named("decide").parent(&spans), Some(named("tick")));
    assert_eq!(named("tick").kind, "client");

    let file = tempfile::NamedTempFile::new().unwrap();
    sink.write_json(file.path()).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(file.path()).unwrap()).unwrap();
    let first = &json["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(first["traceId"], "01010101010101010101010101010101");
    assert_eq!(first["name"], "broadcast");
}

#[tokio::test]
async fn a_wait_that_fails_shows_what_did_come() {
    let sink = TraceSink::start().await.unwrap();
    let mut client = TraceServiceClient::connect(sink.endpoint()).await.unwrap();
    client.export(export("publisher", vec![wire(1, 10, 0, "tick")])).await.unwrap();
    let Err(Error::Missing { seen, .. }) = sink.wait_for(|spans| spans.len() > 1, Duration::from_millis(50)).await
    else {
        panic!("there is only one span");
    };
    assert_eq!(seen, "publisher: tick\n");
}
