//! The chains as they explain themselves: routers, ramps, curses, balances, receivers, and who tries to execute what.

mod abi;
mod balances;
mod calldata;
mod curse;
mod delivery;
mod destination;
mod failure;
mod manual;
mod off_ramp;
mod original;
mod pools;
mod probe;
mod reader;
mod reads;
mod relay;
mod source;
mod tries;

pub use self::{failure::explain, reads::ChainReader};
