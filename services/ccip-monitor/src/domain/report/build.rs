//! Rows → report.

use std::collections::BTreeMap;

use causeway_primitives::{ChainId, Timestamp};

use super::{
    cost::{self, Opportunity},
    errors::{self, Cause, Errors},
    fees::{self, DayFees, LaneFees},
    rows::{Format, Rows},
    security::{self, Allowed, Security},
    throughput::{self, Throughput},
    volume::{self, LaneVolume},
    window::Window,
};

/// Seconds of an hour.
const HOUR_SECONDS: u64 = 3_600;

/// Everything that a window says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The window.
    pub window: Window,
    /// Whether it is all there.
    pub coverage: Coverage,
    /// All lanes together first, then each by name.
    pub volumes: Vec<LaneVolume>,
    /// By lane and token.
    pub fees: Vec<LaneFees>,
    /// By day and token.
    pub fee_days: Vec<DayFees>,
    /// What failed.
    pub errors: Errors,
    /// Messages over time.
    pub throughput: Throughput,
    /// The security review.
    pub security: Security,
    /// Sizes of data by lane.
    pub payloads: Vec<Format>,
    /// What could cost less.
    pub opportunities: Vec<Opportunity>,
}

/// Whether everything of the window was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Chains that were read past the end of the window: chain, block, its time.
    pub read: Vec<(ChainId, u64, Timestamp)>,
    /// Chains that were not: their part of the window is not all there.
    pub behind: Vec<(ChainId, u64, Timestamp)>,
    /// Things that are there and could not be read.
    pub open_holes: u64,
}

impl Coverage {
    /// True when every chain was read past the end of the window and nothing is missing.
    pub const fn is_whole(&self) -> bool {
        self.behind.is_empty() && self.open_holes == 0
    }
}

/// Makes the report. `explain` puts the bytes that a failed execution returned into words.
pub fn build(
    window: Window,
    rows: &Rows,
    allowed: &BTreeMap<String, Allowed>,
    explain: &dyn Fn(&[u8]) -> Cause,
) -> Report {
    let (read, behind) = rows.positions.iter().copied().partition(|(_, _, time)| *time >= window.before());
    let hours = window.length().as_secs().checked_div(HOUR_SECONDS).unwrap_or(0);
    let fees = fees::by_lane(rows);
    Report {
        window,
        coverage: Coverage { read, behind, open_holes: rows.open_holes },
        volumes: volume::volumes(rows),
        fee_days: fees::by_day(rows),
        errors: errors::errors(rows, explain),
        throughput: throughput::throughput(rows, hours),
        security: security::security(rows, window, allowed),
        payloads: rows.formats.clone(),
        opportunities: cost::opportunities(rows, &fees),
        fees,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::report::Span;

    #[test]
    fn ccip_12_a_report_says_whether_its_window_was_read_to_the_end() {
        let end = Timestamp::from_secs(86_400 * 10).unwrap();
        let window = Window::ending_before(end, Span::Day);
        let chain = |id| ChainId::new(id).unwrap();
        let early = Timestamp::from_secs(86_400 * 10 - 1).unwrap();
        let rows = Rows { positions: vec![(chain(138), 9, end), (chain(1), 8, early)], ..Rows::default() };
        let coverage = build(window, &rows, &BTreeMap::new(), &|_| unreachable!()).coverage;
        assert_eq!((coverage.read, coverage.behind), (vec![(chain(138), 9, end)], vec![(chain(1), 8, early)]));
        let whole = Coverage { read: Vec::new(), behind: Vec::new(), open_holes: 0 };
        assert!(whole.is_whole() && !Coverage { open_holes: 1, ..whole.clone() }.is_whole());
    }
}
