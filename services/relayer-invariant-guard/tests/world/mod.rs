//! The core on a real bridge: two chains, a relayer's process and its database, endpoints that agree, lie or are gone.

mod guarded;
mod judged;
mod pinned;
mod stand;
