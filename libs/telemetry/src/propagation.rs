//! W3C trace context across processes and across time: request headers, and rows of an outbox.
//!
//! A request continues its caller's trace. A row that is handled minutes later does not: its handler
//! starts a trace of its own with a *link* to the one that wrote the row, because a span that stays open
//! for the time between would say nothing about either.

use std::sync::LazyLock;

use causeway_primitives::{MessageId, keccak256};
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::{SpanContext, TraceContextExt},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::{OpenTelemetrySpanExt, SetParentError};

/// Stateless; kept because the trait wants a value.
static W3C: LazyLock<TraceContextPropagator> = LazyLock::new(TraceContextPropagator::new);

/// The header, and the column, that carries a trace context.
pub const TRACEPARENT: &str = "traceparent";

/// Writes the trace context of `span` into the headers of an outgoing request.
///
/// This starts the span for OpenTelemetry: its parent cannot be changed any more.
pub fn inject(span: &Span, headers: &mut HeaderMap) {
    W3C.inject_context(&span.context(), &mut HeaderInjector(headers));
}

/// Makes `span` continue the trace that came with a request, and hands it back.
///
/// Call it with a span that was just made and has not been entered: a span that was started for
/// OpenTelemetry keeps its parent. Headers without a valid context leave the span a root.
pub fn continue_trace(span: Span, headers: &HeaderMap) -> Span {
    let remote = W3C.extract_with_context(&Context::new(), &HeaderExtractor(headers));
    if !remote.span().span_context().is_valid() {
        return span;
    }
    match span.set_parent(remote) {
        // Without the layer, or with the span filtered out, there is no trace to continue.
        Ok(()) | Err(SetParentError::LayerNotFound | SetParentError::SpanDisabled) => {}
        Err(SetParentError::AlreadyStarted) => tracing::error!("span was started before its parent was set"),
    }
    span
}

/// Makes `span` continue the trace that a stored `traceparent` names, and hands it back: for the steps of one piece of
/// business that is carried on from its row, by whichever process. A text that is none leaves the span a root.
///
/// As [`continue_trace`], for a span that was just made and has not been entered.
pub fn continue_stored(span: Span, traceparent: Option<&str>) -> Span {
    let mut headers = HeaderMap::new();
    if let Some(value) = traceparent.and_then(|text| HeaderValue::from_str(text).ok()) {
        headers.insert(TRACEPARENT, value);
    }
    continue_trace(span, &headers)
}

/// The current span's context as a `traceparent` text, to be stored with a row. `None` outside a trace.
pub fn current_traceparent() -> Option<String> {
    let mut headers = HeaderMap::new();
    inject(&Span::current(), &mut headers);
    headers.get(TRACEPARENT).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The current trace's id in 32 hexadecimal digits, for people. `None` outside a trace.
pub fn current_trace_id() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    Some(span.span_context()).filter(|ids| ids.is_valid()).map(|ids| ids.trace_id().to_string())
}

/// The trace of a cross-chain message, as a `traceparent` text. Whoever knows the message's id knows it: what one process sees of
/// it on its source chain and another one on its destination weeks later is one trace, and nothing has to be carried along.
///
/// Ids of an operator's own dialect may be mere counters, so the trace's id is taken from a hash. Its first span has a parent
/// that nobody wrote, which viewers show as a root.
pub fn traceparent_of(message: MessageId) -> String {
    let digits = digits_of(message);
    format!("00-{digits:.32}-{:.16}-01", digits.get(32..).unwrap_or_default())
}

/// The id of the trace that [`traceparent_of`] names, in 32 hexadecimal digits, for people.
pub fn trace_id_of(message: MessageId) -> String {
    format!("{:.32}", digits_of(message))
}

/// 64 of them.
fn digits_of(message: MessageId) -> String {
    format!("{:x}", keccak256([b"causeway.message.trace.1", message.get().as_slice()].concat()))
}

/// Links `span` to the trace that a stored `traceparent` names. A text that is none adds no link.
pub fn link_to(span: &Span, traceparent: &str) {
    if let Some(origin) = parse(traceparent) {
        span.add_link(origin);
    }
}

fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut headers = HeaderMap::new();
    headers.insert(TRACEPARENT, HeaderValue::from_str(traceparent).ok()?);
    let context = W3C.extract_with_context(&Context::new(), &HeaderExtractor(&headers));
    let span = context.span();
    Some(span.span_context()).filter(|ids| ids.is_valid()).cloned()
}

struct HeaderInjector<'a>(&'a mut HeaderMap);

impl Injector for HeaderInjector<'_> {
    /// An empty `tracestate` says nothing, and an unwritable one must not fail a request.
    fn set(&mut self, key: &str, value: String) {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) else { return };
        if !value.is_empty() {
            self.0.insert(name, value);
        }
    }
}

struct HeaderExtractor<'a>(&'a HeaderMap);

impl Extractor for HeaderExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use causeway_primitives::B256;

    use super::*;

    #[test]
    fn ops_8_a_message_s_trace_is_valid_whatever_its_id_and_another_one_for_each() {
        let trace = |id: B256| parse(&traceparent_of(MessageId::new(id))).unwrap();
        let (zero, one) = (trace(B256::ZERO), trace(B256::with_last_byte(1)));
        assert!(zero.is_valid() && zero.is_sampled() && zero.is_remote());
        assert_ne!(zero.trace_id(), one.trace_id());
        assert_eq!(trace_id_of(MessageId::new(B256::ZERO)), zero.trace_id().to_string());
    }
}
