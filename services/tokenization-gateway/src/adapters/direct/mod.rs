//! The default way to the chain: the gateway's own key, without anything between.

mod carrier;

pub use self::carrier::Direct;
