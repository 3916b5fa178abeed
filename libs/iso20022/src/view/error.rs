//! Why a message has no such view.

/// Why a message has no such view.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Another message.
    #[error("the message is of another kind")]
    Kind,
    /// Something that the view cannot do without is missing or wrong.
    #[error("{path} is missing or cannot be told as a value")]
    Value {
        /// Where it is, or where it should be.
        path: String,
    },
}
