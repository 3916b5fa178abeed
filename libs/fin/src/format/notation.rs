//! Format notation as SWIFT writes it, read by the compiler: a fault in a table does not compile.
//!
//! | notation | what |
//! | --- | --- |
//! | `16x` | one to 16 characters of set x |
//! | `4!c` | exactly four |
//! | `4*35x` | one to four lines of at most 35 |
//! | `[…]` | may be absent |
//! | `$` | a line end |
//! | `N` | the sign of a negative number, as a part of its own |
//! | anything else | itself |

use crate::charset::Charset;

/// More items no format has.
const MAX_ITEMS: usize = 40;
/// More parts no format has.
pub(crate) const MAX_PARTS: usize = 10;
/// A run longer than this is free text and holds line ends.
const FREE_TEXT: u16 = 2_000;

/// How SWIFT writes a BIC.
const BIC: &[u8] = b"4!a2!a2!c[3!c]";
/// How field 35B writes the word before an ISIN, and the word itself: its `N` is no sign.
const ISIN: &[u8] = b"ISIN1!e";
const ISIN_LITERAL: &[u8] = b"ISIN ";
/// How SWIFT writes an LEI: one part, not two.
const LEI: &[u8] = b"18!c2!n";
/// How field 61 writes debit or credit and the funds code after it, and how much of that is the first.
const MARK: &[u8] = b"2a[1!a]";
const MARK_ALONE: usize = 2;

/// A step of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    /// This byte.
    Literal(u8),
    /// A line end, CR LF or LF.
    Newline,
    /// So many characters of a set: a part.
    Run { set: Charset, least: u16, most: u16, part: u8 },
    /// So many lines: a part.
    Lines { most: u8, width: u16, set: Charset, part: u8 },
    /// Eight or eleven characters, `4!a2!a2!c[3!c]`: one part, not four.
    Bic { part: u8 },
    /// `C`, `D`, `RC`, `RD`, `EC`, `ED`, written `2a`: one part that takes no letter of the funds code that may follow.
    Mark { part: u8 },
    /// What follows may be absent, up to the item with this index. `is_line`: it ends with a line end.
    Open { close: u8, is_line: bool },
    /// The end of an optional stretch.
    Close,
    /// The end of the value.
    End,
}

/// A compiled format.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Format {
    /// As it was written, for people.
    pub(crate) notation: &'static str,
    pub(crate) items: [Item; MAX_ITEMS],
    pub(crate) parts: usize,
}

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "runs in the compiler: a fault is a compile error"
)]
impl Format {
    pub(crate) const fn new(notation: &'static str) -> Self {
        let text = notation.as_bytes();
        let mut items = [Item::End; MAX_ITEMS];
        let (mut at, mut count, mut parts) = (0, 0, 0);
        let mut open: [usize; 4] = [0; 4];
        let mut depth = 0;
        while at < text.len() {
            let byte = text[at];
            let mut next = at + 1;
            if starts_with(text, at, ISIN) {
                let mut letter = 0;
                while letter < ISIN_LITERAL.len() {
                    items[count] = Item::Literal(ISIN_LITERAL[letter]);
                    (letter, count) = (letter + 1, count + 1);
                }
                at += ISIN.len();
                continue;
            }
            if let Some((item, length)) = whole(text, at, parts) {
                items[count] = item;
                (parts, count, at) = (parts + 1, count + 1, at + length);
                continue;
            }
            items[count] = match byte {
                b'[' => {
                    open[depth] = count;
                    depth += 1;
                    Item::Open { close: 0, is_line: false }
                }
                b']' => {
                    assert!(depth > 0, "a bracket closes that was not opened");
                    depth -= 1;
                    let is_line = matches!(items[count - 1], Item::Newline);
                    items[open[depth]] = Item::Open { close: count as u8, is_line };
                    Item::Close
                }
                b'$' => Item::Newline,
                b'N' => {
                    parts += 1;
                    Item::Run { set: Charset::Negative, least: 1, most: 1, part: parts - 1 }
                }
                b'0'..=b'9' => {
                    let (item, after) = repetition(text, at, parts);
                    parts += 1;
                    next = after;
                    item
                }
                literal => Item::Literal(literal),
            };
            count += 1;
            at = next;
        }
        assert!(depth == 0, "a bracket is not closed");
        assert!(count < MAX_ITEMS && parts as usize <= MAX_PARTS, "a format is too long");
        Self { notation, items, parts: parts as usize }
    }
}

