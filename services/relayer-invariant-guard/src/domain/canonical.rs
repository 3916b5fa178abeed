//! One way to write a value as bytes, and to read it back: what is hashed, stored and replayed.
//!
//! Fixed widths in big-endian; texts and lists with their length before them; maps and sets in rising order, which a reader
//! insists on; a tag before each choice. So two values have the same bytes only when they are the same, and bytes that
//! were written by anything else are refused. Not JSON, because there a number has many spellings.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use causeway_primitives::{Address, AssetId, B256, ChainName, I512, RelayerId, Scope, Timestamp, U256};

use super::{finding, name::Name, quantity::Quantity};

mod shapes;

/// What the bytes are of: the first bytes of each encoding, with the version of its shape.
pub const RULES: &str = "causeway.guard.rules.2";
/// Evidence.
pub const EVIDENCE: &str = "causeway.guard.evidence.3";
/// An evaluation.
pub const EVALUATION: &str = "causeway.guard.evaluation.1";
/// A checkpoint.
pub const CHECKPOINT: &str = "causeway.guard.checkpoint.1";
/// Messages that are not over.
pub const OPEN: &str = "causeway.guard.open.1";
/// A plan of a resume.
pub const PLAN: &str = "causeway.guard.plan.1";
/// How far the chains were.
pub const HEIGHTS: &str = "causeway.guard.heights.1";

/// Not bytes that this wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Of something else, or of another version.
    #[error("the bytes are not a {expected}")]
    Kind {
        /// What was asked for.
        expected: &'static str,
    },
    /// They end too early.
    #[error("the bytes end too early")]
    Short,
    /// They go on behind the value.
    #[error("{left} bytes are left over")]
    Long {
        /// How many.
        left: usize,
    },
    /// A tag, a text or a number that cannot be there.
    #[error("there is no such {what}")]
    Value {
        /// Of what.
        what: &'static str,
    },
    /// Not in rising order.
    #[error("a map is not in order")]
    Order,
}

/// A value that has one spelling.
pub trait Canonical: Sized {
    /// Appends it.
    fn write(&self, out: &mut Vec<u8>);

    /// Reads it.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes are not what [`Self::write`] makes.
    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed>;
}

/// The bytes of a value.
pub fn encode<T: Canonical>(kind: &str, value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    write_bytes(kind.as_bytes(), &mut out);
    value.write(&mut out);
    out
}

/// The value of bytes, all of them.
///
/// # Errors
/// [`Malformed`] when [`encode`] did not write them.
pub fn decode<T: Canonical>(kind: &'static str, bytes: &[u8]) -> Result<T, Malformed> {
    let mut input = Reader { left: bytes };
    let expected = Malformed::Kind { expected: kind };
    if read_bytes(&mut input).map_err(|_| expected.clone())? != kind.as_bytes() {
        return Err(expected);
    }
    let value = T::read(&mut input)?;
    if input.left.is_empty() { Ok(value) } else { Err(Malformed::Long { left: input.left.len() }) }
}

/// What is left to read.
#[derive(Debug)]
pub struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, left) = self.left.split_at_checked(count).ok_or(Malformed::Short)?;
        self.left = left;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| Malformed::Short)
    }
}

fn write_length(length: usize, out: &mut Vec<u8>) {
    // No value in memory is longer; the reader would refuse it.
    u32::try_from(length).unwrap_or(u32::MAX).write(out);
}

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    write_length(bytes.len(), out);
    out.extend_from_slice(bytes);
}

fn read_bytes<'a>(input: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let length = usize::try_from(u32::read(input)?).map_err(|_| Malformed::Short)?;
    input.take(length)
}

macro_rules! fixed {
    ($($type:ty, $bytes:literal;)*) => {
        $(impl Canonical for $type {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes::<$bytes>());
            }

            fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
                Self::try_from_be_slice(input.take($bytes)?).ok_or(Malformed::Short)
            }
        })*
    };
}

macro_rules! primitive {
    ($($type:ty),*) => {
        $(impl Canonical for $type {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }

            fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
                input.array().map(Self::from_be_bytes)
            }
        })*
    };
}

