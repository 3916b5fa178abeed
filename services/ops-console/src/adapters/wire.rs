//! Values that every contract writes alike, made ours. Texts come out inert and short.

use std::time::Duration;

use causeway_primitives::Timestamp;
use causeway_proto::types::v1::{BigInteger, Decimal};

use crate::domain::text::inert;

/// Characters of a name, an id or a hash.
const NAME: usize = 80;
/// Characters of a sentence.
const SENTENCE: usize = 400;
/// Characters of a text with several sentences.
const TEXT: usize = 4_000;

/// A name.
pub(crate) fn name(text: &str) -> String {
    inert(text, NAME)
}

/// A sentence.
pub(crate) fn sentence(text: &str) -> String {
    inert(text, SENTENCE)
}

/// Several sentences.
pub(crate) fn text(text: &str) -> String {
    inert(text, TEXT)
}

/// The same, with its lines.
pub(crate) fn prose(text: &str) -> String {
    let bounded: String = text.chars().take(TEXT).collect();
    bounded.lines().map(|line| inert(line, TEXT)).collect::<Vec<_>>().join("\n")
}

/// A time that a clock of ours can show.
pub(crate) fn time(wire: &prost_types::Timestamp) -> Option<Timestamp> {
    let seconds = u64::try_from(wire.seconds).ok()?;
    let millis = u64::try_from(wire.nanos).ok()?.checked_div(1_000_000)?;
    Timestamp::from_millis(seconds.checked_mul(1_000)?.checked_add(millis)?).ok()
}

/// The same of a field that may be absent.
pub(crate) fn moment(wire: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    wire.and_then(time)
}

/// A span; one that goes backwards is none.
pub(crate) fn span(wire: Option<&prost_types::Duration>) -> Option<Duration> {
    wire.and_then(|span| Duration::try_from(*span).ok())
}

/// The digits of an integer; `None` where the service gives none.
pub(crate) fn integer(wire: Option<&BigInteger>) -> Option<&str> {
    wire.map(|integer| integer.value.as_str())
}

/// The digits of a decimal number; `None` where the service gives none.
pub(crate) fn decimal(wire: Option<&Decimal>) -> Option<&str> {
    wire.map(|decimal| decimal.value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_1_a_text_keeps_its_lines_and_nothing_that_turns_them() {
        assert_eq!(prose("first\r\n\u{202e}second\u{7}"), "first\n\u{fffd}second\u{fffd}");
        assert_eq!(prose(&"x\n".repeat(1 << 20)).chars().count(), TEXT - 1);
    }

    #[test]
    fn a_time_that_no_clock_shows_is_no_time() {
        assert_eq!(time(&prost_types::Timestamp { seconds: -1, nanos: 0 }), None);
        assert_eq!(time(&prost_types::Timestamp { seconds: i64::MAX, nanos: 0 }), None);
        assert_eq!(span(Some(&prost_types::Duration { seconds: -1, nanos: 0 })), None);
        assert_eq!(
            span(Some(&prost_types::Duration { seconds: 1, nanos: 500_000_000 })),
            Some(Duration::from_millis(1_500))
        );
    }
}
