//! Where the simulated relayer's program is, for packages whose tests start one.
//!
//! Cargo builds a package's own programs and examples for its tests, and nobody else's programs. So a package that wants
//! a simulated relayer has an example `simulated-relayer` whose `main` calls [`super::main`].

use std::path::PathBuf;

use super::Error;

const NAME: &str = "simulated-relayer";

/// The program beside the running one: the package's example, else the test kit's own.
///
/// # Errors
/// [`Error::NoBinary`] when there is neither.
pub fn binary() -> Result<PathBuf, Error> {
    let program = std::env::current_exe().map_err(Error::Process)?;
    // `<profile>/deps/test-…`, `<profile>/program` or `<profile>/examples/program`.
    let folders = program.ancestors().skip(1).take(2);
    let candidates = folders.flat_map(|folder| [folder.join("examples").join(NAME), folder.join(NAME)]);
    candidates.into_iter().find(|file| file.is_file()).ok_or(Error::NoBinary)
}
