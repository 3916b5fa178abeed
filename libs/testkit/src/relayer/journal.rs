//! Every broadcast with the lease it was done under, in a file: what a test reads to prove that nothing left the relayer
//! after its lease had ended.
//!
//! A line is written in the very step in which the bytes are handed to the socket, just before they are, so that no kill
//! can come between a broadcast and its line without the line being there. A line says that the bytes were about to
//! leave, not that they arrived. When the lease is found to have ended after its line was written, the bytes stay and the
//! line is taken back.

use std::{
    borrow::Cow,
    fs::{File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use alloy::primitives::B256;
use causeway_relayer_client::Authority;
use serde::{Deserialize, Serialize};

use super::{Error, time};

/// One broadcast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The process.
    pub pid: u32,
    /// The transaction.
    pub tx_hash: B256,
    /// Its chain.
    pub chain_id: u64,
    /// What it does, as `relayer_operations.kind`.
    pub kind: String,
    /// Wall time in milliseconds since the epoch.
    pub wall_millis: u64,
    /// CLOCK_MONOTONIC in nanoseconds.
    pub monotonic_nanos: u64,
    /// The lease; absent for what was done without one.
    pub lease: Option<Lease>,
    /// True when it ought to have had a lease and had none: a misdeed that was ordered.
    pub rogue: bool,
}

/// So much earlier than for the guard a lease ends for its holder: what a check before a broadcast is good for, since it
/// is not the broadcast itself.
pub(super) const MARGIN: Duration = Duration::from_millis(50);

/// The lease of a broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Its epoch.
    pub epoch: u64,
    /// Its sequence.
    pub sequence: u64,
    /// When it ends for the guard, on CLOCK_MONOTONIC.
    pub ends_nanos: u64,
}

impl From<Authority> for Lease {
    fn from(authority: Authority) -> Self {
        let Authority { epoch, sequence, until } = authority;
        Self { epoch, sequence, ends_nanos: time::on_monotonic(until + MARGIN) }
    }
}

impl Entry {
    /// Whether the bytes were about to leave when their lease had ended.
    pub fn is_late(&self) -> bool {
        self.lease.is_some_and(|lease| self.monotonic_nanos >= lease.ends_nanos)
    }
}

/// What a line may be.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line<'a> {
    Broadcast(Cow<'a, Entry>),
    Withdrawn { withdrawn: B256 },
}

/// The file, open.
#[derive(Debug, Clone)]
pub(super) struct Journal {
    file: Arc<Mutex<File>>,
}

impl Journal {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.map_err(|source| Error::File { path: path.to_owned(), source })?;
        Ok(Self { file: Arc::new(Mutex::new(file)) })
    }

    /// Appends a line: one write to the system, which outlives the process.
    pub(super) fn note(&self, entry: &Entry) -> std::io::Result<()> {
        self.append(&Line::Broadcast(Cow::Borrowed(entry)))
    }

    /// Takes the last line of this transaction back: nothing left.
    pub(super) fn withdraw(&self, tx_hash: B256) -> std::io::Result<()> {
        self.append(&Line::Withdrawn { withdrawn: tx_hash })
    }

    fn append(&self, line: &Line<'_>) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(line)?;
        line.push(b'\n');
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)
    }
}

/// Every broadcast of a journal, oldest first, without those that were taken back. A last line that a kill cut short is
/// left out.
///
/// # Errors
/// [`Error::File`] when it cannot be read, or when a line before the last is none of ours.
pub fn read_journal(path: &Path) -> Result<Vec<Entry>, Error> {
    let unreadable = |source| Error::File { path: PathBuf::from(path), source };
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let whole = text.rfind('\n').and_then(|end| text.get(..end)).unwrap_or_default();
    let mut entries: Vec<Entry> = Vec::new();
    for line in whole.lines().filter(|line| !line.is_empty()) {
        match serde_json::from_str(line).map_err(|source| unreadable(source.into()))? {
            Line::Broadcast(entry) => entries.push(entry.into_owned()),
            Line::Withdrawn { withdrawn } => {
                if let Some(last) = entries.iter().rposition(|entry| entry.tx_hash == withdrawn) {
                    drop(entries.remove(last));
                }
            }
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(monotonic_nanos: u64) -> Entry {
        let lease = Some(Lease { epoch: 3, sequence: 1, ends_nanos: 100 });
        let kind = "claim".to_owned();
        Entry { pid: 1, tx_hash: B256::ZERO, chain_id: 138, kind, wall_millis: 1, monotonic_nanos, lease, rogue: false }
    }

    #[test]
    fn a_broadcast_is_late_from_the_moment_on_at_which_its_lease_ends() {
        assert!(!entry(99).is_late() && entry(100).is_late());
        assert!(!Entry { lease: None, ..entry(100) }.is_late());
    }

    #[test]
    fn grd_13_a_broadcast_that_was_taken_back_did_not_happen_and_an_earlier_one_of_the_same_bytes_did() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let journal = Journal::open(&path).unwrap();
        journal.note(&entry(1)).unwrap();
        journal.note(&entry(2)).unwrap();
        journal.withdraw(B256::ZERO).unwrap();
        journal.withdraw(B256::repeat_byte(1)).unwrap();
        assert_eq!(read_journal(&path).unwrap(), [entry(1)]);
    }

    #[test]
    fn a_line_that_a_kill_cut_short_is_left_out_and_any_other_damage_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let journal = Journal::open(&path).unwrap();
        journal.note(&entry(1)).unwrap();
        journal.note(&entry(2)).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{whole}{{\"pid\":7,\"tx_h")).unwrap();
        assert_eq!(read_journal(&path).unwrap(), [entry(1), entry(2)]);
        std::fs::write(&path, format!("cut\n{whole}")).unwrap();
        assert!(matches!(read_journal(&path), Err(Error::File { .. })));
        std::fs::write(&path, "").unwrap();
        assert_eq!(read_journal(&path).unwrap(), []);
    }
}
