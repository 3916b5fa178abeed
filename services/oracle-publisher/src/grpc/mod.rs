//! The gRPC face: validate → call → convert. No logic and no SQL.

mod convert;
mod explained;
mod ops;
mod oracle;
mod status;

pub(crate) use ops::Ops;
pub(crate) use oracle::Oracle;
