//! The files: gzip of lines, the first of which says what they are and the last how many; beside each its checksum, as
//! `sha256sum --check` reads it.
//!
//! A file has its name only when it is whole and on the disk.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Error;

/// The version of this form of file.
const FORMAT: u32 = 1;

/// No row of ours is longer; a line that is belongs to something else.
const LONGEST_LINE: u64 = 256 * 1024 * 1024;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    causeway_archive: u32,
    table: String,
    /// RFC 3339: all rows are older.
    older_than: String,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Foot {
    rows: u64,
}

/// What a file holds, after it was found whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The table.
    pub table: String,
    /// Rows.
    pub rows: u64,
    /// Bytes on the disk.
    pub bytes: u64,
    /// Of the file as it lies there.
    pub sha256: [u8; 32],
}

/// A file that is being written, under a name that nobody takes for a whole one.
pub(super) struct Writer {
    partial: PathBuf,
    path: PathBuf,
    encoder: GzEncoder<File>,
    rows: u64,
    written: u64,
}

impl Writer {
    pub(super) fn create(path: PathBuf, table: &str, older_than: String) -> Result<Self, Error> {
        let partial = path.with_extension("partial");
        let file = File::create_new(&partial).map_err(of(&partial))?;
        let mut writer =
            Self { partial, path, encoder: GzEncoder::new(file, Compression::default()), rows: 0, written: 0 };
        writer.line(&json(&Head { causeway_archive: FORMAT, table: table.to_owned(), older_than }))?;
        Ok(writer)
    }

    pub(super) fn row(&mut self, line: &str) -> Result<(), Error> {
        self.rows = self.rows.saturating_add(1);
        self.line(line)
    }

    /// Bytes before compression.
    pub(super) const fn written(&self) -> u64 {
        self.written
    }

    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Makes it durable, gives it its name and its checksum, and reads it again from the start.
    pub(super) fn finish(mut self) -> Result<(PathBuf, Contents), Error> {
        self.line(&json(&Foot { rows: self.rows }))?;
        let Self { partial, path, encoder, rows, .. } = self;
        encoder.finish().and_then(|file| file.sync_all()).map_err(of(&partial))?;
        let sum = checksum(&partial)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let beside = checksum_path(&path);
        let written = File::create_new(&beside).and_then(|mut file| {
            writeln!(file, "{}  {name}", hex(&sum))?;
            file.sync_all()
        });
        written.map_err(of(&beside))?;
        fs::rename(&partial, &path).map_err(of(&path))?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(of(folder))?;
        let contents = verify(&path)?;
        if contents.rows == rows { Ok((path, contents)) } else { Err(damaged(&path, "does not hold what was written")) }
    }

    /// Takes an unfinished file away. What cannot be removed is recognised by its name.
    pub(super) fn discard(self) {
        let _ = fs::remove_file(self.partial);
    }

    fn line(&mut self, line: &str) -> Result<(), Error> {
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        self.written = self.written.saturating_add(length);
        let written = self.encoder.write_all(line.as_bytes()).and_then(|()| self.encoder.write_all(b"\n"));
        written.map_err(of(&self.partial))
    }
}

/// Reads a whole file: its checksum is the one beside it, it ends where it should, and holds as many rows as it says.
///
/// # Errors
/// [`Error::Damaged`] when not, [`Error::File`] when it cannot be read.
pub fn verify(path: &Path) -> Result<Contents, Error> {
    read(path, |_| Ok(()))
}

/// Gives each row to `take`, after the checksum was found right. Whoever cannot undo what it took waits for the end.
pub(super) fn read(path: &Path, mut take: impl FnMut(&str) -> Result<(), Error>) -> Result<Contents, Error> {
    let sha256 = checksum(path)?;
    let beside = checksum_path(path);
    let noted = fs::read_to_string(&beside).map_err(of(&beside))?;
    if noted.split_whitespace().next() != Some(hex(&sha256).as_str()) {
        return Err(damaged(path, "is not what it was: its checksum is another"));
    }
    let file = File::open(path).map_err(of(path))?;
    let bytes = file.metadata().map_err(of(path))?.len();
    let mut lines = BufReader::new(GzDecoder::new(file));
    let head: Head = next(&mut lines, path)?
        .and_then(|line| serde_json::from_str(&line).ok())
        .filter(|head: &Head| head.causeway_archive == FORMAT)
        .ok_or_else(|| damaged(path, "does not begin as an archive of ours"))?;
    let mut rows = 0_u64;
    // One line behind: the last one is no row.
    let mut held = next(&mut lines, path)?;
    while let Some(following) = next(&mut lines, path)? {
        if let Some(row) = held.replace(following) {
            rows = rows.saturating_add(1);
            take(&row)?;
        }
    }
    let foot = held.and_then(|line| serde_json::from_str::<Foot>(&line).ok());
    if foot != Some(Foot { rows }) {
        return Err(damaged(path, "ends before its end"));
    }
    Ok(Contents { table: head.table, rows, bytes, sha256 })
}

fn next(lines: &mut impl BufRead, path: &Path) -> Result<Option<String>, Error> {
    let mut line = String::new();
    let read = io::Read::take(lines, LONGEST_LINE).read_line(&mut line).map_err(of(path))?;
    if read == 0 {
        return Ok(None);
    }
    if line.pop() != Some('\n') {
        return Err(damaged(path, "ends within a line"));
    }
    Ok(Some(line))
}

fn checksum(path: &Path) -> Result<[u8; 32], Error> {
    let mut hash = Sha256::new();
    let mut file = BufReader::new(File::open(path).map_err(of(path))?);
    loop {
        let bytes = file.fill_buf().map_err(of(path))?;
        if bytes.is_empty() {
            return Ok(hash.finalize().into());
        }
        hash.update(bytes);
        let read = bytes.len();
        file.consume(read);
    }
}

fn checksum_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sha256");
    PathBuf::from(name)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = std::fmt::Write::write_fmt(&mut text, format_args!("{byte:02x}"));
        text
    })
}

/// Plain words and numbers: this does not fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn of(path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_owned();
    |source| Error::File { path, source }
}

fn damaged(path: &Path, what: &'static str) -> Error {
    Error::Damaged { path: path.to_owned(), what }
}
