//! Messages as rows of a list.

use super::ladder::{Rung, ladder};
use crate::ports::MessageView;

/// A message in a list.
pub(super) struct Row {
    pub(super) id: String,
    /// Enough of it to tell it from others.
    pub(super) short: String,
    pub(super) lane: String,
    pub(super) status: &'static str,
    pub(super) sent_at: String,
    pub(super) sender: String,
    pub(super) ladder: [Rung; 4],
    /// Seconds from send to execution.
    pub(super) took: Option<u64>,
    pub(super) orphaned: bool,
}

impl From<&MessageView> for Row {
    fn from(view: &MessageView) -> Self {
        let id = view.id.to_string();
        Self {
            short: shortened(&id),
            id,
            lane: view.lane_name.clone(),
            status: view.status.as_str(),
            sent_at: view.sent_at.to_string(),
            sender: shortened(&format!("0x{}", hex::encode(view.sender))),
            ladder: ladder(view),
            took: view.executed_at.map(|at| at.since(view.sent_at).as_secs()),
            orphaned: view.orphaned,
        }
    }
}

/// The beginning and the end of a long hexadecimal text.
pub(super) fn shortened(text: &str) -> String {
    match (text.get(..10), text.len().checked_sub(6).and_then(|start| text.get(start..))) {
        (Some(begin), Some(end)) if text.len() > 20 => format!("{begin}…{end}"),
        _ => text.to_owned(),
    }
}
