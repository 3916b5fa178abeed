//! What survives a restart: the highest epoch, and what is halted. A small text file that is replaced as a whole.
//!
//! A file that is not there is a first start. A file that is there and cannot be read, or does not end as it should,
//! is a halt of everything until somebody has looked at it.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use causeway_primitives::Scope;

use crate::clearance::{Halted, Memory};

/// First line; another version of the format gets another one.
const HEAD: &str = "causeway-latch 1";
/// Last line: without it the file is not whole.
const END: &str = "end";

/// Where the memory is kept.
#[derive(Debug, Clone)]
pub(crate) struct Latch {
    path: PathBuf,
}

impl Latch {
    /// Reads the memory, or `None` when there is one that cannot be read, and proves that it can be written.
    ///
    /// # Errors
    /// When nothing can be written there: a latch that cannot close is found out at the start.
    pub(crate) fn open(path: PathBuf) -> io::Result<(Self, Option<Memory>)> {
        let latch = Self { path };
        let memory = match fs::read_to_string(&latch.path) {
            Ok(text) => parse(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(Memory::default()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => None,
            Err(error) => {
                tracing::error!(path = %latch.path.display(), error = %error, "latch unreadable");
                None
            }
        };
        if let Some(memory) = &memory {
            latch.save(memory)?;
        }
        Ok((latch, memory))
    }

    /// Replaces the file: new content on disk, then the name, then the folder. Blocks.
    pub(crate) fn save(&self, memory: &Memory) -> io::Result<()> {
        let mut fresh = self.path.clone().into_os_string();
        fresh.push(".new");
        let mut file = File::create(&fresh)?;
        file.write_all(print(memory).as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, &self.path)?;
        File::open(folder_of(&self.path))?.sync_all()
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn print(memory: &Memory) -> String {
    let mut text = format!("{HEAD}\nepoch {}\n", memory.epoch);
    for (scope, halt) in &memory.halted {
        // A guard's id is a UUID; whatever else came must not break the lines.
        let id: String = halt.halt_id.chars().filter(|c| c.is_ascii_graphic()).take(64).collect();
        text.push_str(&format!("halted {scope} {} {id}\n", halt.epoch));
    }
    text + END + "\n"
}

fn parse(text: &str) -> Option<Memory> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    if lines.next()? != HEAD || lines.next_back()? != END {
        return None;
    }
    let epoch = lines.next()?.strip_prefix("epoch ")?.parse().ok()?;
    let mut memory = Memory { epoch, ..Memory::default() };
    for line in lines {
        let mut words = line.strip_prefix("halted ")?.splitn(3, ' ');
        let scope: Scope = words.next()?.parse().ok()?;
        let halt = Halted { epoch: words.next()?.parse().ok()?, halt_id: Arc::from(words.next()?) };
        if memory.halted.insert(scope, halt).is_some() {
            return None;
        }
    }
    Some(memory)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn some_memory() -> impl Strategy<Value = Memory> {
        let halt = (any::<u64>(), "[a-f0-9-]{1,36}").prop_map(|(epoch, id)| Halted { epoch, halt_id: Arc::from(id) });
        let scope = prop::sample::select(Scope::EVERY.to_vec());
        let halted = prop::collection::btree_map(scope, halt, 0..4);
        (any::<u64>(), halted).prop_map(|(epoch, halted)| Memory { epoch, halted })
    }

    proptest! {
        #[test]
        fn grd_13_a_memory_is_read_as_it_was_written(memory in some_memory()) {
            prop_assert_eq!(parse(&print(&memory)), Some(memory));
        }

        #[test]
        fn grd_13_a_file_that_is_cut_anywhere_is_unreadable(memory in some_memory(), at in any::<prop::sample::Index>()) {
            let whole = print(&memory);
            let cut = &whole[..at.index(whole.len())];
            prop_assert_eq!(parse(cut), None);
        }

        #[test]
        fn garbage_is_unreadable_and_no_panic(text in ".{0,200}") {
            prop_assert_eq!(parse(&text), None);
        }
    }

    #[test]
    fn grd_13_a_missing_file_is_a_first_start_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latch");
        let (latch, memory) = Latch::open(path.clone()).unwrap();
        assert_eq!(memory, Some(Memory::default()));

        let mut halted = Memory { epoch: 3, ..Memory::default() };
        halted.halted.insert(Scope::Settlement, Halted { halt_id: "h".into(), epoch: 3 });
        latch.save(&halted).unwrap();
        assert_eq!(Latch::open(path.clone()).unwrap().1, Some(halted));

        fs::write(&path, b"causeway-latch 1\nepoch 3\n").unwrap();
        assert_eq!(Latch::open(path.clone()).unwrap().1, None);
        fs::write(&path, b"\xff\xfe").unwrap();
        assert_eq!(Latch::open(path.clone()).unwrap().1, None);
        assert_eq!(fs::read(&path).unwrap(), b"\xff\xfe", "what cannot be read is left for whoever looks");
    }

    #[test]
    fn grd_13_a_latch_that_cannot_close_is_found_out_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Latch::open(folder.path().join("no/such/folder/latch")).is_err());
    }
}
