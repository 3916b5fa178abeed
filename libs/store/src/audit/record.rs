//! A record that services keep of what they did: rows of texts without gaps, each with its link, and the newest link apart
//! from them.
//!
//! What a link covers and when a record holds stands here, once; the tables and their SQL stay with the services, which have
//! other columns. The head is kept apart, so that a cut at the end of the rows shows; that both were cut shows only against a
//! link that was kept elsewhere.

use causeway_primitives::B256;

use super::{link, verify};
use crate::Error;

/// So many rows are checked at once.
const STRETCH: u32 = 1_000;

/// The newest link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// Its index; 0 before the first.
    pub index: u64,
    /// The link; `None` before the first.
    pub link: Option<B256>,
}

impl Head {
    /// The next row, of these texts. Whoever stores it holds the lock of the head, and moves it to [`Row::head`].
    pub fn next(self, texts: &[&str]) -> Row {
        let index = self.index.saturating_add(1);
        let covered = covered(index, texts);
        Row { index, link: link(self.link, &covered), covered }
    }
}

/// A row, as far as its link is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Without gaps, from 1.
    pub index: u64,
    /// What the link covers: see [`covered`].
    pub covered: Vec<u8>,
    /// The link.
    pub link: B256,
}

impl Row {
    /// The head of a record that ends with this row.
    pub const fn head(&self) -> Head {
        Head { index: self.index, link: Some(self.link) }
    }
}

