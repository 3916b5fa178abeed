//! NATS with JetStream, to which services offer their events.

use std::path::Path;

use super::daemon::{Daemon, Error};

const NAME: &str = "nats-server";

/// A running server. Dropping it kills the process; what its streams hold lies in its folder.
#[derive(Debug)]
pub struct Nats {
    _daemon: Daemon,
    address: String,
}

impl Nats {
    /// Starts it with its streams in this folder, on this port; `None`: one that is free.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn start(binary: &Path, folder: &Path, port: Option<u16>) -> Result<Self, Error> {
        let port = port.map_or_else(|| "-1".to_owned(), |port| port.to_string());
        let folder = folder.display().to_string();
        let arguments = ["--addr", "127.0.0.1", "--port", &port, "--jetstream", "--store_dir", &folder];
        let mut address = None;
        let ready = |line: &str| {
            address = address.take().or_else(|| listening(line));
            // Streams are there before it says so.
            if line.contains("Server is ready") { address.clone() } else { None }
        };
        let (daemon, address) = Daemon::start(NAME, binary, &arguments.map(str::to_owned), ready).await?;
        Ok(Self { _daemon: daemon, address })
    }

    /// `nats://127.0.0.1:34567`.
    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// Its port, for one that takes its place.
    pub fn port(&self) -> Option<u16> {
        self.address.rsplit_once(':').and_then(|(_, port)| port.parse().ok())
    }
}

/// `[1] 2026/11/21 … [INF] Listening for client connections on 127.0.0.1:34567`.
fn listening(line: &str) -> Option<String> {
    line.split_once("Listening for client connections on ").map(|(_, address)| address.trim().to_owned())
}
