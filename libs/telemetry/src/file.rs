//! A log in files besides standard output: one file a day, so many days, and never more bytes than allowed.
//!
//! Lines are written by a thread of their own behind a bounded queue: a full disk drops lines and holds up nobody.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tracing_appender::{
    non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard},
    rolling::{RollingFileAppender, Rotation},
};

use crate::{Error, FileLog};

/// What the files are called: `log.2026-03-01.jsonl`.
const PREFIX: &str = "log";
/// And how they end.
const SUFFIX: &str = "jsonl";

/// Lines that wait for the disk.
const QUEUE: usize = 10_000;

/// The folder is measured once in so many bytes, and at the start.
const MEASURE_EVERY: u64 = 256 * 1024;

/// The writer, and what writes the rest when it is dropped.
pub(crate) fn writer(log: &FileLog) -> Result<(NonBlocking, WorkerGuard), Error> {
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(PREFIX)
        .filename_suffix(SUFFIX)
        .max_log_files(log.days.max(1))
        .build(&log.folder)
        .map_err(|source| Error::Files { folder: log.folder.clone(), source })?;
    let mut bounded =
        Bounded { files, folder: log.folder.clone(), max_bytes: log.max_bytes, written: 0, is_full: false };
    bounded.measure();
    Ok(NonBlockingBuilder::default().lossy(true).buffered_lines_limit(QUEUE).finish(bounded))
}

/// Files with a bound on all of them together.
struct Bounded {
    files: RollingFileAppender,
    folder: PathBuf,
    max_bytes: u64,
    /// Since the folder was last measured.
    written: u64,
    is_full: bool,
}

impl Bounded {
    /// Gives up the oldest files until the rest fits. The newest one stays: where it alone is too much, nothing is added.
    fn measure(&mut self) {
        self.written = 0;
        // A folder that cannot be read is measured the next time.
        let Ok(mut files) = sizes(&self.folder) else { return };
        files.sort();
        let mut total: u64 = files.iter().map(|(_, bytes)| *bytes).fold(0, u64::saturating_add);
        let older = files.len().saturating_sub(1);
        for (path, bytes) in files.into_iter().take(older) {
            if total > self.max_bytes && fs::remove_file(path).is_ok() {
                total = total.saturating_sub(bytes);
            }
        }
        self.is_full = total >= self.max_bytes;
    }
}

impl io::Write for Bounded {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let bytes = u64::try_from(line.len()).unwrap_or(u64::MAX);
        self.written = self.written.saturating_add(bytes);
        if self.written >= MEASURE_EVERY.min(self.max_bytes) {
            self.measure();
        }
        if self.is_full { Ok(line.len()) } else { self.files.write(line) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.files.flush()
    }
}

/// Our files with their sizes; names sort by date.
fn sizes(folder: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(SUFFIX) {
            found.push((entry.path(), entry.metadata()?.len()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn old(folder: &Path, day: &str, bytes: usize) -> PathBuf {
        let path = folder.join(format!("{PREFIX}.{day}.{SUFFIX}"));
        fs::write(&path, vec![b'x'; bytes]).unwrap();
        path
    }

    fn log(folder: &Path, days: usize, max_bytes: u64) -> FileLog {
        FileLog { folder: folder.to_owned(), days, max_bytes }
    }

    #[test]
    fn grd_12_the_oldest_files_go_until_the_rest_fits_and_strangers_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (oldest, newer) = (old(folder.path(), "2020-01-01", 400), old(folder.path(), "2020-01-02", 400));
        let stranger = folder.path().join("notes.txt");
        fs::write(&stranger, vec![b'x'; 4_000]).unwrap();
        let (mut writer, guard) = writer(&log(folder.path(), 30, 500)).unwrap();
        writer.write_all(b"{}\n").unwrap();
        drop(guard);
        assert!(!oldest.exists() && newer.exists() && stranger.exists());
    }

    #[test]
    fn grd_12_no_more_days_are_kept_than_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        for day in 1..=9 {
            old(folder.path(), &format!("2020-01-0{day}"), 1);
        }
        let (_, guard) = writer(&log(folder.path(), 3, 1_000)).unwrap();
        drop(guard);
        assert!(sizes(folder.path()).unwrap().len() <= 4, "the ones that are kept and today's");
    }

    #[test]
    fn grd_12_a_day_that_alone_is_too_much_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let (mut writer, guard) = writer(&log(folder.path(), 30, 1_000)).unwrap();
        for _ in 0..100 {
            writer.write_all(&[b'x'; 100]).unwrap();
        }
        drop(guard);
        let total: u64 = sizes(folder.path()).unwrap().iter().map(|(_, bytes)| *bytes).sum();
        assert!((1..=2_100).contains(&total), "{total}");
    }
}
