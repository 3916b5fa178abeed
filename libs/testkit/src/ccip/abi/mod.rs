//! The parts of the contracts' interfaces that the worlds use, written down here: the package's own ABI files are
//! not ours to commit.

pub(super) mod common;
pub(super) mod own;
pub(super) mod v1_5;
pub(super) mod v1_6;
#[allow(clippy::too_many_arguments, reason = "the macro makes a function with an argument per field of an event")]
pub(super) mod v2_0;
