//! Names of things, checked once: they become metric labels, URLs, SQL keys and log fields, so their
//! alphabet is small and their length bounded.

use std::{fmt, num::NonZeroU64, str::FromStr, sync::Arc};

/// Why a text is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Empty, longer than 64, or with another character than the kind of id allows.
    #[error("1 to 64 characters of a-z, 0-9, '-', '_', '.' and ':'")]
    Slug,
    /// Not `BASE/QUOTE` in capitals.
    #[error("a pair is written BASE/QUOTE in capitals and digits, for example ETH/USD")]
    Pair,
    /// Zero, which no chain uses.
    #[error("a chain id is above zero")]
    Chain,
}

/// The longest id: fits a metric label and a Kubernetes name.
const MAX_LEN: usize = 64;

fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_LEN
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.' | b':'))
}

macro_rules! slug_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                if is_slug(text) { Ok(Self(text.into())) } else { Err(IdError::Slug) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

slug_id! {
    /// A feed, for example `eth-usd`.
    FeedId
}
slug_id! {
    /// One price stream of one venue, for example `kraken-eth-usd`.
    SourceId
}
slug_id! {
    /// A venue: the unit of independence. Two sources of one venue are one voice.
    VenueId
}
slug_id! {
    /// A chain by the operators' own word, for example `besu`.
    ChainName
}
slug_id! {
    /// A lane by the operators' own word, for example `besu-to-mainnet`.
    LaneName
}

slug_id! {
    /// A key that transactions are signed with, by the operators' own word, for example `fx`.
    SignerId
}
slug_id! {
    /// A bridged asset by the operators' own word, for example `sigil`.
    AssetId
}
slug_id! {
    /// One running instance of a relayer, for example `relayer-0`.
    RelayerId
}

/// What is priced in what: `ETH/USD`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    base: Arc<str>,
    quote: Arc<str>,
}

impl Pair {
    /// The thing that is priced.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The unit of the price.
    pub fn quote(&self) -> &str {
        &self.quote
    }
}

impl FromStr for Pair {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let is_asset = |part: &str| {
            (1..=16).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        match text.split_once('/') {
            Some((base, quote)) if is_asset(base) && is_asset(quote) && base != quote => {
                Ok(Self { base: base.into(), quote: quote.into() })
            }
            Some(_) | None => Err(IdError::Pair),
        }
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.quote)
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An EIP-155 chain id. Exceeds `i32` on real networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId(NonZeroU64);

impl ChainId {
    /// # Errors
    /// [`IdError::Chain`] for zero.
    pub fn new(value: u64) -> Result<Self, IdError> {
        NonZeroU64::new(value).map(Self).ok_or(IdError::Chain)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_take_only_what_is_safe_as_label_and_path() {
        assert!("kraken-eth-usd".parse::<SourceId>().is_ok());
        for bad in ["", "ETH", "a/b", "a b", "ä", "../x", &"a".repeat(65)] {
            assert_eq!(bad.parse::<FeedId>(), Err(IdError::Slug), "{bad:?}");
        }
    }

    #[test]
    fn pairs_have_two_different_sides() {
        let pair: Pair = "ETH/USD".parse().unwrap();
        assert_eq!((pair.base(), pair.quote(), pair.to_string().as_str()), ("ETH", "USD", "ETH/USD"));
        for bad in ["ETHUSD", "ETH/", "/USD", "eth/usd", "USD/USD", "A/B/C"] {
            assert_eq!(bad.parse::<Pair>(), Err(IdError::Pair), "{bad:?}");
        }
    }

    #[test]
    fn chain_id_zero_is_refused() {
        assert_eq!(ChainId::new(0), Err(IdError::Chain));
        assert_eq!(ChainId::new(138).map(ChainId::get), Ok(138));
    }
}
