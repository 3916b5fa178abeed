//! Business identifier codes (ISO 9362).

use std::{fmt, str::FromStr};

use crate::{Country, Error};

/// A BIC of 8 or 11 characters, as it was written: `DEUTDEFF` and `DEUTDEFFXXX` name the same office and are
/// kept apart, because a message must be written back as it was read. Compare offices with [`Bic::office`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bic {
    /// Unused places are `X`, so that the whole array is the eleven-character form.
    text: [u8; 11],
    is_short: bool,
}

impl Bic {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        let length = if self.is_short { 8 } else { 11 };
        str::from_utf8(self.text.get(..length).unwrap_or_default()).unwrap_or_default()
    }

    /// Always eleven characters, the head office as `XXX`.
    pub fn office(&self) -> &str {
        str::from_utf8(&self.text).unwrap_or_default()
    }

    /// The first eight characters: the institution at its place.
    pub fn institution(&self) -> &str {
        self.office().get(..8).unwrap_or_default()
    }

    /// The last three characters, `XXX` for the head office.
    pub fn branch(&self) -> &str {
        self.office().get(8..).unwrap_or_default()
    }

    /// Where the institution is.
    pub fn country(&self) -> Country {
        let [_, _, _, _, first, second, ..] = self.text;
        Country::from_checked([first, second])
    }

    /// Whether this is a test and training address: `0` in the eighth place. No such message moves money.
    pub fn is_test(&self) -> bool {
        self.text.get(7) == Some(&b'0')
    }
}

impl FromStr for Bic {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes = text.as_bytes();
        let is_short = bytes.len() == 8;
        if !is_short && bytes.len() != 11 {
            return Err(Error::BicFormat);
        }
        let mut kept = [b'X'; 11];
        for (place, byte) in kept.iter_mut().zip(bytes) {
            *place = *byte;
        }
        let [_, _, _, _, first, second, ..] = kept;
        let is_alphanumeric = kept.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !is_alphanumeric || !first.is_ascii_uppercase() || !second.is_ascii_uppercase() {
            return Err(Error::BicFormat);
        }
        Country::new([first, second]).map_err(|_| Error::BicCountry)?;
        Ok(Self { text: kept, is_short })
    }
}

impl fmt::Display for Bic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Bic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bic({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_5_a_bic_has_eight_or_eleven_characters_and_a_country() {
        let short: Bic = "DEUTDEFF".parse().unwrap();
        let long: Bic = "DEUTDEFFXXX".parse().unwrap();
        assert_ne!(short, long);
        assert_eq!(short.office(), long.as_str());
        assert_eq!((short.to_string(), short.branch(), short.country().as_str()), ("DEUTDEFF".into(), "XXX", "DE"));
        assert_eq!("E097FRPPXXX".parse::<Bic>().unwrap().institution(), "E097FRPP");
        for bad in ["", "DEUTDEF", "DEUTDEFFXX", "deutdeff", "DEUTDEFFÄ", "DEUT1EFF", "DEUTDEFF   "] {
            assert_eq!(bad.parse::<Bic>(), Err(Error::BicFormat), "{bad:?}");
        }
        assert_eq!("DEUTZZFF".parse::<Bic>(), Err(Error::BicCountry));
    }

    #[test]
    fn tok_5_a_test_address_is_known_by_its_eighth_character() {
        assert!("BANKBEB0".parse::<Bic>().unwrap().is_test());
        assert!(!"BANKBEBB".parse::<Bic>().unwrap().is_test());
    }
}
