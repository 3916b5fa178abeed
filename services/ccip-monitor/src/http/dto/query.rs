//! Parameters of queries, as text: what they mean is checked by [`crate::app::page`].

use serde::Deserialize;
use utoipa::IntoParams;

use crate::{app::page, error::Error, http::extract::Parameters, ports::Filter};

/// A route without parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NoParameters {}

impl Parameters for NoParameters {
    const EXPECTED: &'static str = "empty: this route has no parameters";
}

/// Which messages; all that is given must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct MessagesQuery {
    /// From this chain (EIP-155).
    #[param(value_type = Option<u64>)]
    source_chain_id: Option<String>,
    /// To this chain (EIP-155).
    #[param(value_type = Option<u64>)]
    destination_chain_id: Option<String>,
    /// `sent`, `delivered`, `executing`, `executed`, `failed` or `expired`.
    status: Option<String>,
    /// From this account, 0x-hex.
    sender: Option<String>,
    /// To this account, 0x-hex.
    receiver: Option<String>,
    /// On the lane of this name.
    lane: Option<String>,
    /// Sent at or after, RFC 3339.
    sent_from: Option<String>,
    /// Sent before, RFC 3339.
    sent_before: Option<String>,
    /// 1 to 500; 50 when absent.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` or `previous_cursor` of a page with the same filters.
    cursor: Option<String>,
}

impl Parameters for MessagesQuery {
    const EXPECTED: &'static str = "source_chain_id, destination_chain_id, status, sender, receiver, lane, sent_from, \
                                    sent_before, limit and cursor, each at most once";
}

impl MessagesQuery {
    pub(in crate::http) fn filter(&self) -> Result<Filter, Error> {
        let text = |value: &Option<String>| value.clone();
        Ok(Filter {
            source_chain: text(&self.source_chain_id).map(|id| page::chain_id("source_chain_id", &id)).transpose()?,
            destination_chain: text(&self.destination_chain_id)
                .map(|id| page::chain_id("destination_chain_id", &id))
                .transpose()?,
            status: self.status.as_deref().map(page::status).transpose()?,
            sender: self.sender.as_deref().map(|text| page::address("sender", text)).transpose()?,
            receiver: self.receiver.as_deref().map(|text| page::account("receiver", text)).transpose()?,
            lane: self.lane.as_deref().map(page::lane).transpose()?,
            sent_from: self.sent_from.as_deref().map(|text| page::time("sent_from", text)).transpose()?,
            sent_before: self.sent_before.as_deref().map(|text| page::time("sent_before", text)).transpose()?,
        })
    }

    pub(in crate::http) fn limit(&self) -> Result<u32, Error> {
        limit(self.limit.as_deref())
    }

    pub(in crate::http) fn cursor(&self) -> &str {
        self.cursor.as_deref().unwrap_or_default()
    }
}

/// A limit that is given is at least 1: zero items are no page.
fn limit(text: Option<&str>) -> Result<u32, Error> {
    let invalid = Error::Invalid { field: "limit", expected: "1 to 500" };
    match text.map(str::parse) {
        None => Ok(0),
        Some(Ok(number)) if number > 0 => Ok(number),
        Some(Ok(_) | Err(_)) => Err(invalid),
    }
}

/// Which findings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct FindingsQuery {
    /// 1 to 500; 50 when absent.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl Parameters for FindingsQuery {
    const EXPECTED: &'static str = "limit and cursor, each at most once";
}

impl FindingsQuery {
    pub(in crate::http) fn limit(&self) -> Result<u32, Error> {
        limit(self.limit.as_deref())
    }

    pub(in crate::http) fn cursor(&self) -> &str {
        self.cursor.as_deref().unwrap_or_default()
    }
}

/// Which window: the last 24 hours when nothing is given.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct StatisticsQuery {
    /// Sends at or after, RFC 3339; 24 hours before the end when absent.
    pub(in crate::http) from: Option<String>,
    /// Sends before, RFC 3339; now when absent.
    pub(in crate::http) before: Option<String>,
}

impl Parameters for StatisticsQuery {
    const EXPECTED: &'static str = "from and before, each at most once";
}

/// Which changes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct EventsQuery {
    /// Only this message.
    pub(in crate::http) message_id: Option<String>,
    /// Only the lane of this name.
    pub(in crate::http) lane: Option<String>,
    /// Changes after this number; the header `Last-Event-ID` counts before it. From now on when both are absent.
    #[param(value_type = Option<u64>)]
    pub(in crate::http) after: Option<String>,
}

impl Parameters for EventsQuery {
    const EXPECTED: &'static str = "message_id, lane and after, each at most once";
}

/// Which report: whole UTC days that end with the last midnight, or between two times.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct ReportQuery {
    /// `day`, `week` or `month` (30 days); `week` when absent.
    pub(in crate::http) window: Option<String>,
    /// Instead of a window: sends at or after, RFC 3339.
    pub(in crate::http) from: Option<String>,
    /// Sends before, RFC 3339; now when absent.
    pub(in crate::http) until: Option<String>,
    /// `json` or `md`; `json` when absent.
    pub(in crate::http) format: Option<String>,
}

impl Parameters for ReportQuery {
    const EXPECTED: &'static str = "window, or from and until, and format, each at most once";
}