/// What a link covers: the index in 8 bytes, big-endian, and each text with its length in bytes before it, in 8 bytes as well;
/// so no two rows are the same bytes.
pub fn covered(index: u64, texts: &[&str]) -> Vec<u8> {
    let mut bytes = index.to_be_bytes().to_vec();
    for text in texts {
        // A text of 2^64 bytes does not exist.
        bytes.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

/// Where a record is kept.
pub trait Record: Sync {
    /// The newest link, from its place apart.
    ///
    /// # Errors
    /// [`Error`], as of all of these: it could not be read.
    fn head(&self) -> impl Future<Output = Result<Head, Error>> + Send;

    /// The link of a row; `None` when there is none, as for index 0.
    ///
    /// # Errors
    /// [`Error`].
    fn find_link(&self, index: u64) -> impl Future<Output = Result<Option<B256>, Error>> + Send;

    /// Rows behind an index, oldest first.
    ///
    /// # Errors
    /// [`Error`].
    fn list(&self, after: u64, limit: u32) -> impl Future<Output = Result<Vec<Row>, Error>> + Send;
}

/// Computes a record anew from an index on, whose row before it is believed (0 and 1: all of it). `Ok` names the last row, or
/// the first index that does not hold. An anchor, a link that was kept elsewhere, that does not occur is a break behind the
/// last row; and so is a head that does not.
///
/// # Errors
/// [`Error`]: it could not be read.
pub async fn check(record: &impl Record, from: u64, anchor: Option<B256>) -> Result<Result<u64, u64>, Error> {
    // Before the rows: what is added meanwhile is no break.
    let head = record.head().await?;
    let mut checked = from.saturating_sub(1);
    let mut last = record.find_link(checked).await?;
    let mut is_anchored = anchor.is_none() || last == anchor;
    let mut is_whole = head.index <= checked;
    loop {
        let rows = record.list(checked, STRETCH).await?;
        if rows.is_empty() {
            break;
        }
        is_anchored |= rows.iter().any(|row| Some(row.link) == anchor);
        is_whole |= rows.iter().any(|row| row.index == head.index && Some(row.link) == head.link);
        let gap = (checked.saturating_add(1)..).zip(&rows).find(|(expected, row)| row.index != *expected);
        if let Some((expected, _)) = gap {
            return Ok(Err(expected));
        }
        match verify(last, rows.iter().map(|row| (&row.covered, row.link))) {
            Ok(link) => last = link,
            Err(broken) => return Ok(Err(checked.saturating_add(broken.position).saturating_add(1))),
        }
        checked = rows.last().map_or(checked, |row| row.index);
    }
    let whole = is_anchored && is_whole && record.head().await?.index >= checked;
    Ok(if whole { Ok(checked) } else { Err(checked.saturating_add(1)) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A record in memory, read in stretches as from a table.
    #[derive(Debug, Clone, Default)]
    struct Memory {
        head: Head,
        rows: Vec<Row>,
    }

    impl Memory {
        fn of(count: usize) -> Self {
            let mut memory = Self::default();
            for number in 0..count {
                let (subject, body) = (number.to_string(), format!("{{\"n\":{number}}}"));
                memory.append(&[&subject, &body]);
            }
            memory
        }

        fn append(&mut self, texts: &[&str]) {
            let row = self.head.next(texts);
            self.head = row.head();
            self.rows.push(row);
        }

        fn checked(&self, from: u64, anchor: Option<B256>) -> Result<u64, u64> {
            futures_util::FutureExt::now_or_never(check(self, from, anchor)).unwrap().unwrap()
        }
    }

    impl Record for Memory {
        async fn head(&self) -> Result<Head, Error> {
            Ok(self.head)
        }

        async fn find_link(&self, index: u64) -> Result<Option<B256>, Error> {
            Ok(self.rows.iter().find(|row| row.index == index).map(|row| row.link))
        }

        async fn list(&self, after: u64, limit: u32) -> Result<Vec<Row>, Error> {
            let behind = self.rows.iter().filter(|row| row.index > after);
            Ok(behind.take(usize::try_from(limit).unwrap()).cloned().collect())
        }
    }

    /// What services have stored: this must never come out otherwise.
    #[test]
    fn what_a_link_covers_is_what_it_was() {
        let bytes = covered(258, &["ab", "", "c"]);
        let expected = [&[0, 0, 0, 0, 0, 0, 1, 2][..], &[0, 0, 0, 0, 0, 0, 0, 2, b'a', b'b'], &[0; 8]].concat();
        assert_eq!(bytes, [expected, vec![0, 0, 0, 0, 0, 0, 0, 1, b'c']].concat());
        let first = Head::default().next(&["halt", "1", "guard", "{}"]);
        let by_hand = link(None, &covered(1, &["halt", "1", "guard", "{}"]));
        assert_eq!(first.head(), Head { index: 1, link: Some(by_hand) });
    }

    #[test]
    fn an_empty_record_holds_and_knows_no_anchor() {
        let empty = Memory::default();
        assert_eq!(empty.checked(0, None), Ok(0));
        assert_eq!(empty.checked(0, Some(B256::ZERO)), Err(1));
    }

    #[test]
    fn more_than_one_stretch_is_one_chain() {
        let long = Memory::of(2_500);
        assert_eq!(long.checked(1, None), Ok(2_500));
        assert_eq!(long.checked(1_700, long.head.link), Ok(2_500));
        assert_eq!(long.checked(1, Some(long.rows[1_234].link)), Ok(2_500), "an anchor from long ago");
        assert_eq!(long.checked(2_000, Some(long.rows[3].link)), Err(2_501), "one that is not in what was checked");
    }

    #[test]
    fn what_is_added_while_it_is_checked_is_no_break_and_what_is_cut_off_is() {
        let mut added = Memory::of(3);
        added.rows = Memory::of(5).rows;
        assert_eq!(added.checked(0, None), Err(6), "the head moves with its rows, in one transaction");
        added.head = Memory::of(5).head;
        assert_eq!(added.checked(0, None), Ok(5));
        let kept = added.head.link;
        added.rows.pop();
        assert_eq!(added.checked(0, None), Err(5), "the head tells");
        added.head = Memory::of(4).head;
        assert_eq!((added.checked(0, None), added.checked(0, kept)), (Ok(4), Err(5)), "only the kept link tells");
    }

    proptest! {
        #[test]
        fn whatever_is_changed_removed_or_put_between_is_found_at_its_place(
            count in 2_usize..30,
            at in any::<prop::sample::Index>(),
        ) {
            let whole = Memory::of(count);
            let at = at.index(count);
            let place = u64::try_from(at).unwrap() + 1;
            let mut changed = whole.clone();
            changed.rows[at].covered.push(0);
            prop_assert_eq!(changed.checked(0, None), Err(place));
            let mut relinked = whole.clone();
            relinked.rows[at].link = B256::ZERO;
            prop_assert_eq!(relinked.checked(0, None), Err(place));
            let mut removed = whole.clone();
            removed.rows.remove(at);
            prop_assert_eq!(removed.checked(0, None), Err(place));
            // From behind the change on, the rest is believed as it stands.
            prop_assert_eq!(changed.checked(place + 1, None), Ok(u64::try_from(count).unwrap()));
        }
    }
}
