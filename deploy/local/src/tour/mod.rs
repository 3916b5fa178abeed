//! The tour: what the system does, shown while it does it. Every step waits for what it shows; one that does not
//! come fails the tour.

mod messages;
mod play;
mod prices;
mod stuck;
mod theft;
mod tokens;
mod traced;

pub(crate) use self::play::play;
