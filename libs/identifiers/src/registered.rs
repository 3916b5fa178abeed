//! Identifiers with check digits, each checked by the crate that keeps its registry: IBAN, ISIN, LEI.

use std::{fmt, str::FromStr};

use iban::IbanLike as _;

use crate::{Country, Error};

/// An international bank account number in its electronic form: no blanks, structure of its country, check
/// digits of ISO 7064 mod 97-10.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Iban(iban::Iban);

impl Iban {
    /// Without blanks.
    pub fn as_str(&self) -> &str {
        self.0.electronic_str()
    }

    /// The country that issued it, where ISO 3166 knows it.
    pub fn country(&self) -> Option<Country> {
        self.as_str().get(..2)?.parse().ok()
    }
}

impl FromStr for Iban {
    type Err = Error;

    /// Takes the electronic form only: the crate below also reads the printed one, which no message carries.
    fn from_str(text: &str) -> Result<Self, Error> {
        if !text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
            return Err(Error::Iban);
        }
        text.parse().map(Self).map_err(|_| Error::Iban)
    }
}

/// An international securities identification number (ISO 6166).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Isin(isin::ISIN);

impl Isin {
    /// Twelve characters.
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }
}

impl FromStr for Isin {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        isin::parse(text).map(Self).map_err(|_| Error::Isin)
    }
}

/// A legal entity identifier (ISO 17442).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Lei(lei::LEI);

impl FromStr for Lei {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        lei::parse(text).map(Self).map_err(|_| Error::Lei)
    }
}

impl fmt::Display for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Iban({self})")
    }
}

impl fmt::Display for Isin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Isin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Isin({self})")
    }
}

impl fmt::Display for Lei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Lei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lei({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tok_5_check_digits_decide() {
        assert_eq!("DE89370400440532013000".parse::<Iban>().unwrap().country().unwrap().as_str(), "DE");
        for bad in ["DE89370400440532013001", "DE89 3704 0044 0532 0130 00", "de89370400440532013000", "DE89", ""] {
            assert_eq!(bad.parse::<Iban>(), Err(Error::Iban), "{bad:?}");
        }
        assert_eq!("US0378331005".parse::<Isin>().unwrap().to_string(), "US0378331005");
        for bad in ["US0378331006", "us0378331005", "US037833100", ""] {
            assert_eq!(bad.parse::<Isin>(), Err(Error::Isin), "{bad:?}");
        }
        assert_eq!("529900T8BM49AURSDO55".parse::<Lei>().unwrap().to_string(), "529900T8BM49AURSDO55");
        for bad in ["529900T8BM49AURSDO56", "529900t8bm49aursdo55", "529900T8BM49AURSDO5", ""] {
            assert_eq!(bad.parse::<Lei>(), Err(Error::Lei), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn tok_10_no_text_makes_an_identifier_panic(text in any::<String>()) {
            let _ = text.parse::<Iban>();
            let _ = text.parse::<Isin>();
            let _ = text.parse::<Lei>();
        }
    }
}
