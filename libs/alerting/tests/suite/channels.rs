//! What each receiver gets, and what its answers mean.

mod chat;
mod mail;
mod paging;
mod systems;
