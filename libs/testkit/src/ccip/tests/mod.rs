//! Every step of every family on the real contracts, and that it emits what monitors look for.

mod hashes;
mod private;
mod reorg;
mod v1_5;
mod v1_6;
mod v2_0;
mod world;
