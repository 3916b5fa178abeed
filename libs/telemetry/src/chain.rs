//! An error and its causes on one line.
//!
//! Our errors print themselves and not what is below them, so whoever handles one has to walk the chain.
//! This is that walk, for the one log line that handling an error earns.

use std::{error::Error, fmt};

/// Displays an error followed by each of its sources: `could not read: connection reset`.
#[derive(Debug, Clone, Copy)]
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

/// No real chain is this deep; a cyclic one must not hang the log.
const MAX_DEPTH: usize = 16;

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let causes = std::iter::successors(self.0.source(), |&error| error.source());
        causes.take(MAX_DEPTH).try_for_each(|cause| write!(f, ": {cause}"))
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("could not publish")]
    struct Outer(#[source] io::Error);

    #[test]
    fn prints_every_cause_once() {
        let error = Outer(io::Error::other("connection reset"));
        assert_eq!(Chain(&error).to_string(), "could not publish: connection reset");
    }
}
