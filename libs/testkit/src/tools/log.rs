//! The end of a child's log, for an error of one line.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
};

/// As much as helps in one line.
const TAIL_BYTES: u64 = 600;

/// Empty when there is no log: the error that wants to quote it matters more.
pub(crate) fn log_tail(log: &Path) -> String {
    read(log).unwrap_or_default()
}

fn read(log: &Path) -> io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).split_whitespace().collect::<Vec<_>>().join(" "))
}
