//! The client behind the `healthcheck` sub-command: a container without a shell has no `curl`.
//!
//! It speaks just enough HTTP/1.1 for one question over loopback, without a runtime, so that a probe
//! costs a few milliseconds.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

/// A status line is far shorter; an answer that is not HTTP ends here.
const MAX_ANSWER_BYTES: u64 = 4 * 1024;

/// Why the process does not count as ready.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers there, or not in time.
    #[error("no answer from {address} ({source})")]
    Unreachable {
        /// Where we asked.
        address: SocketAddr,
        /// Why. Printed with the error, which is all that a probe shows.
        source: io::Error,
    },
    /// Somebody answers, but not "ready".
    #[error("{address} answered: {answer}")]
    NotReady {
        /// Where we asked.
        address: SocketAddr,
        /// The status line and the reasons, at most 4 KiB.
        answer: String,
    },
}

/// Asks the process that listens on `address` whether it is ready, within `timeout` a step.
///
/// # Errors
/// [`Error`] when it is not, or does not answer.
pub fn probe(address: SocketAddr, timeout: Duration) -> Result<(), Error> {
    let address = over_loopback(address);
    let answer = ask(address, timeout).map_err(|source| Error::Unreachable { address, source })?;
    if answer.starts_with("HTTP/1.1 200 ") {
        return Ok(());
    }
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.lines().next().unwrap_or_default();
    Err(Error::NotReady { address, answer: format!("{status}: {}", body.trim().replace('\n', "; ")) })
}

/// A process that listens everywhere is asked where we are.
fn over_loopback(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn ask(address: SocketAddr, timeout: Duration) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER_BYTES).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
