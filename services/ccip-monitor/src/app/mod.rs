//! Gather → decide → record: what runs, over the ports.

pub mod diagnose;
pub mod lanes;
pub mod probe;
pub mod sites;
pub mod verify;
pub mod view;
