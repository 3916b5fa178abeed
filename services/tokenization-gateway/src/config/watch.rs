//! When to speak up, and for how long what is kept for others is kept: raw numbers → spans.

use std::time::Duration;

use causeway_runtime::config::Validator;

use super::{raw, settings::Keeping};
use crate::app::Limits;

/// Callers are promised a day.
const KEYS_AT_LEAST_HOURS: u64 = 24;

/// Nobody waits for anything longer than a year.
const HOURS_AT_MOST: u64 = 24 * 366;

pub(super) fn alerts(raw: &raw::Alerts, validator: &mut Validator<'_>) -> Limits {
    Limits {
        stuck: validator.positive_ms("alerts.stuck_ms", raw.stuck_ms),
        crossing: validator.positive_ms("alerts.crossing_ms", raw.crossing_ms),
        undoing: validator.positive_ms("alerts.undoing_ms", raw.undoing_ms),
        missing: validator.positive_ms("alerts.missing_ms", raw.missing_ms),
        held: validator.positive_ms("alerts.held_ms", raw.held_ms),
        approval: validator.positive_ms("alerts.approval_ms", raw.approval_ms),
        answers: validator.positive_ms("alerts.answers_ms", raw.answers_ms),
        updates_left: raw.updates_left,
        refusals: raw.refusals,
    }
}

pub(super) fn keeping(raw: &raw::Keeping, validator: &mut Validator<'_>) -> Keeping {
    let hours = |hours: u64| Duration::from_secs(hours.saturating_mul(3_600));
    let keys = validator.within("keeping.keys_hours", raw.keys_hours, KEYS_AT_LEAST_HOURS..=HOURS_AT_MOST);
    let delivered = validator.within("keeping.delivered_hours", raw.delivered_hours, 1..=HOURS_AT_MOST);
    Keeping { keys: hours(keys), delivered: hours(delivered) }
}
