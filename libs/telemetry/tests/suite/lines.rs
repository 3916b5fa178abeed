//! Log lines as an operator reads them.

use std::{
    io,
    sync::{Arc, Mutex},
};

use causeway_telemetry::{Config, LogFormat, SampleRatio, build, metrics, propagation};
use http::HeaderMap;
use secrecy::SecretString;
use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Collects what would go to standard output.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn json(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self::Writer {
        self.clone()
    }
}

fn config(log_format: LogFormat, log_filter: &str) -> Config {
    Config {
        service: "oracle-publisher",
        version: "1.2.3",
        instance: "pod-0".to_owned(),
        log_format,
        log_filter: log_filter.to_owned(),
        otlp_endpoint: None,
        file: None,
        tap: None,
        sample_ratio: SampleRatio::ALL,
    }
}

/// Runs `body` with telemetry in the given shape and returns what was written.
fn lines_of(log_format: LogFormat, log_filter: &str, body: impl FnOnce()) -> Lines {
    let lines = Lines::default();
    let (dispatch, _handle) = build(&config(log_format, log_filter), lines.clone()).unwrap();
    tracing::dispatcher::with_default(&dispatch, body);
    lines
}

fn caller() -> HeaderMap {
    HeaderMap::from_iter([(propagation::TRACEPARENT.parse().unwrap(), TRACEPARENT.parse().unwrap())])
}

#[test]
fn a_line_inside_a_span_carries_its_trace_without_any_collector() {
    let lines = lines_of(LogFormat::Json, "info", || {
        let span = propagation::continue_trace(tracing::info_span!("round", feed_id = "eth-usd"), &caller());
        let _entered = span.enter();
        tracing::info!(sources = 5, "round decided");
    });
    let line = &lines.json()[0];
    assert_eq!(line["trace_id"], TRACE_ID);
    assert_eq!(line["span_id"].as_str().unwrap().len(), 16);
    assert_ne!(line["span_id"], "00f067aa0ba902b7", "the line belongs to our span, not to the caller's");
    assert_eq!(line["message"], "round decided");
    assert_eq!(line["sources"], 5);
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["service"], "oracle-publisher");
    assert_eq!(line["instance"], "pod-0");
    assert_eq!(line["span"]["feed_id"], "eth-usd");
}

#[test]
fn a_line_outside_a_span_has_no_trace() {
    let lines = lines_of(LogFormat::Json, "info", || tracing::info!("started"));
    let line = &lines.json()[0];
    assert_eq!(line.get("trace_id"), None, "{line}");
    assert_eq!(line["message"], "started");
}

#[test]
fn a_quiet_log_filter_keeps_the_trace_of_what_is_still_logged() {
    let lines = lines_of(LogFormat::Json, "warn", || {
        let span = propagation::continue_trace(tracing::info_span!("round"), &caller());
        let _entered = span.enter();
        tracing::info!("not shown");
        tracing::warn!("shown");
    });
    assert_eq!(lines.json().len(), 1);
    assert_eq!(lines.json()[0]["trace_id"], TRACE_ID);
}

#[test]
fn ora_12_a_secret_in_a_field_never_prints() {
    let secret = SecretString::from("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    for format in [LogFormat::Json, LogFormat::Pretty] {
        let lines = lines_of(format, "trace", || {
            let span = tracing::info_span!("sign", key = ?secret);
            let _entered = span.enter();
            tracing::info!(key = ?secret, "signed");
            tracing::info!(keys = ?vec![Some(&secret)], "signed again");
        });
        let text = lines.text();
        assert!(text.contains("signed again") && text.contains("REDACTED"), "{text}");
        assert!(!text.contains("ac0974be"), "{text}");
    }
}

#[test]
fn lines_for_people_are_no_json() {
    let lines = lines_of(LogFormat::Pretty, "info", || tracing::info!(feed_id = "eth-usd", "round decided"));
    assert!(lines.text().contains("round decided feed_id=\"eth-usd\""), "{}", lines.text());
}

#[test]
fn a_traceparent_for_a_row_names_the_span_that_wrote_it() {
    lines_of(LogFormat::Json, "info", || {
        assert_eq!(propagation::current_traceparent(), None);
        let span = propagation::continue_trace(tracing::info_span!("commit"), &caller());
        let _entered = span.enter();
        let stored = propagation::current_traceparent().unwrap();
        assert!(stored.starts_with(&format!("00-{TRACE_ID}-")) && stored.ends_with("-01"), "{stored}");
        assert_eq!(propagation::current_trace_id().unwrap(), TRACE_ID);
    });
}

#[test]
fn what_is_carried_on_from_a_row_belongs_to_the_trace_that_wrote_it() {
    lines_of(LogFormat::Json, "info", || {
        let trace_of = |stored| {
            let span = propagation::continue_stored(tracing::info_span!("step"), stored);
            span.in_scope(|| propagation::current_trace_id().unwrap())
        };
        assert_eq!(trace_of(Some(TRACEPARENT)), TRACE_ID);
        for none in [None, Some("not a traceparent"), Some("\n")] {
            assert_ne!(trace_of(none), TRACE_ID, "{none:?}: a trace of its own");
        }
    });
}

#[test]
fn a_latency_remembers_the_trace_that_caused_it() {
    let latency = metrics::Latency::default();
    let mut registry = metrics::Registry::default();
    registry.register("call_duration_seconds", "How long calls took", latency.clone());
    lines_of(LogFormat::Json, "info", || {
        let span = propagation::continue_trace(tracing::info_span!("call"), &caller());
        span.in_scope(|| latency.observe(std::time::Duration::from_millis(3)));
    });
    let page = metrics::encode(&registry).unwrap();
    assert!(page.contains(&format!("# {{trace_id=\"{TRACE_ID}\"}} 0.003")), "{page}");
}

#[test]
fn a_bad_filter_stops_the_start_and_names_itself() {
    let error = build(&config(LogFormat::Json, "info,=="), Lines::default()).unwrap_err();
    assert!(error.to_string().contains("bad log filter `info,==`"), "{error}");
}
