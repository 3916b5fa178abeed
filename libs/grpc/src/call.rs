//! One call seen from one end: its span and its duration, from the first byte to the status.
//!
//! The status of a call can stand in the headers of its answer, in the trailers behind its last message,
//! or nowhere, when the caller goes away or a deadline cuts the handler. All three end here, once. Names
//! follow the OpenTelemetry conventions 1.42.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Instant;
use tonic::{Status, body::Body};
use tracing::{Span, field::Empty};

use crate::{
    Deadline, Metrics,
    metrics::Side,
    status::{of_stream, wire_name},
};

/// A caller's timer and ours run out at the same moment, and its reset may overtake our answer: a call
/// that is dropped this close to its deadline was not cancelled but late.
const SIMULTANEOUS: Duration = Duration::from_millis(10);

/// A call under way. Dropping it before its status is known records that nobody waited for it.
#[derive(Debug)]
pub(crate) struct Call {
    side: Side,
    method: String,
    span: Span,
    started: Instant,
    deadline: Option<Deadline>,
    metrics: Metrics,
    finished: bool,
}

impl Call {
    pub(crate) fn begin(side: Side, method: &str, deadline: Option<Deadline>, metrics: Metrics) -> Self {
        let kind = match side {
            Side::Server => "server",
            Side::Client => "client",
        };
        let span = tracing::info_span!(
            "rpc",
            otel.name = method,
            otel.kind = kind,
            otel.status_code = Empty,
            rpc.system.name = "grpc",
            rpc.method = method,
            rpc.response.status_code = Empty,
            error.type = Empty,
        );
        let (method, started) = (method.to_owned(), Instant::now());
        Self { side, method, span, started, deadline, metrics, finished: false }
    }

    /// Replaces the span by one that continues a trace.
    pub(crate) fn map_span(mut self, change: impl FnOnce(Span) -> Span) -> Self {
        self.span = change(std::mem::replace(&mut self.span, Span::none()));
        self
    }

    pub(crate) const fn span(&self) -> &Span {
        &self.span
    }

    /// Follows an answer to its status.
    pub(crate) fn follow(mut self, response: Response<Body>) -> Response<Body> {
        if let Some(code) = code_in(response.headers()) {
            self.finish(code);
            return response;
        }
        if response.body().is_end_stream() {
            self.finish(tonic::Code::Unknown);
            return response;
        }
        response.map(|inner| Body::new(FollowedBody { inner, call: self }))
    }

    pub(crate) fn finish(&mut self, code: tonic::Code) {
        if self.finished {
            return;
        }
        self.finished = true;
        let name = wire_name(code);
        self.span.record("rpc.response.status_code", name);
        if is_fault(self.side, code) {
            self.span.record("otel.status_code", "ERROR");
            self.span.record("error.type", name);
        }
        self.span.in_scope(|| self.metrics.observe(self.side, &self.method, code, self.started.elapsed()));
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let late = self.deadline.is_some_and(|deadline| deadline.remaining() <= SIMULTANEOUS);
        self.finish(if late { tonic::Code::DeadlineExceeded } else { tonic::Code::Cancelled });
    }
}

/// For a client every failure is one. A server has failed only where it is to blame: a caller that asks
/// for what does not exist is no fault of the server.
const fn is_fault(side: Side, code: tonic::Code) -> bool {
    match code {
        tonic::Code::Ok => false,
        tonic::Code::Unknown
        | tonic::Code::DeadlineExceeded
        | tonic::Code::Unimplemented
        | tonic::Code::Internal
        | tonic::Code::Unavailable
        | tonic::Code::DataLoss => true,
        tonic::Code::Cancelled
        | tonic::Code::InvalidArgument
        | tonic::Code::NotFound
        | tonic::Code::AlreadyExists
        | tonic::Code::PermissionDenied
        | tonic::Code::ResourceExhausted
        | tonic::Code::FailedPrecondition
        | tonic::Code::Aborted
        | tonic::Code::OutOfRange
        | tonic::Code::Unauthenticated => matches!(side, Side::Client),
    }
}

fn code_in(headers: &HeaderMap) -> Option<tonic::Code> {
    headers.get("grpc-status").map(|value| tonic::Code::from_bytes(value.as_bytes()))
}

/// A body that reports the status in its trailers, or the lack of one.
struct FollowedBody {
    inner: Body,
    call: Call,
}

impl HttpBody for FollowedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let polled = this.call.span.in_scope(|| Pin::new(&mut this.inner).poll_frame(context));
        let frame = match ready!(polled) {
            Some(Ok(frame)) => frame,
            Some(Err(status)) => {
                let status = of_stream(status);
                this.call.finish(status.code());
                return Poll::Ready(Some(Err(status)));
            }
            None => {
                this.call.finish(tonic::Code::Unknown);
                return Poll::Ready(None);
            }
        };
        if let Some(trailers) = frame.trailers_ref() {
            this.call.finish(code_in(trailers).unwrap_or(tonic::Code::Unknown));
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use causeway_telemetry::metrics::{Registry, encode};

    use super::*;

    /// What is counted when a call with 50 ms to live is dropped after `lived`.
    async fn counted_after(lived: Duration) -> String {
        let mut registry = Registry::default();
        let deadline = Some(Deadline::after(Duration::from_millis(50)));
        let call = Call::begin(Side::Server, "a.Service/Get", deadline, Metrics::register(&mut registry));
        tokio::time::advance(lived).await;
        drop(call);
        encode(&registry).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_dropped_at_its_deadline_was_late_and_before_it_cancelled() {
        for (lived, code) in [(0, "CANCELLED"), (39, "CANCELLED"), (41, "DEADLINE_EXCEEDED"), (60, "DEADLINE_EXCEEDED")]
        {
            let page = counted_after(Duration::from_millis(lived)).await;
            assert!(page.contains(&format!("_count{{method=\"a.Service/Get\",code=\"{code}\"}} 1")), "{lived}: {page}");
        }
    }
}
