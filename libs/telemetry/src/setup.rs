//! Start and end: from a configuration to a subscriber, and from a handle to a flushed exporter.
//!
//! Measured traps that shaped this file: the batch processor exports from its own thread and needs the
//! gRPC exporter, built inside the Tokio runtime (the asynchronous HTTP one kills that thread silently);
//! shutting down blocks, up to the whole bound when the collector swallows data, so it runs on the
//! blocking pool and the caller counts the bound into its own grace period.

use std::{io, time::Duration};

use opentelemetry::{KeyValue, trace::TracerProvider};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkError,
    resource::TelemetryResourceDetector,
    trace::{Sampler, SdkTracerProvider},
};
use tracing::{Dispatch, level_filters::LevelFilter};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{ParseError, Targets},
    fmt::MakeWriter,
    layer::SubscriberExt,
};

use crate::{Config, file, logs};

/// How long one batch may take on the wire before it is dropped.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// What the blocking shutdown may exceed its own bound by before we stop waiting for it.
const SHUTDOWN_MARGIN: Duration = Duration::from_millis(500);

/// The crates that carry spans to the collector: their own spans would feed on themselves.
const TRANSPORT_CRATES: [&str; 6] = ["h2", "hyper", "hyper_util", "opentelemetry", "tonic", "tower"];

/// Why telemetry did not start or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log filter is no list of directives.
    #[error("bad log filter `{filter}`: expected directives such as `info` or `info,sqlx=warn`")]
    Filter {
        /// As configured.
        filter: String,
        /// What is wrong with it.
        #[source]
        source: ParseError,
    },
    /// The collector's endpoint is no URL, or the exporter could not be built.
    #[error("could not set up the trace exporter")]
    Exporter(#[source] ExporterBuildError),
    /// The folder for log files cannot be used.
    #[error("could not write log files into {}", folder.display())]
    Files {
        /// The folder.
        folder: std::path::PathBuf,
        /// Why.
        #[source]
        source: tracing_appender::rolling::InitError,
    },
    /// The process already has a subscriber: telemetry is started once.
    #[error("telemetry was already started in this process")]
    AlreadyStarted,
    /// The collector did not take the last spans within the bound. They are lost; nothing else is.
    #[error("could not deliver the last spans")]
    Flush(#[source] OTelSdkError),
    /// The flush did not even return within the bound.
    #[error("could not deliver the last spans within {} ms", bound.as_millis())]
    FlushTimeout {
        /// The bound.
        bound: Duration,
    },
}

/// What a process holds while telemetry runs, and gives back at its end.
#[derive(Debug)]
#[must_use = "the last spans are lost unless the handle is shut down"]
pub struct Handle {
    provider: SdkTracerProvider,
    /// Writes what is left when it is dropped.
    files: Option<WorkerGuard>,
}

impl Handle {
    /// Delivers what is queued and stops, within `bound`. Later spans are dropped.
    ///
    /// # Errors
    /// [`Error::Flush`] or [`Error::FlushTimeout`] when the collector could not be reached in time.
    pub async fn shutdown(self, bound: Duration) -> Result<(), Error> {
        let Self { provider, files } = self;
        drop(files);
        let flush = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(bound));
        match tokio::time::timeout(bound.saturating_add(SHUTDOWN_MARGIN), flush).await {
            Ok(Ok(outcome)) => outcome.map_err(Error::Flush),
            Ok(Err(_)) | Err(_) => Err(Error::FlushTimeout { bound }),
        }
    }
}

/// Starts telemetry for this process: logs on standard output, spans to the collector.
///
/// Must be called inside a Tokio runtime when a collector is configured.
///
/// # Errors
/// [`Error`] when the filter or the endpoint is unusable, or when telemetry runs already.
pub fn init(config: &Config) -> Result<Handle, Error> {
    let (dispatch, handle) = build(config, io::stdout)?;
    tracing::dispatcher::set_global_default(dispatch).map_err(|_| Error::AlreadyStarted)?;
    Ok(handle)
}

/// Builds what [`init`] installs, with log lines going to `writer`: for tests, which set it for a scope.
///
/// # Errors
/// [`Error`] when the filter or the endpoint is unusable.
pub fn build<W>(config: &Config, writer: W) -> Result<(Dispatch, Handle), Error>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let log_filter = parse_filter(&config.log_filter)?;
    let provider = provider(config)?;
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(config.service))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false);
    let (to_files, files) = config.file.as_ref().map(file::writer).transpose()?.unzip();
    let to_files = to_files.map(|writer| logs::layer(config, writer));
    let lines = vec![Some(logs::layer(config, writer)), to_files, config.tap.clone().map(Layer::boxed)];
    let subscriber = tracing_subscriber::registry()
        .with(spans.with_filter(span_filter()))
        .with(lines.into_iter().flatten().collect::<Vec<_>>().with_filter(log_filter));
    Ok((Dispatch::new(subscriber), Handle { provider, files }))
}

/// Whether [`Config::log_filter`] would be accepted: for configurations, which are checked before the start.
///
/// # Errors
/// [`Error::Filter`] when it is no list of directives.
pub fn check_filter(filter: &str) -> Result<(), Error> {
    parse_filter(filter).map(|_| ())
}

fn parse_filter(filter: &str) -> Result<EnvFilter, Error> {
    EnvFilter::builder().parse(filter).map_err(|source| Error::Filter { filter: filter.to_owned(), source })
}

fn provider(config: &Config) -> Result<SdkTracerProvider, Error> {
    let resource = Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_service_name(config.service)
        .with_attribute(KeyValue::new("service.version", config.version))
        .with_attribute(KeyValue::new("service.instance.id", config.instance.clone()))
        .build();
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.sample_ratio.get())));
    let builder = SdkTracerProvider::builder().with_resource(resource).with_sampler(sampler);
    let Some(endpoint) = &config.otlp_endpoint else {
        return Ok(builder.build());
    };
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_TIMEOUT)
        .build()
        .map_err(Error::Exporter)?;
    Ok(builder.with_batch_exporter(exporter).build())
}

/// Spans are kept apart from the log filter: a quiet log must not tear holes into traces.
fn span_filter() -> Targets {
    let silent = TRANSPORT_CRATES.into_iter().map(|name| (name, LevelFilter::OFF));
    Targets::new().with_default(LevelFilter::INFO).with_targets(silent)
}
