//! What is wanted, in the gateway's own words: which tokens, how many, from whom, to whom.

use std::{fmt, str::FromStr};

use causeway_primitives::{Address, AssetId, B256, ChainSelector, keccak256};

use super::{reference::Reference, units::Units};

/// Not one of the words for a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a kind is `mint`, `transfer`, `redeem` or `bridge`")]
pub struct KindError;

/// What happens to tokens. Metric label, row and wire value at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// New tokens for a holder.
    Mint,
    /// From one holder to another.
    Transfer,
    /// Burned for the asset.
    Redeem,
    /// To another chain.
    Bridge,
}

impl Kind {
    /// Every one of them.
    pub const EVERY: [Self; 4] = [Self::Mint, Self::Transfer, Self::Redeem, Self::Bridge];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mint => "mint",
            Self::Transfer => "transfer",
            Self::Redeem => "redeem",
            Self::Bridge => "bridge",
        }
    }
}

impl FromStr for Kind {
    type Err = KindError;

    fn from_str(text: &str) -> Result<Self, KindError> {
        Self::EVERY.into_iter().find(|kind| kind.as_str() == text).ok_or(KindError)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whose tokens go where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Movement {
    /// Out of nothing, against the asset.
    Mint {
        /// Who gets them.
        to: Address,
    },
    /// Between two holders.
    Transfer {
        /// Who gives.
        from: Address,
        /// Who gets.
        to: Address,
    },
    /// Into nothing, for the asset.
    Redeem {
        /// Who gives.
        from: Address,
    },
    /// Out of this chain.
    Bridge {
        /// Who gives here.
        from: Address,
        /// Who gets there.
        to: Address,
        /// Where to.
        destination: ChainSelector,
    },
}

impl Movement {
    /// What happens.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Mint { .. } => Kind::Mint,
            Self::Transfer { .. } => Kind::Transfer,
            Self::Redeem { .. } => Kind::Redeem,
            Self::Bridge { .. } => Kind::Bridge,
        }
    }

    /// Who gives, if anybody does.
    pub const fn from(&self) -> Option<Address> {
        match self {
            Self::Mint { .. } => None,
            Self::Transfer { from, .. } | Self::Redeem { from } | Self::Bridge { from, .. } => Some(*from),
        }
    }

    /// Who gets, on whichever chain, if anybody does.
    pub const fn to(&self) -> Option<Address> {
        match self {
            Self::Mint { to } | Self::Transfer { to, .. } | Self::Bridge { to, .. } => Some(*to),
            Self::Redeem { .. } => None,
        }
    }

    /// Those who hold, or are going to hold, tokens on this chain: whom the allow-list is asked about.
    pub fn holders(&self) -> impl Iterator<Item = Address> {
        let here = match self {
            Self::Mint { to } => [Some(*to), None],
            Self::Transfer { from, to } => [Some(*from), Some(*to)],
            Self::Redeem { from } | Self::Bridge { from, .. } => [Some(*from), None],
        };
        here.into_iter().flatten()
    }
}

/// A whole instruction. It never changes once it is taken; what approvals are bound to is its [`Self::digest`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// Of what.
    pub asset: AssetId,
    /// Whose, and where to.
    pub movement: Movement,
    /// How many, above zero.
    pub units: Units,
    /// What the token contract remembers.
    pub reference: Reference,
}

impl Instruction {
    /// What happens.
    pub const fn kind(&self) -> Kind {
        self.movement.kind()
    }

    /// Names everything in it: another amount, holder or reference has another digest.
    pub fn digest(&self) -> B256 {
        let mut bytes = b"causeway.tokenization.instruction.1".to_vec();
        bytes.extend_from_slice(self.reference.get().as_slice());
        bytes.extend_from_slice(keccak256(self.asset.as_str()).as_slice());
        bytes.extend_from_slice(keccak256(self.kind().as_str()).as_slice());
        // A holder that there is not is the zero address, which holds nothing anywhere.
        for holder in [self.movement.from(), self.movement.to()] {
            bytes.extend_from_slice(holder.unwrap_or(Address::ZERO).as_slice());
        }
        let destination = match self.movement {
            Movement::Bridge { destination, .. } => destination.get(),
            Movement::Mint { .. } | Movement::Transfer { .. } | Movement::Redeem { .. } => 0,
        };
        bytes.extend_from_slice(&destination.to_be_bytes());
        bytes.extend_from_slice(&self.units.get().to_be_bytes::<32>());
        keccak256(bytes)
    }
}

#[cfg(test)]
pub(crate) mod samples {
    //! Instructions for the tests of other modules.

    use super::*;

    pub(crate) const ANNA: Address = Address::repeat_byte(0xa1);
    pub(crate) const BERT: Address = Address::repeat_byte(0xb2);

    pub(crate) fn movement(kind: Kind) -> Movement {
        match kind {
            Kind::Mint => Movement::Mint { to: ANNA },
            Kind::Transfer => Movement::Transfer { from: ANNA, to: BERT },
            Kind::Redeem => Movement::Redeem { from: ANNA },
            Kind::Bridge => {
                let destination = ChainSelector::new(16_015_286_601_757_825_753).unwrap();
                Movement::Bridge { from: ANNA, to: BERT, destination }
            }
        }
    }

    pub(crate) fn instruction(kind: Kind, units: u64) -> Instruction {
        Instruction {
            asset: "eur".parse().unwrap(),
            movement: movement(kind),
            units: units.to_string().parse().unwrap(),
            reference: Reference::new(B256::repeat_byte(7)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{samples::*, *};

    #[test]
    fn tok_8_another_instruction_has_another_digest() {
        let base = instruction(Kind::Transfer, 100);
        let others = [
            Instruction { units: Units::MAX, ..base.clone() },
            Instruction { asset: "usd".parse().unwrap(), ..base.clone() },
            Instruction { reference: Reference::new(B256::ZERO), ..base.clone() },
            Instruction { movement: Movement::Transfer { from: BERT, to: ANNA }, ..base.clone() },
            Instruction { movement: movement(Kind::Bridge), ..base.clone() },
            Instruction { movement: movement(Kind::Redeem), ..base.clone() },
        ];
        for other in &others {
            assert_ne!(other.digest(), base.digest(), "{other:?}");
        }
        assert_eq!(base.clone().digest(), base.digest());
    }

    #[test]
    fn kinds_are_read_as_they_are_written() {
        assert!(Kind::EVERY.into_iter().all(|kind| kind.as_str().parse() == Ok(kind)));
        assert_eq!("Mint".parse::<Kind>(), Err(KindError));
    }
}
