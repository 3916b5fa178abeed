//! One server for all tests of a binary: starting one takes a second, a database in it a few milliseconds.

use tokio::sync::OnceCell;

use super::{Cluster, Error};

/// Never dropped, as statics are; the watchdog cleans up when the process ends.
static SHARED: OnceCell<Cluster> = OnceCell::const_new();

/// The server of this process, started by whoever asks first. Tests that stop the server start their own
/// with [`Cluster::start`].
///
/// # Errors
/// As [`Cluster::start`]; the next caller tries again.
pub async fn shared() -> Result<&'static Cluster, Error> {
    SHARED.get_or_try_init(Cluster::start).await
}
