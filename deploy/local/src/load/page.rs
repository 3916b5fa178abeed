//! The service's metrics page, read as a scraper reads it.

use std::{net::SocketAddr, time::Duration};

use reqwest::Client;

/// A page of a thousand feeds has some megabytes.
const PAGE_WITHIN: Duration = Duration::from_secs(10);

/// One reading of the page.
#[derive(Debug)]
pub(super) struct Page(String);

pub(super) fn client() -> anyhow::Result<Client> {
    Ok(Client::builder().timeout(PAGE_WITHIN).build()?)
}

impl Page {
    pub(super) async fn read(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self(client()?.get(format!("http://{address}/metrics")).send().await?.error_for_status()?.text().await?))
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }

    /// The sum over all labels of a counter.
    pub(super) fn sum(&self, name: &str) -> u64 {
        self.values(name).filter_map(|(_, value)| value.parse::<u64>().ok()).fold(0, u64::saturating_add)
    }

    /// The lines of one metric as they stand.
    pub(super) fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.lines().filter(move |line| line.starts_with(name))
    }

    /// The bound of the bucket of a histogram below which so many percent of its observations are.
    pub(super) fn bucket(&self, name: &str, percent: u64) -> Option<String> {
        let buckets = format!("{name}_bucket");
        let wanted = self.sum(&format!("{name}_count")).saturating_mul(percent);
        self.values(&buckets)
            .filter_map(|(labels, value)| Some((labels.split("le=\"").nth(1)?.split('"').next()?, value)))
            .find(|(_, value)| value.parse::<u64>().is_ok_and(|count| count.saturating_mul(100) >= wanted))
            .map(|(bound, _)| bound.to_owned())
    }

    /// The lines of one metric as labels and value; exemplars are cut off.
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.lines().filter_map(move |line| {
            let rest = line.strip_prefix(name)?;
            let (labels, rest) = match rest.strip_prefix('{') {
                Some(rest) => rest.split_once("} ")?,
                None => ("", rest.strip_prefix(' ')?),
            };
            Some((labels, rest.split(' ').next()?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_counters_and_the_buckets_of_a_histogram_behind_their_examples() {
        let page = Page(
            "# TYPE ticks counter\nticks_total{source=\"a\"} 3\nticks_total{source=\"b\"} 4\nticks_total_other 9\n\
             span_bucket{le=\"0.01\"} 98 # {trace_id=\"77\"} 0.004\nspan_bucket{le=\"0.05\"} 99\n\
             span_bucket{le=\"+Inf\"} 100\nspan_count 100\n"
                .to_owned(),
        );
        assert_eq!(page.sum("ticks_total"), 7);
        assert_eq!(page.bucket("span", 50).as_deref(), Some("0.01"));
        assert_eq!(page.bucket("span", 99).as_deref(), Some("0.05"));
        assert_eq!(page.bucket("span", 100).as_deref(), Some("+Inf"));
        assert_eq!(page.bucket("missing", 99), None);
    }
}
