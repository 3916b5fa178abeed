//! Answers of commands. Logs go elsewhere, so that an answer can be piped.

use std::io::Write as _;

/// The answer of a command, on standard output.
pub(super) fn print(text: &str) {
    // A reader that went away is no failure of ours.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
