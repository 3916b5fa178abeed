//! The running console: what is started, in which order, and what stands behind its ports.

mod changes;
mod run;
mod watch;

pub(crate) use self::run::serve;
