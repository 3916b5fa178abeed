//! Small things that pages are made of, each of which writes itself: a state, a time, a long name, a number.

use std::{fmt, time::Duration};

use askama::filters::HtmlSafe;
use causeway_primitives::Timestamp;

use super::{
    ages::{Age, span},
    page::Mark,
};

impl Mark {
    /// Well, or done.
    pub(super) const fn ok(word: &'static str) -> Self {
        Self { class: "ok", shape: "●", word }
    }

    /// On its way.
    pub(super) const fn waits(word: &'static str) -> Self {
        Self { class: "waits", shape: "◔", word }
    }

    /// Not known.
    pub(super) const fn unknown(word: &'static str) -> Self {
        Self { class: "unknown", shape: "◌", word }
    }

    /// Less than it should be.
    pub(super) const fn less(word: &'static str) -> Self {
        Self { class: "degraded", shape: "▲", word }
    }

    /// Wrong.
    pub(super) const fn wrong(word: &'static str) -> Self {
        Self { class: "down", shape: "■", word }
    }
}

/// Class, shape and word are our own constants, so there is nothing to escape.
impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, shape, word } = self;
        write!(f, r#"<span class="mark {class}"><span aria-hidden="true">{shape}</span> {word}</span>"#)
    }
}

impl HtmlSafe for Mark {}

/// A time, or what to say where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct When {
    age: Option<Age>,
    absent: &'static str,
}

impl When {
    pub(super) fn of(at: Option<Timestamp>, now: Timestamp, absent: &'static str) -> Self {
        Self { age: at.map(|at| Age::to(at, now)), absent }
    }
}

/// Digits and words of our own.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.age {
            Some(Age { ago, exact }) => write!(f, r#"<time title="{exact}">{ago}</time>"#),
            None => write!(f, r#"<span class="dim">{}</span>"#, self.absent),
        }
    }
}

impl HtmlSafe for When {}

/// A hash, an address or an id: shown by its ends, whole on demand. Characters that are in none are shown as `�`, so there is
/// nothing to escape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code {
    whole: String,
}

/// What is not longer is shown whole.
const WHOLE: usize = 20;
/// The longest that is kept.
const LONGEST: usize = 200;

impl Code {
    pub(super) fn of(text: &str) -> Self {
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.' | '/') {
                c
            } else {
                char::REPLACEMENT_CHARACTER
            }
        };
        Self { whole: text.chars().take(LONGEST).map(plain).collect() }
    }

    /// Without markup.
    pub(super) fn whole(&self) -> &str {
        &self.whole
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = &self.whole;
        let count = whole.chars().count();
        if count == 0 {
            return f.write_str(r#"<span class="dim">none</span>"#);
        }
        if count <= WHOLE {
            return write!(f, "<code>{whole}</code>");
        }
        let head: String = whole.chars().take(10).collect();
        let tail: String = whole.chars().skip(count.saturating_sub(6)).collect();
        write!(f, r#"<code title="{whole}">{head}…{tail}</code>"#)
    }
}

impl HtmlSafe for Code {}

/// A span, to the millisecond or the second where that says something.
pub(super) fn exactly(took: Duration) -> String {
    match took.as_millis() {
        0 => "0 s".to_owned(),
        millis @ 1..10_000 => format!("{}.{:03} s", millis / 1_000, millis % 1_000),
        millis @ 10_000..60_000 => format!("{} s", millis / 1_000),
        millis @ 60_000..3_600_000 => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1_000),
        _ => span(took),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_1_what_writes_itself_writes_no_markup_of_others() {
        let code = Code::of(&format!("<img src=x onerror=alert(1)>\"'&\u{202e}{}", "x".repeat(1 << 20))).to_string();
        assert!(!code.contains("<img") && !code.contains('\u{202e}') && code.len() < 800, "{code}");
        assert_eq!(Code::of("0x1234").to_string(), "<code>0x1234</code>");
        let hash = format!("0x{}", "ab".repeat(32));
        assert_eq!(Code::of(&hash).to_string(), format!(r#"<code title="{hash}">0xabababab…ababab</code>"#));
        assert_eq!(
            Mark::ok("done").to_string(),
            r#"<span class="mark ok"><span aria-hidden="true">●</span> done</span>"#
        );
    }

    #[test]
    fn a_span_is_as_exact_as_it_is_short() {
        for (millis, shown) in [
            (0, "0 s"),
            (1, "0.001 s"),
            (9_999, "9.999 s"),
            (10_000, "10 s"),
            (63_500, "1 min 3 s"),
            (7_200_000, "2 h 0 min"),
        ] {
            assert_eq!(exactly(Duration::from_millis(millis)), shown);
        }
    }
}
