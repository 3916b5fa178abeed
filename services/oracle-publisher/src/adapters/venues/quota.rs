//! How much of a budget is used: from the headers of an answer, or counted by ourselves.
//!
//! A venue's own figure wins, because other processes may live from the same key or address. Projection
//! and warning are the domain's business.

use std::time::Duration;

use causeway_primitives::Monotonic;
use reqwest::header::HeaderMap;

use super::settings::Budget;
use crate::ports::QuotaReading;

/// Binance's weight for one address, as its exchange information documents it.
const BINANCE_WEIGHT_PER_MINUTE: u64 = 6_000;

const MINUTE: Duration = Duration::from_secs(60);

/// Reads the budget out of an answer's headers: Binance's used weight, or the limit and remainder that
/// many gateways send (with or without `x-`). Those do not say how long their window is: the budget's is
/// taken, or a minute, the commonest.
pub(crate) fn from_headers(headers: &HeaderMap, budget: Option<Budget>) -> Option<QuotaReading> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    if let Some(used) = number("x-mbx-used-weight-1m") {
        let limit = budget.map_or(BINANCE_WEIGHT_PER_MINUTE, |budget| budget.limit);
        return Some(QuotaReading { used, limit, window: MINUTE });
    }
    let pair = |limit, remaining| Some((number(limit)?, number(remaining)?));
    let (limit, remaining) = pair("x-ratelimit-limit", "x-ratelimit-remaining")
        .or_else(|| pair("ratelimit-limit", "ratelimit-remaining"))?;
    let window = budget.map_or(MINUTE, |budget| budget.window);
    Some(QuotaReading { used: limit.saturating_sub(remaining), limit, window })
}

/// Counts our requests where the venue says nothing.
///
/// It knows only this process's requests since its start: the domain projects from the pace, not from
/// the sum.
#[derive(Debug)]
pub(crate) struct Ledger {
    budget: Budget,
    opened: Monotonic,
    used: u64,
}

impl Ledger {
    /// A window that begins now.
    pub(crate) const fn new(budget: Budget, now: Monotonic) -> Self {
        Self { budget, opened: now, used: 0 }
    }

    /// Counts one request.
    pub(crate) fn count(&mut self, now: Monotonic) -> QuotaReading {
        if now.since(self.opened) >= self.budget.window {
            (self.opened, self.used) = (now, 0);
        }
        self.used = self.used.saturating_add(1);
        QuotaReading { used: self.used, limit: self.budget.limit, window: self.budget.window }
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        HeaderMap::from_iter(pairs)
    }

    const BUDGET: Budget = Budget { limit: 1_200, window: Duration::from_secs(30) };

    #[test]
    fn ora_6_used_weight_is_read_against_the_documented_or_the_configured_limit() {
        let headers = headers(&[("x-mbx-used-weight-1m", "42")]);
        let reading = |limit| Some(QuotaReading { used: 42, limit, window: MINUTE });
        assert_eq!(from_headers(&headers, None), reading(6_000));
        assert_eq!(from_headers(&headers, Some(BUDGET)), reading(1_200));
    }

    #[test]
    fn ora_6_limit_and_remainder_give_what_is_used() {
        for prefix in [["x-ratelimit-limit", "x-ratelimit-remaining"], ["ratelimit-limit", "ratelimit-remaining"]] {
            let [limit, remaining] = prefix;
            let headers = headers(&[(limit, "100"), (remaining, "58")]);
            let expected = QuotaReading { used: 42, limit: 100, window: BUDGET.window };
            assert_eq!(from_headers(&headers, Some(BUDGET)), Some(expected));
        }
    }

    #[test]
    fn headers_that_are_no_budget_give_no_reading() {
        for pairs in [&[][..], &[("x-ratelimit-limit", "100")], &[("x-mbx-used-weight-1m", "many")]] {
            assert_eq!(from_headers(&headers(pairs), Some(BUDGET)), None, "{pairs:?}");
        }
    }

    #[test]
    fn ora_6_our_own_count_starts_again_with_each_window() {
        let at = |seconds| Monotonic::new(Duration::from_secs(seconds));
        let mut ledger = Ledger::new(BUDGET, at(0));
        let used: Vec<u64> = [0, 10, 29, 30, 31].into_iter().map(|second| ledger.count(at(second)).used).collect();
        assert_eq!(used, [1, 2, 3, 1, 2]);
    }
}
