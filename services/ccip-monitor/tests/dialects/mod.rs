//! The dialects of messages, through the trait that the service uses: logs as contracts emit them, encoded by alloy
//! from the published types, against what they mean.

pub(crate) mod abi;
mod any_log;
mod hostile;
mod merkle;
mod private;
mod published;
mod reference;
mod registry;
pub(crate) mod support;
mod v1_5;
mod v1_6;
mod v2_0;
