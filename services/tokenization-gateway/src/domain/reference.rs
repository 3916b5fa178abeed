//! The one name of a business event that everybody derives alike: what the token contract remembers.
//!
//! It follows from the business key alone, so that a message that comes again, in another format, after a crash, or to
//! another replica, names the same event, and the contract refuses the second of them. A secret of the deployment goes into
//! it, so that nobody who reads the chain can try out which payment a reference stands for.

use std::{fmt, str::FromStr};

use causeway_primitives::{AssetId, B256, keccak256};

use super::{identity::BusinessKey, instruction::Kind};

/// Not a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reference is 0x and 64 hexadecimal digits")]
pub struct ReferenceError;

/// Keeps these hashes apart from all others.
const DOMAIN: &[u8] = b"causeway.tokenization.reference.1";
/// The same for what undoes an event.
const UNDO: &[u8] = b"causeway.tokenization.undo.1";

/// A secret of the deployment. Never changes: with another one, everything could be minted again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(B256);

impl Salt {
    /// 32 random bytes.
    pub const fn new(secret: B256) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt([redacted])")
    }
}

/// A reference, as the contract sees it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(B256);

impl Reference {
    /// One that is known.
    pub const fn new(value: B256) -> Self {
        Self(value)
    }

    /// The reference of a business event. The kind and the asset are in it because one message may cause several movements.
    pub fn of(salt: &Salt, asset: &AssetId, kind: Kind, key: &BusinessKey) -> Self {
        let mut bytes = DOMAIN.to_vec();
        bytes.extend_from_slice(salt.0.as_slice());
        for part in [asset.as_str(), kind.as_str(), key.scheme().as_str()] {
            bytes.extend_from_slice(keccak256(part).as_slice());
        }
        bytes.extend_from_slice(key.digest().as_slice());
        Self(keccak256(bytes))
    }

    /// The reference of what undoes the event of this one.
    #[must_use]
    pub fn undo(self) -> Self {
        Self(keccak256([UNDO, self.0.as_slice()].concat()))
    }

    /// 32 bytes.
    pub const fn get(self) -> B256 {
        self.0
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let is_right = text.len() == 66 && text.starts_with("0x");
        is_right.then(|| text.parse().ok()).flatten().map(Self).ok_or(ReferenceError)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reference({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(secret: u8, asset: &str, kind: Kind, reference: &str) -> Reference {
        let key = BusinessKey::caller(&"anna".parse().unwrap(), reference);
        Reference::of(&Salt::new(B256::repeat_byte(secret)), &asset.parse().unwrap(), kind, &key)
    }

    #[test]
    fn tok_7_a_reference_follows_from_the_business_alone() {
        let base = of(1, "eur", Kind::Mint, "INV-1");
        assert_eq!(of(1, "eur", Kind::Mint, "INV-1"), base);
        let others = [
            of(2, "eur", Kind::Mint, "INV-1"),
            of(1, "usd", Kind::Mint, "INV-1"),
            of(1, "eur", Kind::Redeem, "INV-1"),
            of(1, "eur", Kind::Mint, "INV-2"),
            base.undo(),
            base.undo().undo(),
        ];
        assert!(others.iter().all(|other| *other != base));
        assert_eq!(base.to_string().parse(), Ok(base));
    }

    #[test]
    fn tok_10_the_salt_is_not_printed() {
        assert!(!format!("{:?}", Salt::new(B256::repeat_byte(0xab))).contains("ab"));
    }
}
