//! A service's counters from its `/metrics` page: what it answers over gRPC, but for what operators, probes and open streams
//! ask of it.

use std::time::Duration;

use reqwest::{Client, redirect::Policy};

use crate::domain::{figures::scaled, golden::Counts};

/// What every service here counts its answers by.
const NAME: &str = "rpc_server_call_duration_seconds_";
/// The longest page that is read.
const LONGEST: usize = 4 * 1_024 * 1_024;
/// Codes with which a service fails; with the others, who asks is told something.
const FAILURES: [&str; 5] = ["UNKNOWN", "DEADLINE_EXCEEDED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"];
/// Microseconds of a second, as places behind the point.
const MICROS: u32 = 6;

/// Why there are no counters.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client could not be made.
    #[error("the client could not be made")]
    Client(#[source] reqwest::Error),
    /// The page did not come.
    #[error("the page did not come")]
    Unreachable(#[source] reqwest::Error),
    /// It is longer than any page of ours.
    #[error("the page is longer than 4 MiB")]
    TooLong,
}

/// Reads such pages.
#[derive(Debug, Clone)]
pub struct Reader(Client);

impl Reader {
    /// With so much time for a page.
    ///
    /// # Errors
    /// [`Error::Client`].
    pub fn new(timeout: Duration) -> Result<Self, Error> {
        let client = Client::builder().no_proxy().timeout(timeout).redirect(Policy::none()).build();
        client.map(Self).map_err(Error::Client)
    }

    /// The counters now.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn read(&self, address: &str) -> Result<Counts, Error> {
        let answer = self.0.get(address).send().await.and_then(reqwest::Response::error_for_status);
        let mut answer = answer.map_err(Error::Unreachable)?;
        let mut page = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(Error::Unreachable)? {
            if page.len().saturating_add(part.len()) > LONGEST {
                return Err(Error::TooLong);
            }
            page.extend_from_slice(&part);
        }
        Ok(counts(&String::from_utf8_lossy(&page)))
    }
}

fn counts(page: &str) -> Counts {
    let mut counts = Counts::default();
    for line in page.lines() {
        let sample = line.strip_prefix(NAME).and_then(|rest| rest.split_once('{'));
        let Some((kind, rest)) = sample else { continue };
        // An exemplar may follow behind a `#`.
        let Some((labels, value)) = rest.split_once("} ") else { continue };
        let Some(value) = value.split_whitespace().next().and_then(|value| value.parse::<u64>().ok()) else { continue };
        let method = label(labels, "method");
        if method.starts_with("causeway.ops.") || method.starts_with("grpc.") || method.contains("/Watch") {
            continue;
        }
        match kind {
            "count" => {
                counts.calls = counts.calls.saturating_add(value);
                if FAILURES.contains(&label(labels, "code")) {
                    counts.failed = counts.failed.saturating_add(value);
                }
            }
            "bucket" => {
                let bound = scaled(label(labels, "le"), MICROS).and_then(|bound| u64::try_from(bound).ok());
                if let Some(bound) = bound {
                    let here = counts.within.entry(bound).or_default();
                    *here = here.saturating_add(value);
                }
            }
            _ => {}
        }
    }
    counts
}

/// The value of a label; empty for none. Ours hold no quotes.
fn label<'a>(labels: &'a str, name: &str) -> &'a str {
    let value = labels.split(',').find_map(|label| label.strip_prefix(name)?.strip_prefix("=\""));
    value.and_then(|value| value.strip_suffix('"')).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_1_counters_are_read_as_our_services_write_them() {
        let page = r#"# TYPE rpc_server_call_duration_seconds histogram
rpc_server_call_duration_seconds_sum{method="causeway.ccip.v1.CcipService/GetMessage",code="OK"} 0.5
rpc_server_call_duration_seconds_count{method="causeway.ccip.v1.CcipService/GetMessage",code="OK"} 7
rpc_server_call_duration_seconds_bucket{method="causeway.ccip.v1.CcipService/GetMessage",code="OK",le="0.005"} 5 # {trace_id="ab"} 0.004
rpc_server_call_duration_seconds_bucket{method="causeway.ccip.v1.CcipService/GetMessage",code="OK",le="+Inf"} 7
rpc_server_call_duration_seconds_count{method="causeway.ccip.v1.CcipService/GetMessage",code="INTERNAL"} 2
rpc_server_call_duration_seconds_count{method="causeway.ops.v1.OpsService/GetStatus",code="OK"} 900
rpc_server_call_duration_seconds_count{method="causeway.ccip.v1.CcipService/WatchMessages",code="OK"} 9
rpc_server_call_duration_seconds_count{garbage
"#;
        assert_eq!(counts(page), Counts { calls: 9, failed: 2, within: [(5_000, 5)].into() });
    }
}
