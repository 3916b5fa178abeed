//! A hash chain over records: each link covers the record and the link before it, so that no record can be
//! changed, removed or put between without every later link changing.
//!
//! The tables stay with the services, and so does keeping the newest link where a writer of the table cannot reach it: the
//! chain shows tampering with the middle, not a cut at the end. [`check`] computes a record anew, wherever it is kept.

mod record;

use causeway_primitives::B256;
use sha2::{Digest as _, Sha256};

pub use self::record::{Head, Record, Row, check, covered};

/// Keeps these hashes apart from every other use of SHA-256.
const DOMAIN: &[u8] = b"causeway.audit.v1";

/// The link of `record` behind `previous`; the first record of a chain has none before it.
///
/// SHA-256 over the domain, a byte that says whether there is a previous link, that link, the record's
/// length in 8 bytes, big-endian, and the record.
pub fn link(previous: Option<B256>, record: &[u8]) -> B256 {
    let mut hash = Sha256::new();
    hash.update(DOMAIN);
    match previous {
        None => hash.update([0]),
        Some(previous) => {
            hash.update([1]);
            hash.update(previous);
        }
    }
    // A record of 2^64 bytes does not exist.
    hash.update(u64::try_from(record.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(record);
    B256::from(<[u8; 32]>::from(hash.finalize()))
}

/// The chain does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hash chain breaks at record {position}")]
pub struct Broken {
    /// Counts the records given, from 0.
    pub position: u64,
}

/// Checks a stretch of a chain that starts behind `previous` and hands back its last link.
///
/// # Errors
/// [`Broken`] at the first record whose stored link is not the computed one.
pub fn verify<R: AsRef<[u8]>>(
    previous: Option<B256>,
    records: impl IntoIterator<Item = (R, B256)>,
) -> Result<Option<B256>, Broken> {
    let mut last = previous;
    for (position, (record, stored)) in (0..).zip(records) {
        if link(last, record.as_ref()) != stored {
            return Err(Broken { position });
        }
        last = Some(stored);
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use causeway_primitives::B256;
    use proptest::prelude::*;

    use super::*;

    fn chain(records: &[Vec<u8>]) -> Vec<(Vec<u8>, B256)> {
        let mut last = None;
        records
            .iter()
            .map(|record| {
                let digest = link(last, record);
                last = Some(digest);
                (record.clone(), digest)
            })
            .collect()
    }

    /// Computed independently: `printf 'causeway.audit.v1\0\0\0\0\0\0\0\0\003abc' | sha256sum`.
    #[test]
    fn the_first_link_is_what_any_other_tool_computes() {
        let expected = "0x138eecd0ea1c02935fb7ac1a8021ec1c935929458c95e26d55e7f8d908e30fea";
        assert_eq!(link(None, b"abc").to_string(), expected);
    }

    #[test]
    fn an_absent_link_is_not_the_zero_link_and_lengths_are_framed() {
        assert_ne!(link(None, b"x"), link(Some(B256::ZERO), b"x"));
        assert_ne!(link(None, b"ab"), link(Some(link(None, b"a")), b"b"));
        assert_ne!(link(None, b""), link(None, b"\0"));
    }

    #[test]
    fn a_stretch_verifies_from_the_link_before_it() {
        let whole = chain(&[b"a".to_vec(), b"b".to_vec(), b"c".to_vec()]);
        assert_eq!(verify(Some(whole[0].1), whole[1..].to_vec()), Ok(Some(whole[2].1)));
        assert_eq!(verify(None, whole[1..].to_vec()), Err(Broken { position: 0 }));
    }

    proptest! {
        #[test]
        fn every_change_removal_and_swap_is_found(
            records in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 2..12),
            at in any::<prop::sample::Index>(),
        ) {
            let whole = chain(&records);
            prop_assert_eq!(verify(None, whole.clone()), Ok(whole.last().map(|(_, digest)| *digest)));
            let at = at.index(whole.len() - 1);

            let mut changed = whole.clone();
            changed[at].0.push(0);
            prop_assert_eq!(verify(None, changed), Err(Broken { position: u64::try_from(at).unwrap() }));

            let mut removed = whole.clone();
            removed.remove(at);
            prop_assert!(verify(None, removed).is_err());

            let mut swapped = whole.clone();
            swapped.swap(at, at + 1);
            prop_assert!(verify(None, swapped).is_err());
        }
    }
}
