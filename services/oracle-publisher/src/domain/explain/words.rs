//! Numbers as people read them.

use std::{cmp::Ordering, time::Duration};

use causeway_primitives::{Answer, Ppm};

use crate::domain::{exact::share_rounded_up, policy::FeedPolicy};

/// `57 s` or `1.5 s`.
pub(super) fn seconds(span: Duration) -> String {
    match span.subsec_millis() {
        0 => format!("{} s", span.as_secs()),
        millis => format!("{}.{} s", span.as_secs(), format!("{millis:03}").trim_end_matches('0')),
    }
}

/// `1 venue`, `3 venues`.
pub(super) fn venues(count: usize) -> String {
    if count == 1 { "1 venue".to_owned() } else { format!("{count} venues") }
}

/// `1.0722`, or the bare integer when the answer is no price.
pub(super) fn price(policy: &FeedPolicy, answer: Answer) -> String {
    answer.to_price(policy.terms().decimals).map_or_else(|_| answer.to_string(), |price| price.to_string())
}

/// How far `new` is from the answer on chain: `0.74 % above the 100 on chain`.
pub(super) fn from_chain(policy: &FeedPolicy, old: Answer, new: Answer) -> String {
    let there = price(policy, old);
    if !old.is_positive() {
        return format!("not comparable with the {there} on chain");
    }
    let size = percent(share_rounded_up(old.distance(new), old.magnitude()));
    match new.cmp(&old) {
        Ordering::Less => format!("{size} below the {there} on chain"),
        Ordering::Equal => format!("the {there} on chain"),
        Ordering::Greater => format!("{size} above the {there} on chain"),
    }
}

/// `0.5 %`.
pub(super) fn percent(share: Ppm) -> String {
    format!("{share} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_without_needless_digits() {
        assert_eq!(seconds(Duration::from_secs(57)), "57 s");
        assert_eq!(seconds(Duration::from_millis(1_500)), "1.5 s");
        assert_eq!(seconds(Duration::from_millis(20)), "0.02 s");
    }
}
