//! Why a text cannot be read, or written.

/// The version of the format that is written.
pub(super) const VERSION: u32 = 1;

/// Why a stored text gives no record, or a value no text.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the JSON of this version.
    #[error("not a record of version {VERSION}")]
    Format(#[source] serde_json::Error),
    /// A value that has no JSON.
    #[error("a value that has no JSON")]
    Unwritable(#[source] serde_json::Error),
    /// A version that this program does not know.
    #[error("a record of version {0}, but this program reads version {VERSION}")]
    Version(u32),
    /// A field holds what the domain refuses.
    #[error("`{0}` holds no valid value")]
    Value(&'static str),
    /// The record names another policy than the one given with it.
    #[error("the policy does not belong to the record")]
    Policy,
}
