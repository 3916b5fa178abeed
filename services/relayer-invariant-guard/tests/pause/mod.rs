//! Pausing real contracts: the journalled call, and whether it could be made.

mod pausing;
mod readiness;
mod stand;
