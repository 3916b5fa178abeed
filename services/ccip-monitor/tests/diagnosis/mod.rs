//! Why real messages on real contracts are where they are, through the real store; and whether everything was seen.

mod failing;
mod stand;
mod stuck;
mod tries;

mod verify;
