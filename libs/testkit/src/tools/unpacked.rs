//! An npm package by itself: its files without its dependencies.
//!
//! For packages that carry data which the tests read, and whose dependencies (here: other packages' Solidity
//! sources, some of them from Git) nobody needs.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use super::{
    Error,
    npm::{Job, beside, lock, remove, run},
    place,
};

/// The folder of the files of `package` at exactly this version, unpacked once per build folder. Blocks while
/// npm runs: from async code call it on the blocking pool.
///
/// `name` says in the folder's name and in the progress line what this is for.
///
/// # Errors
/// [`Error`] names the command that failed or the program that is missing.
pub fn npm_unpacked(name: &str, package: &str, version: &str) -> Result<PathBuf, Error> {
    let tools = place::target_dir()?.join("causeway-tools");
    let folder = tools.join(format!("{name}-{version}"));
    if is_whole(&folder) {
        return Ok(folder.join("package"));
    }
    fs::create_dir_all(&tools).map_err(Error::io("create", &tools))?;
    let _lock = lock(name, &beside(&folder, "lock"))?;
    // Whoever held the lock before has probably done the work.
    if !is_whole(&folder) {
        fill(&folder, &format!("{package}@{version}"))?;
    }
    Ok(folder.join("package"))
}

/// npm puts everything of a package below `package`; the folder appears under its name only when all is there.
fn is_whole(folder: &Path) -> bool {
    folder.join("package").join("package.json").is_file()
}

fn fill(folder: &Path, wanted: &str) -> Result<(), Error> {
    let line = format!("npm pack {wanted}");
    let Some(npm) = place::which("npm", &[]) else {
        return Err(Error::NpmMissing { command: line });
    };
    let partial = beside(folder, "partial");
    remove(&partial)?;
    fs::create_dir_all(&partial).map_err(Error::io("create", &partial))?;
    let log = beside(folder, "log");

    eprintln!("{line} (once, into the build folder)");
    let pack = ["pack", wanted, "--loglevel=error"];
    run(&Job { program: &npm, arguments: &pack, folder: &partial, log: &log, line: &line })?;
    let archive = archive_in(&partial)?;
    let unpack = ["-xzf", archive.as_str()];
    let line = format!("tar -xzf {archive}");
    run(&Job { program: Path::new("tar"), arguments: &unpack, folder: &partial, log: &log, line: &line })?;

    remove(folder)?;
    fs::rename(&partial, folder).map_err(Error::io("move into place", folder))
}

/// The name of the one archive that npm wrote: it makes the name out of the package's.
fn archive_in(folder: &Path) -> Result<String, Error> {
    let entries = fs::read_dir(folder).map_err(Error::io("list", folder))?;
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension() == Some(OsStr::new("tgz")))
        .and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()))
        .ok_or_else(|| Error::io("find the archive in", folder)(std::io::ErrorKind::NotFound.into()))
}
