//! The chains, as each endpoint says they are: the domain takes the quorum, not this.
//!
//! Two rounds. Mempools are read before the books are: whatever a relayer has broadcast by then is in books that are read
//! later. The chains are read after the books, at exactly the books' watermarks: each endpoint is asked for the block at
//! that height, and then for everything else at the hash that it named, so that no endpoint answers from two forks. A
//! node that takes no hashes there is asked by height, between two looks at the hash.

mod abi;
mod log;
mod plan;
mod reader;

pub use self::{
    plan::{Ask, Emitter, Endpoint, Plan, Slot},
    reader::{At, ChainReader, Mempool},
};
