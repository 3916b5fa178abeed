//! Gather → decide → record: what runs, over the ports.

pub mod lanes;
pub mod view;
