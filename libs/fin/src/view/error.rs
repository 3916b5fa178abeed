//! Why a message has no such view.

/// Why a message has no such view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Another message type.
    #[error("the message is of another type")]
    Type,
    /// Validation found something.
    #[error("the message is not valid")]
    Invalid,
    /// The message is valid and still does not say this: numbers too wide, a date beyond the calendar.
    #[error("field {0} cannot be told as a value")]
    Field(&'static str),
}
