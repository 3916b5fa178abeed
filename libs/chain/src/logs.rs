//! Reads the logs of chosen contracts from a chain, in order, without gaps, as fast as its endpoints answer.
//!
//! The [`Scanner`] is a value: the caller stores a window's [`Position`] in the transaction that stores what
//! was decoded, and starts from there after a crash. There is no state beside it. What it hands out was
//! consistent at one endpoint: blocks and logs of one view, on top of the last position. What it cannot see is
//! an endpoint that leaves logs out: sequence numbers in the events show that, and [`Scanner::reread`] asks
//! somebody else.

mod check;
mod error;
mod fetch;
mod pace;
mod policy;
mod queue;
mod scanner;
mod selection;
mod times;
mod window;
mod wire;

pub use self::{
    check::Fault,
    error::Error,
    policy::ScanPolicy,
    scanner::{Scanner, Step},
    selection::Selection,
    window::{Position, ScannedLog, Window},
};
use crate::endpoints::Session;

/// The newest of the stored positions that is still on the chain; `None` when none is. Pass them newest
/// first.
///
/// # Errors
/// [`Error::Chain`].
pub async fn newest_on_chain(session: &Session, stored: &[Position]) -> Result<Option<Position>, Error> {
    for position in stored {
        if session.find_block(position.number).await?.is_some_and(|block| block.hash == position.hash) {
            return Ok(Some(*position));
        }
    }
    Ok(None)
}
