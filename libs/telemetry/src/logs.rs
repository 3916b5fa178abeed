//! The shape of a log line: one flat JSON object with the ids of the trace it belongs to.
//!
//! `timestamp`, `level`, `target`, `message`, the event's own fields, `service`, `version`, `instance`,
//! and inside a span `trace_id`, `span_id` and `span` with the fields of the innermost one.

use std::io::IsTerminal;

use opentelemetry::trace::{SpanContext, TraceContextExt};
use tracing::Subscriber;
use tracing_subscriber::{
    Layer,
    fmt::{self, MakeWriter, time::SystemTime},
    registry::LookupSpan,
};

use crate::{Config, LogFormat};

/// The layer that writes log lines to `writer` in the configured format.
pub(crate) fn layer<S, W>(config: &Config, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    match config.log_format {
        LogFormat::Json => Box::new(json(config, writer)),
        LogFormat::Pretty => Box::new(pretty(writer)),
    }
}

fn pretty<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    let colours = std::io::stdout().is_terminal();
    fmt::layer().compact().with_timer(SystemTime).with_target(false).with_ansi(colours).with_writer(writer)
}

fn json<S, W>(config: &Config, writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    let mut layer = json_subscriber::JsonLayer::new(writer);
    layer.with_timer("timestamp", SystemTime);
    layer.with_level("level");
    layer.with_target("target");
    layer.with_flattened_event();
    layer.with_current_span("span");
    layer.add_static_field("service", config.service.into());
    layer.add_static_field("version", config.version.into());
    layer.add_static_field("instance", config.instance.as_str().into());
    layer.add_dynamic_field("trace_id", |_, _| current().map(|context| context.trace_id().to_string()));
    layer.add_dynamic_field("span_id", |_, _| current().map(|context| context.span_id().to_string()));
    layer
}

/// The OpenTelemetry span that is entered on this thread. Asking the `tracing` span for it would need
/// the subscriber, which cannot be entered again from inside one of its own layers.
fn current() -> Option<SpanContext> {
    let context = opentelemetry::Context::current();
    let span = context.span();
    Some(span.span_context()).filter(|ids| ids.is_valid()).cloned()
}
