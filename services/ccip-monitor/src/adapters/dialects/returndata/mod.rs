//! Why an execution failed, from the bytes that it left behind.
//!
//! Errors come wrapped in errors, and ramps cut them at 132 bytes, so whatever is there is read and what is missing is
//! said to be missing. Receivers return what they like: texts are shortened, made printable, and never trusted.

mod explain;
mod known;

pub use self::{
    explain::{Cause, Explained, Kind, explain},
    known::Known,
};
