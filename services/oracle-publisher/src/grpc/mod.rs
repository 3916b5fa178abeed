//! The gRPC face: validate → call → convert. No logic and no SQL.

mod actions;
mod convert;
mod explained;
mod oracle;
mod status;

pub(crate) use actions::Actions;
pub(crate) use oracle::Oracle;