macro_rules! hashes {
    ($($type:ty),*) => {
        $(impl Canonical for $type {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(self.as_slice());
            }

            fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
                input.array().map(Self::from)
            }
        })*
    };
}

macro_rules! texts {
    ($($type:ty, $what:literal, $as_str:path;)*) => {
        $(impl Canonical for $type {
            fn write(&self, out: &mut Vec<u8>) {
                write_bytes($as_str(self).as_bytes(), out);
            }

            fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
                String::read(input)?.parse().map_err(|_| Malformed::Value { what: $what })
            }
        })*
    };
}

macro_rules! labels {
    ($($type:ty, $what:literal;)*) => {
        $(impl Canonical for $type {
            fn write(&self, out: &mut Vec<u8>) {
                write_bytes(self.as_str().as_bytes(), out);
            }

            fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
                Self::from_word(&String::read(input)?).ok_or(Malformed::Value { what: $what })
            }
        })*
    };
}

fixed! { U256, 32; I512, 64; }
primitive! { u8, u32, u64, i32 }
hashes! { B256, Address }
texts! {
    Name, "name", Name::as_str;
    AssetId, "asset", AssetId::as_str;
    ChainName, "chain", ChainName::as_str;
    RelayerId, "relayer", RelayerId::as_str;
}
labels! {
    finding::Code, "code";
    finding::Detail, "detail";
    finding::Reason, "reason";
    finding::Tier, "tier";
    finding::Mode, "mode";
}

impl Canonical for Scope {
    fn write(&self, out: &mut Vec<u8>) {
        write_bytes(self.as_str().as_bytes(), out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        String::read(input)?.parse().map_err(|_| Malformed::Value { what: "scope" })
    }
}

impl Canonical for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        match u8::read(input)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed::Value { what: "truth value" }),
        }
    }
}

impl Canonical for String {
    fn write(&self, out: &mut Vec<u8>) {
        write_bytes(self.as_bytes(), out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(read_bytes(input)?);
        text.map(str::to_owned).map_err(|_| Malformed::Value { what: "text" })
    }
}

impl Canonical for Arc<str> {
    fn write(&self, out: &mut Vec<u8>) {
        write_bytes(self.as_bytes(), out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        String::read(input).map(Self::from)
    }
}

impl Canonical for Timestamp {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_millis().write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        Self::from_millis(u64::read(input)?).map_err(|_| Malformed::Value { what: "time" })
    }
}

impl Canonical for Quantity {
    fn write(&self, out: &mut Vec<u8>) {
        self.get().write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        I512::read(input).map(Self::new)
    }
}

impl<T: Canonical> Canonical for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        bool::read(input)?.then(|| T::read(input)).transpose()
    }
}

impl<T: Canonical> Canonical for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        write_length(self.len(), out);
        self.iter().for_each(|item| item.write(out));
    }

    /// Grows with what is there and not with what the length claims.
    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        (0..u32::read(input)?).map(|_| T::read(input)).collect()
    }
}

impl<K: Canonical + Ord, V: Canonical> Canonical for BTreeMap<K, V> {
    fn write(&self, out: &mut Vec<u8>) {
        write_length(self.len(), out);
        for (key, value) in self {
            key.write(out);
            value.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut map = Self::new();
        for _ in 0..u32::read(input)? {
            let (key, value) = (K::read(input)?, V::read(input)?);
            if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(Malformed::Order);
            }
            map.insert(key, value);
        }
        Ok(map)
    }
}

impl<T: Canonical + Ord> Canonical for BTreeSet<T> {
    fn write(&self, out: &mut Vec<u8>) {
        write_length(self.len(), out);
        self.iter().for_each(|item| item.write(out));
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut set = Self::new();
        for _ in 0..u32::read(input)? {
            let item = T::read(input)?;
            if set.last().is_some_and(|last| *last >= item) {
                return Err(Malformed::Order);
            }
            set.insert(item);
        }
        Ok(set)
    }
}

impl<A: Canonical, B: Canonical> Canonical for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok((A::read(input)?, B::read(input)?))
    }
}

#[cfg(test)]
mod tests;
