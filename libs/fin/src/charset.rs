//! SWIFT's character sets, as one table: a bit for each set that a byte belongs to.

/// A set of characters, named by the letter that stands for it in format notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// `n`: digits.
    Digits,
    /// `a`: capital letters.
    Letters,
    /// `c`: capital letters and digits.
    Alphanumeric,
    /// `h`: digits and `A` to `F`.
    Hex,
    /// `d`: digits and the decimal comma. What makes it a number is checked beside.
    Decimal,
    /// `e`: blank.
    Blank,
    /// `x`: what payments may say.
    X,
    /// `y`: EDIFACT level A.
    Y,
    /// `z`: the widest set of FIN.
    Z,
    /// The widest set and line ends, for the one field that is free text (77T).
    Text,
    /// `N`, the sign of a negative number.
    Negative,
}

const PUNCTUATION_X: &[u8] = b"/-?:().,'+ ";
const PUNCTUATION_Y: &[u8] = b" .,-()/='+:?!\"%&*<>;";
const PUNCTUATION_Z: &[u8] = b" .,-()/='+:?!\"%&*<>;{@#_";

/// For every byte of ASCII the sets that hold it.
const TABLE: [u16; 128] = table();

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "computed while compiling")]
const fn table() -> [u16; 128] {
    let mut table = [0; 128];
    let mut at = 0;
    while at < 128 {
        let byte = at as u8;
        let mut sets = 0;
        if byte.is_ascii_digit() {
            sets |= bit(Charset::Digits) | bit(Charset::Hex) | bit(Charset::Decimal) | bit(Charset::Alphanumeric);
        }
        if byte.is_ascii_uppercase() {
            sets |= bit(Charset::Letters) | bit(Charset::Alphanumeric);
        }
        if byte.is_ascii_digit() || byte.is_ascii_uppercase() || contains(PUNCTUATION_Y, byte) {
            sets |= bit(Charset::Y);
        }
        if byte.is_ascii_alphanumeric() || contains(PUNCTUATION_X, byte) {
            sets |= bit(Charset::X);
        }
        if byte.is_ascii_alphanumeric() || contains(PUNCTUATION_Z, byte) {
            sets |= bit(Charset::Z) | bit(Charset::Text);
        }
        match byte {
            b'A'..=b'F' => sets |= bit(Charset::Hex),
            b',' => sets |= bit(Charset::Decimal),
            b' ' => sets |= bit(Charset::Blank),
            b'\r' | b'\n' => sets |= bit(Charset::Text),
            _ => {}
        }
        if byte == b'N' {
            sets |= bit(Charset::Negative);
        }
        table[at] = sets;
        at += 1;
    }
    table
}

const fn bit(set: Charset) -> u16 {
    1 << set as u16
}

#[expect(clippy::indexing_slicing, reason = "computed while compiling")]
const fn contains(bytes: &[u8], byte: u8) -> bool {
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == byte {
            return true;
        }
        at += 1;
    }
    false
}

impl Charset {
    /// Whether the set holds this byte. Nothing above ASCII is in any set.
    pub fn holds(self, byte: u8) -> bool {
        TABLE.get(usize::from(byte)).is_some_and(|sets| sets & bit(self) != 0)
    }

    /// How many bytes from the start belong to the set, at most `most`.
    pub(crate) fn run(self, bytes: &[u8], most: usize) -> usize {
        bytes.iter().take(most).take_while(|byte| self.holds(**byte)).count()
    }

    /// The letter of the notation.
    pub const fn letter(self) -> char {
        match self {
            Self::Digits => 'n',
            Self::Letters => 'a',
            Self::Alphanumeric => 'c',
            Self::Hex => 'h',
            Self::Decimal => 'd',
            Self::Blank => 'e',
            Self::X => 'x',
            Self::Y => 'y',
            Self::Z | Self::Text => 'z',
            Self::Negative => 'N',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_5_the_sets_hold_what_swift_says() {
        let all = |set: Charset, text: &str| text.bytes().all(|byte| set.holds(byte));
        let none = |set: Charset, text: &str| text.bytes().all(|byte| !set.holds(byte));
        assert!(all(Charset::X, "azAZ09/-?:().,'+ ") && none(Charset::X, "=!\"%&*<>;{}@#_\r\n\t\0é"));
        assert!(all(Charset::Y, "AZ09 .,-()/='+:?!\"%&*<>;") && none(Charset::Y, "az{}@#_\r\n"));
        assert!(all(Charset::Z, "azAZ09 .,-()/='+:?!\"%&*<>;{@#_") && none(Charset::Z, "}\r\n\t~"));
        assert!(all(Charset::Alphanumeric, "AZ09") && none(Charset::Alphanumeric, "az ,"));
        assert!(all(Charset::Decimal, "09,") && none(Charset::Decimal, ".-+eE"));
        assert!(all(Charset::Hex, "09AF") && none(Charset::Hex, "Gaf"));
        assert_eq!(Charset::Digits.run(b"123456x", 4), 4);
        assert_eq!(Charset::Digits.run(b"12x", 4), 2);
    }
}
