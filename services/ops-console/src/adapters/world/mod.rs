//! The services as what changes look at and act on, over their own contracts.

mod facts;
mod hush;
mod own;
mod services;

pub use self::{
    hush::hush,
    services::{Services, Speaker, Speakers},
};
