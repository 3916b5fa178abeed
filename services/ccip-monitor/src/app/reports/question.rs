//! The question: which window, and who may use which lane.

use std::collections::BTreeMap;

use causeway_primitives::{Bytes, Timestamp};

use super::ReportDocument;
use crate::{
    app::{lanes::LaneBook, page, reason},
    domain::report::{Allowed, Span, Window, build},
    error::Error,
    ports::Reports,
};

/// What the operators said about who may use which lane, by the lane's name.
#[derive(Debug, Clone, Default)]
pub struct Policy(BTreeMap<String, Allowed>);

impl Policy {
    /// As the operators listed their lanes.
    pub fn new(lanes: &LaneBook) -> Self {
        let allowed = lanes.lanes.values().map(|lane| {
            let senders = lane.senders.iter().map(|sender| Bytes::copy_from_slice(sender.as_slice())).collect();
            (lane.name.to_string(), Allowed { senders, receivers: lane.receivers.clone() })
        });
        Self(allowed.collect())
    }
}

/// The window that is asked for: between two times, or the whole days of a span that end with the last midnight. An end
/// that is not given is now.
///
/// # Errors
/// [`Error::Invalid`] for an end without a beginning, or a window that is empty or longer than 366 days.
pub fn window(span: Span, from: Option<Timestamp>, until: Option<Timestamp>, now: Timestamp) -> Result<Window, Error> {
    match (from, until) {
        (None, None) => Ok(Window::ending_before(now, span)),
        (Some(from), until) => page::window("until", from, until.unwrap_or(now)),
        (None, Some(_)) => Err(Error::Invalid { field: "from", expected: "given when `until` is" }),
    }
}

/// Everything that a window says.
///
/// # Errors
/// [`Error::Store`].
pub async fn report(reports: &dyn Reports, policy: &Policy, window: Window) -> Result<ReportDocument, Error> {
    let rows = reports.read_report_rows(window).await?;
    Ok(ReportDocument::from(&build(window, &rows, &policy.0, &reason::cause)))
}
