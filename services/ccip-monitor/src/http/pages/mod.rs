//! A page for people: lanes, the newest messages with their ladders, search, and everything about one message.
//!
//! Rendered here and whole without JavaScript; a small script keeps it fresh by the stream of changes. Nothing comes from
//! anywhere else, and the browser is told to load nothing from anywhere else.

mod assets;
mod frame;
mod home;
mod ladder;
mod lanes;
mod message;
mod rows;
mod search;

pub(super) use self::frame::router;
