//! The services as what changes look at and act on, over their own contracts.

mod facts;
mod own;
mod services;

pub use self::services::{Services, Speaker};
