//! The unique end-to-end transaction reference that follows a payment through all banks.

use std::{fmt, str::FromStr};

use crate::Error;

/// A UETR: a version 4 UUID (RFC 9562) in lower case, 36 characters. Capital letters are refused, as on the network:
/// two spellings of one reference would be two payments to whoever compares texts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uetr([u8; 36]);

impl Uetr {
    /// 36 characters.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Uetr {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes: [u8; 36] = text.as_bytes().try_into().map_err(|_| Error::Uetr)?;
        let is_right = bytes.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            14 => *byte == b'4',
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        });
        if is_right { Ok(Self(bytes)) } else { Err(Error::Uetr) }
    }
}

impl fmt::Display for Uetr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uetr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uetr({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_5_a_uetr_is_a_lower_case_version_4_uuid() {
        let text = "174c245f-2682-4291-ad67-2a41e530cd27";
        assert_eq!(text.parse::<Uetr>().unwrap().to_string(), text);
        let upper = text.to_uppercase();
        let other_version = text.replace("-4291", "-1291");
        let other_variant = text.replace("-ad67", "-cd67");
        for bad in ["", &text[1..], &format!("{text}0"), &upper, &other_version, &other_variant, &text.replace('-', "")]
        {
            assert_eq!(bad.parse::<Uetr>(), Err(Error::Uetr), "{bad:?}");
        }
    }
}
