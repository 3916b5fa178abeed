//! Runs a format over a value: longest first, with backtracking, in bounded steps.

use super::{Format, Item, MAX_PARTS};
use crate::charset::Charset;

/// More steps than any field of any format takes; a value built to backtrack ends here.
const MAX_STEPS: u32 = 20_000;

/// Where the parts of a value are; absent ones are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Captures {
    spans: [Option<(u32, u32)>; MAX_PARTS],
}

impl Captures {
    /// The part, if it was there.
    pub(crate) fn get<'a>(&self, value: &'a str, part: usize) -> Option<&'a str> {
        let (start, end) = self.spans.get(part).copied().flatten()?;
        value.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    }

    /// Where the part begins within the value.
    pub(crate) fn start(&self, part: usize) -> Option<usize> {
        let (start, _) = self.spans.get(part).copied().flatten()?;
        usize::try_from(start).ok()
    }
}

/// A value that the format does not fit: how far it did, and what was expected there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) at: usize,
    pub(crate) expected: Item,
}

/// Matches the whole value.
///
/// # Errors
/// The furthest place that was reached.
pub(crate) fn match_value(format: &Format, value: &str) -> Result<Captures, Mismatch> {
    let mut run = Run {
        items: &format.items,
        value: value.as_bytes(),
        captures: Captures { spans: [None; MAX_PARTS] },
        furthest: Mismatch { at: 0, expected: Item::End },
        steps: 0,
    };
    if run.step(0, 0) { Ok(run.captures) } else { Err(run.furthest) }
}

struct Run<'a> {
    items: &'a [Item],
    value: &'a [u8],
    captures: Captures,
    furthest: Mismatch,
    steps: u32,
}

impl Run<'_> {
    /// Whether the items from `index` on match the value from `at` on.
    fn step(&mut self, index: usize, at: usize) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return false;
        }
        let item = self.items.get(index).copied().unwrap_or(Item::End);
        match item {
            Item::End => at == self.value.len() || self.fail(at, item),
            Item::Close => self.step(index + 1, at),
            Item::Literal(byte) => match self.value.get(at) {
                Some(found) if *found == byte => self.step(index + 1, at + 1),
                Some(_) | None => self.fail(at, item),
            },
            Item::Newline => match newline(self.value, at) {
                0 => self.fail(at, item),
                length => self.step(index + 1, at + length),
            },
            Item::Open { close, is_line } => self.optional(index, at, (usize::from(close), is_line)),
            Item::Run { set, least, most, part } => {
                let longest = self.longest(index, at, set, usize::from(most));
                self.run(index, at, usize::from(part), (usize::from(least), longest))
            }
            Item::Bic { part } => {
                let length = Charset::Alphanumeric.run(self.value.get(at..).unwrap_or_default(), 11);
                let is_bic = matches!(length, 8 | 11);
                if is_bic { self.capture(index, usize::from(part), (at, at + length)) } else { self.fail(at, item) }
            }
            Item::Mark { part } => match self.value.get(at..).unwrap_or_default() {
                [b'R' | b'E', b'C' | b'D', ..] => self.capture(index, usize::from(part), (at, at + 2)),
                [b'C' | b'D', ..] => self.capture(index, usize::from(part), (at, at + 1)),
                _ => self.fail(at, item),
            },
            Item::Lines { most, width, set, part } => {
                let end = lines(self.value, at, (most, width, set));
                match end {
                    Ok(end) => self.capture(index, usize::from(part), (at, end)),
                    Err(place) => self.fail(place, item),
                }
            }
        }
    }

    /// An optional stretch: with it if it fits, without it otherwise. A first line that begins with a slash is
    /// the account, whatever follows: it is never taken for a name, so that a wrong account is an error and not a name.
    fn optional(&mut self, index: usize, at: usize, (close, is_line): (usize, bool)) -> bool {
        if self.step(index + 1, at) {
            return true;
        }
        let is_decided = is_line && self.value.get(at) == Some(&b'/');
        !is_decided && self.step(close + 1, at)
    }

    /// How far a run goes: to where its set ends; and before `//` where an optional part that begins so follows, because
    /// the reference before it never holds two slashes.
    fn longest(&self, index: usize, at: usize, set: Charset, most: usize) -> usize {
        let rest = self.value.get(at..).unwrap_or_default();
        let longest = set.run(rest, most);
        let next = self.items.get(index + 1..index + 4).unwrap_or_default();
        if !matches!(next, [Item::Open { .. }, Item::Literal(b'/'), Item::Literal(b'/')]) {
            return longest;
        }
        let within = rest.get(..longest).unwrap_or_default();
        within.windows(2).position(|pair| pair == b"//").unwrap_or(longest)
    }

    fn run(&mut self, index: usize, at: usize, part: usize, (least, longest): (usize, usize)) -> bool {
        if longest < least {
            let item = self.items.get(index).copied().unwrap_or(Item::End);
            return self.fail(at + longest, item);
        }
        (least..=longest).rev().any(|length| self.capture(index, part, (at, at + length)))
    }

    fn capture(&mut self, index: usize, part: usize, (start, end): (usize, usize)) -> bool {
        let span = u32::try_from(start).ok().zip(u32::try_from(end).ok());
        if self.step(index + 1, end) {
            if let Some(place) = self.captures.spans.get_mut(part) {
                *place = span;
            }
            return true;
        }
        false
    }

    fn fail(&mut self, at: usize, expected: Item) -> bool {
        if at >= self.furthest.at {
            self.furthest = Mismatch { at, expected };
        }
        false
    }
}

