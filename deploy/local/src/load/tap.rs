//! A wire tap before the endpoint: passes bytes on as they come, and notes when a transaction goes by.
//!
//! An outside clock for the latency. It parses nothing, so it costs one hop on loopback and no more.

use std::net::Ipv4Addr;

use anyhow::Context as _;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::Instant,
};

use super::fleet::now;

/// What is listened for: the method as it stands in a JSON-RPC request.
const NEEDLE: &[u8] = b"eth_sendRawTransaction";

/// Requests of the service fit, so that the needle is rarely cut in two; if it is, the kept tail finds it.
const CHUNK_BYTES: usize = 16 * 1024;

/// Connections of the service's client pool, many times over.
const MOST_CONNECTIONS: usize = 256;

/// The tap. Dropping it ends it and its connections.
#[derive(Debug)]
pub(super) struct Tap {
    url: String,
    seen: watch::Receiver<Sightings>,
    _server: JoinSet<()>,
}

/// Transactions that went by.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sightings {
    pub(super) count: u64,
    /// When the last one did.
    pub(super) last: Option<Instant>,
}

impl Tap {
    /// Listens before an `http://host:port` endpoint.
    pub(super) async fn start(endpoint: &str) -> anyhow::Result<Self> {
        let upstream = endpoint.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for the tap")?;
        let url = format!("http://{}", listener.local_addr()?);
        let (sender, seen) = watch::channel(Sightings::default());
        let mut server = JoinSet::new();
        server.spawn(accept(listener, upstream, sender));
        Ok(Self { url, seen, _server: server })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn seen(&self) -> watch::Receiver<Sightings> {
        self.seen.clone()
    }
}

async fn accept(listener: TcpListener, upstream: String, seen: watch::Sender<Sightings>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        if connections.len() < MOST_CONNECTIONS {
            connections.spawn(pass(client, upstream.clone(), seen.clone()));
        }
    }
}

async fn pass(client: TcpStream, upstream: String, seen: watch::Sender<Sightings>) {
    let Ok(server) = TcpStream::connect(upstream).await else { return };
    // Nagle's delay would be measured as the service's.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, to_server) = server.into_split();
    tokio::select! {
        () = listen(from_client, to_server, &seen) => {}
        _ = tokio::io::copy(&mut from_server, &mut to_client) => {}
    }
}

/// Passes requests on, and notes the needle before it does.
async fn listen(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, seen: &watch::Sender<Sightings>) {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut tail: Vec<u8> = Vec::new();
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        let Some(bytes) = chunk.get(..length) else { return };
        tail.extend_from_slice(bytes);
        if tail.windows(NEEDLE.len()).any(|window| window == NEEDLE) {
            seen.send_modify(|seen| *seen = Sightings { count: seen.count.saturating_add(1), last: Some(now()) });
            tail.clear();
        }
        tail.drain(..tail.len().saturating_sub(NEEDLE.len().saturating_sub(1)));
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_method_that_is_cut_in_two_is_seen_once_and_passed_on_whole() {
        let (mut client, from) = tokio::io::duplex(64);
        let (to, mut server) = tokio::io::duplex(4_096);
        let (sender, seen) = watch::channel(Sightings::default());
        let request = br#"{"method":"eth_sendRawTransaction","params":["0x02"]}"#;
        let (left, right) = request.split_at(20);
        let told = async {
            client.write_all(b"{\"method\":\"eth_call\"}").await.unwrap();
            client.write_all(left).await.unwrap();
            client.flush().await.unwrap();
            tokio::task::yield_now().await;
            client.write_all(right).await.unwrap();
            drop(client);
        };
        tokio::join!(told, listen(from, to, &sender));
        let mut passed = Vec::new();
        server.read_to_end(&mut passed).await.unwrap();
        assert!(passed.ends_with(request) && passed.starts_with(b"{\"method\":\"eth_call\"}"));
        assert_eq!(seen.borrow().count, 1);
    }
}
