//! Where the anvil binary is: PATH, Foundry's own folder, else npm.
//!
//! npm's package carries the binary in a package per platform. Its `bin` entry is a script that starts the
//! binary as a child; we start the binary itself, so that killing it kills the chain and not the script.

use std::path::{Path, PathBuf};

use super::Error;
use crate::tools;

/// The version of npm's package: the one that the tests were written against.
const VERSION: &str = "1.7.1";

/// Finds the binary, installing it below the target directory if the machine has none. Blocks.
pub(super) fn find() -> Result<PathBuf, Error> {
    let foundry = std::env::home_dir().map(|home| home.join(".foundry").join("bin"));
    if let Some(found) = tools::which("anvil", foundry.as_slice()) {
        return Ok(found);
    }
    let root = tools::npm("anvil", &[("@foundry-rs/anvil", VERSION)]).map_err(Error::NotFound)?;
    in_node_modules(&root).ok_or(Error::NoBinaryForPlatform)
}

/// `node_modules/@foundry-rs/anvil-<platform>/bin/anvil`, whichever platform npm chose.
fn in_node_modules(root: &Path) -> Option<PathBuf> {
    let scope = root.join("node_modules").join("@foundry-rs");
    std::fs::read_dir(scope)
        .ok()?
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("anvil-"))
        .map(|entry| entry.path().join("bin").join(if cfg!(windows) { "anvil.exe" } else { "anvil" }))
        .find(|binary| binary.is_file())
}
