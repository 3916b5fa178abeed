//! Currency codes (ISO 4217) and how many decimals each has.

use std::{fmt, str::FromStr};

use crate::Error;

/// A currency, fund or metal with a code in ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);
    /// The US dollar.
    pub const USD: Self = Self(iso_currency::Currency::USD);

    /// Three capital letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Decimals of the smallest unit: 0 for JPY, 2 for EUR, 3 for KWD, 4 for CLF.
    /// `None` where ISO defines no minor unit (XAU, XDR, XXX …), so that any number of decimals is right.
    pub fn decimals(self) -> Option<u32> {
        self.0.exponent().map(u32::from)
    }

    /// Gold, silver, palladium, platinum: payment messages refuse them (SWIFT error C08).
    pub fn is_metal(self) -> bool {
        matches!(self.code(), "XAU" | "XAG" | "XPD" | "XPT")
    }
}

impl FromStr for Currency {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        iso_currency::Currency::from_code(text).map(Self).ok_or(Error::Currency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Currency({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_5_currencies_have_the_decimals_of_iso_4217() {
        let expected = [("JPY", Some(0)), ("EUR", Some(2)), ("KWD", Some(3)), ("BHD", Some(3)), ("CLF", Some(4))];
        for (code, decimals) in expected.into_iter().chain([("UYW", Some(4)), ("XOF", Some(0)), ("XAU", None)]) {
            assert_eq!(code.parse::<Currency>().unwrap().decimals(), decimals, "{code}");
        }
        for bad in ["", "ZZZ", "eur", "EURO", "EU", "CNH"] {
            assert_eq!(bad.parse::<Currency>(), Err(Error::Currency), "{bad:?}");
        }
        assert!("XPT".parse::<Currency>().unwrap().is_metal());
    }
}
