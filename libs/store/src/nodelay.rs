//! TCP_NODELAY on the connections to the database, which sqlx 0.9.0 forgot (transact-rs/sqlx#4335; later versions set it
//! again, and then this goes). Without it the end of each COPY, and of whatever else is written in two pieces, waits 40 ms
//! for the server's delayed acknowledgement.
//!
//! sqlx gives its socket to nobody, so the process looks through its own descriptors for connections to the database's
//! port. Elsewhere than on Linux nothing happens: it is only slower.

/// Sets it on every connection of this process to this port.
#[cfg(target_os = "linux")]
pub(crate) fn set(port: u16) {
    use std::{net::SocketAddr, os::fd::BorrowedFd};

    use rustix::net::{getpeername, sockopt::set_tcp_nodelay};

    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return };
    let names = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    for number in names.filter(|number| *number >= 0) {
        // A descriptor that was closed meanwhile answers EBADF, and one that is another file by now is no connection to
        // this port, or may have the option as well: nothing is read, written or closed here.
        #[allow(unsafe_code, reason = "asked and set by number; see above")]
        let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
        let peer = getpeername(descriptor).ok().flatten().and_then(|peer| SocketAddr::try_from(peer).ok());
        if peer.is_some_and(|peer| peer.port() == port) {
            // What cannot be set stays slower.
            let _ = set_tcp_nodelay(descriptor, true);
        }
    }
}

/// Sets nothing.
#[cfg(not(target_os = "linux"))]
pub(crate) const fn set(_port: u16) {}
