//! Where things are: the build folder of this checkout, and programs on the machine.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::Error;

/// The file that cargo puts into the root of every build folder.
const BUILD_FOLDER_MARK: &str = "CACHEDIR.TAG";

/// The folder that cargo builds this checkout into: what is installed for tests belongs there, so that
/// `cargo clean` removes it and two checkouts never meet.
///
/// # Errors
/// [`Error::Io`] when the folder cannot be made.
pub fn target_dir() -> Result<PathBuf, Error> {
    let dir = configured().or_else(of_this_program).unwrap_or_else(|| {
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).join("target")
    });
    fs::create_dir_all(&dir).map_err(Error::io("create the build folder", &dir))?;
    Ok(dir)
}

/// A relative setting counts from where cargo was started, which a test no longer knows: the program's own
/// place answers then.
fn configured() -> Option<PathBuf> {
    variable("CARGO_TARGET_DIR").map(PathBuf::from).filter(|dir| dir.is_absolute())
}

fn of_this_program() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    program.ancestors().find(|dir| dir.join(BUILD_FOLDER_MARK).is_file()).map(Path::to_path_buf)
}

/// How many rounds a storm shall have, where somebody wants others than a run of all tests has time for:
/// `CAUSEWAY_STORM_ROUNDS`.
pub fn storm_rounds() -> Option<u32> {
    variable("CAUSEWAY_STORM_ROUNDS")?.to_str()?.parse().ok()
}

/// The first executable of this name on `PATH`, then in `extra`.
pub fn which(name: &str, extra: &[PathBuf]) -> Option<PathBuf> {
    let path = variable("PATH").unwrap_or_default();
    env::split_paths(&path).chain(extra.iter().cloned()).map(|dir| dir.join(name)).find(|file| is_executable(file))
}

/// Says that something is not tested for want of this program. Where all are meant to be here that is a failure: with
/// `CAUSEWAY_ALL_TOOLS`, as `.ci/run` has it.
///
/// # Panics
/// There.
#[allow(clippy::panic, reason = "a test that would pass without having run has failed")]
pub fn lacking(program: &str, untested: &str) {
    let words = format!("NOT RUN for want of {program}: {untested}; `.ci/run` brings it");
    if variable("CAUSEWAY_ALL_TOOLS").is_some() {
        panic!("{words}");
    }
    eprintln!("{words}");
}

fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[allow(clippy::disallowed_methods, reason = "the machine's own PATH and cargo's folder are no settings of a service")]
pub(crate) fn variable(name: &str) -> Option<std::ffi::OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_on_the_path_and_in_an_extra_folder_but_only_if_it_can_run() {
        let dir = tempfile::tempdir().unwrap();
        let tool = dir.path().join("causeway-no-such-tool");
        let extra = [dir.path().to_path_buf()];
        assert!(which("sh", &[]).is_some());

        fs::write(&tool, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(which("causeway-no-such-tool", &extra), None);

        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(which("causeway-no-such-tool", &extra), Some(tool));
    }

    #[test]
    fn the_build_folder_is_the_one_this_test_runs_from() {
        let program = env::current_exe().unwrap();
        assert!(program.starts_with(target_dir().unwrap()), "{} is built elsewhere", program.display());
    }
}