fn newline(value: &[u8], at: usize) -> usize {
    match value.get(at..).unwrap_or_default() {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    }
}

/// The end of one to `most` lines from here to the end of the value; otherwise the place that does not fit.
fn lines(value: &[u8], from: usize, (most, width, set): (u8, u16, Charset)) -> Result<usize, usize> {
    let mut at = from;
    for _ in 0..most {
        let rest = value.get(at..).unwrap_or_default();
        let length = set.run(rest, usize::from(width));
        let end = at + length;
        if length == 0 {
            return Err(at);
        }
        match newline(value, end) {
            0 if end == value.len() => return Ok(end),
            0 => return Err(end),
            line_end => at = end + line_end,
        }
    }
    Err(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts<'a>(notation: &'static str, value: &'a str) -> Vec<Option<&'a str>> {
        let format = Format::new(notation);
        let captures = match_value(&format, value).unwrap_or_else(|wrong| panic!("{notation} {value:?}: {wrong:?}"));
        (0..format.parts).map(|part| captures.get(value, part)).collect()
    }

    fn fails_at(notation: &'static str, value: &str) -> usize {
        match_value(&Format::new(notation), value).unwrap_err().at
    }

    #[test]
    fn tok_5_a_value_falls_into_its_parts() {
        assert_eq!(parts("6!n3!a15d", "260722EUR1234,5"), [Some("260722"), Some("EUR"), Some("1234,5")]);
        let party = "[[/1!a][/34x]$]4!a2!a2!c[3!c]";
        assert_eq!(parts(party, "DEUTDEFF"), [None, None, Some("DEUTDEFF")]);
        assert_eq!(parts(party, "/C/12\r\nDEUTDEFFXXX"), [Some("C"), Some("12"), Some("DEUTDEFFXXX")]);
        assert_eq!(parts(party, "/12\nDEUTDEFF"), [None, Some("12"), Some("DEUTDEFF")]);
        assert_eq!(parts("[N]3!n", "N007"), [Some("N"), Some("007")]);
    }

    #[test]
    fn tok_5_a_reference_ends_before_two_slashes() {
        let line = "6!n[4!n]2a[1!a]15d1!a3!c16x[//16x][$34x]";
        let found = parts(line, "2212051205C,32NDIV252100549047714//RJHIPSH2233901W");
        assert_eq!(found[2..5], [Some("C"), None, Some(",32")]);
        assert_eq!(found[7..], [Some("252100549047714"), Some("RJHIPSH2233901W"), None]);
        // The funds code is the third letter of the currency, here F of XOF.
        assert_eq!(parts(line, "0710251025CF95,0FMSC1\nTEXT")[2..5], [Some("C"), Some("F"), Some("95,0")]);
        let found = parts("16x[//16x]", "NONREF//B4E");
        assert_eq!(found, [Some("NONREF"), Some("B4E")]);
    }

    #[test]
    fn tok_10_a_mismatch_says_where() {
        assert_eq!(fails_at("6!n3!a15d", "2607E2EUR1,"), 4);
        assert_eq!(fails_at("4!c", "ABCDE"), 4);
        assert_eq!(fails_at("4*35x", "a\nb\n\nc"), 4);
        assert_eq!(fails_at("4*35x", "a\nb\nc\nd\ne"), 8);
        // An account alone is no name.
        assert_eq!(fails_at("[[/1!a][/34x]$]4*35x", "/12345678"), 9);
    }

    proptest! {
        #[test]
        fn tok_10_no_value_makes_the_matcher_panic_or_run_on(value in "[ -~\r\n]{0,300}") {
            for notation in ["6!n[4!n]2a[1!a]15d1!a3!c16x[//16x][$34x]", "[[/1!a][/34x]$]4*35x", "9000z", "35*50x"] {
                let _ = match_value(&Format::new(notation), &value);
            }
        }
    }
}
