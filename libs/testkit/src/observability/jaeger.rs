//! Jaeger with the configuration of `deploy/observability`, given the spans that a sink received, and asked for a trace by
//! the API that its own page uses.

use std::{fs, net::TcpListener, path::Path, time::Duration};

use super::daemon::{Daemon, Error, repository};
use crate::wait;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, trace_service_client::TraceServiceClient,
};
use serde_json::Value;

const NAME: &str = "jaeger";

/// What it was given it knows within a batch.
const KNOWN_WITHIN: Duration = Duration::from_secs(10);

/// A running Jaeger. Dropping it kills the process.
#[derive(Debug)]
pub struct Jaeger {
    _daemon: Daemon,
    query: String,
    otlp: String,
    _folder: tempfile::TempDir,
}

impl Jaeger {
    /// Starts it on free ports.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn start(binary: &Path) -> Result<Self, Error> {
        let committed = repository().join("deploy/observability/jaeger/jaeger.yaml");
        let text = fs::read_to_string(&committed).map_err(Error::start(NAME))?;
        // It does not tell which port it was given for spans, so one is chosen that was free just now.
        let otlp = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).map_err(Error::start(NAME))?;
        let text = ["0.0.0.0:16686", "0.0.0.0:16685", "0.0.0.0:13133"]
            .iter()
            .fold(text, |text, port| text.replace(port, "127.0.0.1:0"))
            .replace("0.0.0.0:4317", &otlp.to_string());
        let folder = tempfile::tempdir().map_err(Error::start(NAME))?;
        let file = folder.path().join("jaeger.yaml");
        fs::write(&file, text).map_err(Error::start(NAME))?;
        let arguments = [format!("--config=file:{}", file.display())];
        let mut query = None;
        let ready = |line: &str| {
            query = query.take().or_else(|| query_address(line));
            // Spans are taken last of all.
            if line.contains("Everything is ready") { query.clone() } else { None }
        };
        let (daemon, query) = Daemon::start(NAME, binary, &arguments, ready).await?;
        let (query, otlp) = (format!("http://{query}"), format!("http://{otlp}"));
        Ok(Self { _daemon: daemon, query, otlp, _folder: folder })
    }

    /// Hands over spans as they came on the wire.
    pub(crate) async fn take(&self, spans: ExportTraceServiceRequest) -> Result<(), Error> {
        let mut client = TraceServiceClient::connect(self.otlp.clone()).await?;
        client.export(spans).await.map(drop).map_err(Error::Spans)
    }

    /// The names of a trace's spans, once it knows `least` of them.
    ///
    /// # Errors
    /// [`Error::NoTrace`] when it does not within some seconds.
    pub async fn names_of(&self, trace_id: &str, least: usize) -> Result<Vec<String>, Error> {
        let url = format!("{}/api/v3/traces/{trace_id}", self.query);
        let http = reqwest::Client::builder().no_proxy().build()?;
        let known = async || {
            // It answers 404 until it knows the trace.
            let names = names(&ask(&http, &url).await.map_err(|error| error.to_string())?);
            if names.len() >= least { Ok(names) } else { Err(format!("{names:?}")) }
        };
        wait::comes(KNOWN_WITHIN, known).await.map_err(|instead| Error::NoTrace(format!("{trace_id}: {instead}")))
    }
}

async fn ask(http: &reqwest::Client, url: &str) -> Result<Value, reqwest::Error> {
    http.get(url).send().await?.error_for_status()?.json().await
}

/// The names in OTLP JSON, wrapped once more by the gateway of its gRPC.
fn names(answer: &Value) -> Vec<String> {
    let groups = answer.pointer("/result/resourceSpans").and_then(Value::as_array).into_iter().flatten();
    let scopes = groups.filter_map(|group| group.get("scopeSpans")?.as_array()).flatten();
    let spans = scopes.filter_map(|scope| scope.get("spans")?.as_array()).flatten();
    spans.filter_map(|span| Some(span.get("name")?.as_str()?.to_owned())).collect()
}

/// `… Query server started {…, "http_addr": "127.0.0.1:34567", …}`.
fn query_address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("Query server started")?;
    let (_, address) = rest.split_once("\"http_addr\": \"")?;
    address.split('"').next().map(str::to_owned)
}
