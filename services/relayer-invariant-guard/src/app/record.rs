//! Whether the record holds: computed anew, from wherever somebody wants to know, up to a link that was kept elsewhere.

use causeway_primitives::B256;
use causeway_store::Error as StoreError;

use super::Guard;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// How many entries were checked.
    pub checked: u64,
    /// The first one that does not hold; `None` when all do.
    pub broken_at: Option<u64>,
    /// The newest link.
    pub head: Option<B256>,
    /// In words.
    pub detail: String,
}

impl Guard {
    /// Checks the record from an entry on (0 and 1: all of it); with an anchor, the chain must contain it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn check_record(&self, from: u64, anchor: Option<B256>) -> Result<Checked, StoreError> {
        let store = &self.parts.store;
        let checked = store.verify_audit_from(from, anchor).await?;
        let head = store.audit_head().await?;
        let skipped = from.saturating_sub(1);
        Ok(match checked {
            Ok(last) => {
                let checked = last.saturating_sub(skipped);
                let anchored = if anchor.is_some() { ", and the kept link is in it" } else { "" };
                let detail = format!("{checked} entries hold up to the newest, {last}{anchored}");
                Checked { checked, broken_at: None, head: head.link, detail }
            }
            Err(broken) => {
                let checked = broken.saturating_sub(skipped).saturating_sub(1);
                let detail = if broken > head.index {
                    "the end does not fit: entries are missing, or the kept link is of another record".to_owned()
                } else {
                    format!("entry {broken} is not what was recorded")
                };
                Checked { checked, broken_at: Some(broken), head: head.link, detail }
            }
        })
    }
}
