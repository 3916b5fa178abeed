//! Whether anything may leave for the chain now, as somebody outside says.
//!
//! Most senders have nobody to ask. One whose signatures stand under another's leave asks before each signature and before
//! each sending, also of bytes that were signed when there was leave: what no pool holds can still be kept back.

use std::{fmt, sync::Arc};

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// Sign and send.
    Given,
    /// Neither. What was sent is followed to its end.
    Withheld,
}

/// Whom to ask; it answers from memory and at once.
#[derive(Clone)]
pub struct Gate(Arc<dyn Fn() -> Leave + Send + Sync>);

impl Gate {
    /// That is asked so.
    pub fn new(ask: impl Fn() -> Leave + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }

    pub(super) fn ask(&self) -> Leave {
        (self.0)()
    }
}

impl Default for Gate {
    /// Always open.
    fn default() -> Self {
        Self::new(|| Leave::Given)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gate({:?})", self.ask())
    }
}
