//! The pages: what is known, made readable. No decision is made here and nothing is asked but the board and the store.

mod ages;
mod assets;
mod error;
mod events;
mod guard;
mod live;
mod overview;
mod page;
mod routes;
mod services;
mod sign_in;

pub(crate) use self::routes::{Pages, router};
