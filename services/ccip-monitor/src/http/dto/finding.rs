//! Findings: what must never be, and was seen.

use serde::Serialize;
use utoipa::ToSchema;

use super::text::{text, time};
use crate::{app::page::FindingPage, ports::FindingView};

/// Something that must never be.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Finding {
    sequence: u64,
    /// For example `id_mismatch`, `duplicate_execution`, `sequence_gap`.
    kind: &'static str,
    chain_id: u64,
    lane: Option<String>,
    message_id: Option<String>,
    /// What tells it from others of its kind.
    subject: String,
    detail: String,
    seen_at: String,
    /// Absent while open.
    closed_at: Option<String>,
}

impl From<&FindingView> for Finding {
    fn from(view: &FindingView) -> Self {
        Self {
            sequence: view.sequence,
            kind: view.kind.as_str(),
            chain_id: view.chain.get(),
            lane: view.lane_name.clone(),
            message_id: text(view.message),
            subject: view.subject.clone(),
            detail: view.detail.clone(),
            seen_at: view.seen_at.to_string(),
            closed_at: time(view.closed_at),
        }
    }
}

/// A page of findings, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Findings {
    findings: Vec<Finding>,
    /// Give it as `cursor` for the next page; absent on the last.
    next_cursor: Option<String>,
}

impl From<FindingPage> for Findings {
    fn from(page: FindingPage) -> Self {
        Self { findings: page.rows.iter().map(Finding::from).collect(), next_cursor: page.next }
    }
}
