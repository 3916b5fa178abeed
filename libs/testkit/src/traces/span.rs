//! A span as tests look at it.

use std::{collections::BTreeMap, fmt::Write as _};

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, any_value::Value},
    trace::v1::{ResourceSpans, status::StatusCode},
};

/// Deeper than any trace of ours; a cycle in bad data must not hang a test.
const MOST_LEVELS: usize = 64;

/// One exported span; ids are lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// 32 digits.
    pub trace_id: String,
    /// 16 digits.
    pub span_id: String,
    /// `None` for the root of a trace.
    pub parent_id: Option<String>,
    /// As exported.
    pub name: String,
    /// The resource's `service.name`.
    pub service: String,
    /// `client`, `server`, `producer`, `consumer` or `internal`.
    pub kind: &'static str,
    /// Whether the status is an error.
    pub failed: bool,
    /// Other traces that this one has to do with.
    pub links: Vec<Link>,
    /// All values as text.
    pub attributes: BTreeMap<String, String>,
    /// When it began, in nanoseconds since 1970.
    pub started_nanos: u64,
}

/// Points from a span to one of another trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// 32 digits.
    pub trace_id: String,
    /// 16 digits.
    pub span_id: String,
}

impl Span {
    /// The spans right below this one, in the order in which they began.
    pub fn children<'a>(&self, spans: &'a [Self]) -> Vec<&'a Self> {
        let mut children: Vec<_> = spans
            .iter()
            .filter(|span| span.trace_id == self.trace_id && span.parent_id.as_deref() == Some(&self.span_id))
            .collect();
        children.sort_by_key(|span| span.started_nanos);
        children
    }

    /// The span right above this one, where it was exported.
    pub fn parent<'a>(&self, spans: &'a [Self]) -> Option<&'a Self> {
        let id = self.parent_id.as_deref()?;
        spans.iter().find(|span| span.trace_id == self.trace_id && span.span_id == id)
    }

    /// Whether one of the links points to `other`.
    pub fn links_to(&self, other: &Self) -> bool {
        self.links.iter().any(|link| link.trace_id == other.trace_id && link.span_id == other.span_id)
    }
}

/// All traces as indented lines, `service: name` each, for the message of a failed test. Spans whose parent
/// was not exported stand at the margin.
pub fn tree(spans: &[Span]) -> String {
    let mut roots: Vec<_> = spans.iter().filter(|span| span.parent(spans).is_none()).collect();
    roots.sort_by_key(|span| span.started_nanos);
    let mut text = String::new();
    for root in roots {
        branch(root, spans, 0, &mut text);
    }
    text
}

fn branch(span: &Span, spans: &[Span], level: usize, text: &mut String) {
    let failed = if span.failed { " (error)" } else { "" };
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{:width$}{}: {}{failed}", "", span.service, span.name, width = 2 * level);
    if level < MOST_LEVELS {
        for child in span.children(spans) {
            branch(child, spans, level.saturating_add(1), text);
        }
    }
}

/// Every span of an export.
pub(super) fn read(exported: &[ResourceSpans]) -> Vec<Span> {
    let mut spans = Vec::new();
    for group in exported {
        let resource = attributes(group.resource.iter().flat_map(|resource| &resource.attributes));
        let service = resource.get("service.name").cloned().unwrap_or_default();
        for span in group.scope_spans.iter().flat_map(|scope| &scope.spans) {
            spans.push(Span {
                trace_id: hex(&span.trace_id),
                span_id: hex(&span.span_id),
                parent_id: Some(hex(&span.parent_span_id)).filter(|id| !id.is_empty()),
                name: span.name.clone(),
                service: service.clone(),
                kind: kind(span.kind),
                failed: span.status.as_ref().is_some_and(|status| status.code == i32::from(StatusCode::Error)),
                links: span
                    .links
                    .iter()
                    .map(|link| Link { trace_id: hex(&link.trace_id), span_id: hex(&link.span_id) })
                    .collect(),
                attributes: attributes(&span.attributes),
                started_nanos: span.start_time_unix_nano,
            });
        }
    }
    spans
}

fn kind(number: i32) -> &'static str {
    use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
    match SpanKind::try_from(number) {
        Ok(SpanKind::Server) => "server",
        Ok(SpanKind::Client) => "client",
        Ok(SpanKind::Producer) => "producer",
        Ok(SpanKind::Consumer) => "consumer",
        Ok(SpanKind::Internal | SpanKind::Unspecified) | Err(_) => "internal",
    }
}

fn attributes<'a>(pairs: impl IntoIterator<Item = &'a KeyValue>) -> BTreeMap<String, String> {
    pairs.into_iter().map(|pair| (pair.key.clone(), text(pair.value.as_ref()))).collect()
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        None => String::new(),
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::BoolValue(value)) => value.to_string(),
        Some(Value::IntValue(value)) => value.to_string(),
        Some(Value::DoubleValue(value)) => value.to_string(),
        Some(other) => format!("{other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
