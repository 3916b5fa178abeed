//! Country codes (ISO 3166-1 alpha-2).

use std::{fmt, str::FromStr};

use crate::Error;

/// The assigned codes of ISO 3166-1, and `XK`, which ISO leaves to users and SWIFT assigns to Kosovo. Sorted.
const CODES: &str = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCN\
COCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMIN\
IOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNE\
NFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJ\
TKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

/// A country code that is assigned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// # Errors
    /// [`Error::Country`] when the code is not assigned.
    pub fn new(code: [u8; 2]) -> Result<Self, Error> {
        let (codes, _) = CODES.as_bytes().as_chunks::<2>();
        codes.binary_search(&code).map(|_| Self(code)).map_err(|_| Error::Country)
    }

    /// Of letters that were looked up before.
    pub(crate) const fn from_checked(code: [u8; 2]) -> Self {
        Self(code)
    }

    /// Two capital letters.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Country {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::new(text.as_bytes().try_into().map_err(|_| Error::Country)?)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_5_the_table_is_whole_sorted_and_searchable() {
        let (codes, rest) = CODES.as_bytes().as_chunks::<2>();
        assert!(rest.is_empty() && codes.is_sorted());
        assert_eq!(codes.len(), 249 + 1, "ISO 3166-1 assigns 249 codes; XK is the one beside them");
        for code in codes {
            assert!(Country::new(*code).is_ok());
        }
        for bad in ["", "D", "DEU", "ZZ", "de", "EU", "UK"] {
            assert_eq!(bad.parse::<Country>(), Err(Error::Country), "{bad:?}");
        }
    }
}
