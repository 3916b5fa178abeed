//! The relayer's door: validate → call → convert.

mod convert;
mod lease;

pub use self::lease::LeaseDoor;