/// What SWIFT writes as several components and this crate reads as one part: the item, and how long its notation is.
const fn whole(text: &[u8], at: usize, part: u8) -> Option<(Item, usize)> {
    if starts_with(text, at, BIC) {
        return Some((Item::Bic { part }, BIC.len()));
    }
    if starts_with(text, at, LEI) {
        return Some((Item::Run { set: Charset::Alphanumeric, least: 20, most: 20, part }, LEI.len()));
    }
    if starts_with(text, at, MARK) {
        return Some((Item::Mark { part }, MARK_ALONE));
    }
    None
}

/// `16x`, `4!c`, `4*35x`: the item, and where it ends.
#[expect(clippy::indexing_slicing, reason = "runs in the compiler: a fault is a compile error")]
#[expect(clippy::cast_possible_truncation, reason = "a count of lines is small, and this runs in the compiler")]
const fn repetition(text: &[u8], at: usize, part: u8) -> (Item, usize) {
    let (count, at) = number(text, at);
    match text[at] {
        b'*' => {
            let (width, at) = number(text, at + 1);
            (Item::Lines { most: count as u8, width, set: set(text[at], 0), part }, at + 1)
        }
        b'!' => (Item::Run { set: set(text[at + 1], 0), least: count, most: count, part }, at + 2),
        letter => (Item::Run { set: set(letter, count), least: 1, most: count, part }, at + 1),
    }
}

#[expect(clippy::indexing_slicing, reason = "runs in the compiler: a fault is a compile error")]
const fn starts_with(text: &[u8], at: usize, start: &[u8]) -> bool {
    let mut matched = 0;
    while matched < start.len() && at + matched < text.len() && text[at + matched] == start[matched] {
        matched += 1;
    }
    matched == start.len()
}

#[expect(clippy::indexing_slicing, reason = "runs in the compiler: a fault is a compile error")]
const fn number(text: &[u8], mut at: usize) -> (u16, usize) {
    let mut number = 0;
    while text[at].is_ascii_digit() {
        number = number * 10 + (text[at] - b'0') as u16;
        at += 1;
    }
    (number, at)
}

#[expect(clippy::panic, reason = "runs in the compiler: a fault is a compile error")]
const fn set(letter: u8, count: u16) -> Charset {
    match letter {
        b'n' => Charset::Digits,
        b'a' => Charset::Letters,
        b'c' => Charset::Alphanumeric,
        b'h' => Charset::Hex,
        b'd' => Charset::Decimal,
        b'e' => Charset::Blank,
        b'x' => Charset::X,
        b'y' => Charset::Y,
        b'z' if count > FREE_TEXT => Charset::Text,
        b'z' => Charset::Z,
        _ => panic!("no character set has this letter"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_5_the_notation_is_compiled() {
        let format = Format::new("6!n3!a15d");
        let run = |set, least, most, part| Item::Run { set, least, most, part };
        assert_eq!(
            format.items[..4],
            [run(Charset::Digits, 6, 6, 0), run(Charset::Letters, 3, 3, 1), run(Charset::Decimal, 1, 15, 2), Item::End]
        );
        let format = Format::new("[[/1!a][/34x]$]4*35x");
        assert_eq!(format.items[0], Item::Open { close: 10, is_line: true });
        assert_eq!(format.items[1], Item::Open { close: 4, is_line: false });
        assert_eq!(format.items[11], Item::Lines { most: 4, width: 35, set: Charset::X, part: 2 });
        assert_eq!(format.parts, 3);
    }
}
