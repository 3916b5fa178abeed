//! A TCP proxy on loopback whose behaviour is switched at run time; the toxics are named as in Toxiproxy.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

use super::pump;

/// More connections than any test of ours opens; further ones are closed at once.
const MOST_CONNECTIONS: usize = 512;

/// What happens to the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toxic {
    /// Nothing: everything passes.
    Healthy,
    /// Open connections are closed, new ones are accepted and closed.
    Down,
    /// As [`Toxic::Down`], with a reset instead of a proper end.
    Reset,
    /// Connections stay open and new ones are accepted, but no byte moves until the toxic is lifted.
    BlackHole,
    /// Each piece is held for so long, in both directions.
    Latency(Duration),
    /// The connection is closed once so many bytes of the server's have passed since this was applied or the
    /// connection was made.
    CutAfter(u64),
    /// Only so many bytes at a time, with such a pause before each.
    Trickle {
        /// At least 1.
        bytes: usize,
        /// The pause.
        every: Duration,
    },
}

/// Stands between a client and a server. Closes everything when it is dropped.
#[derive(Debug)]
pub struct TcpProxy {
    address: SocketAddr,
    toxic: watch::Sender<Toxic>,
    upstream: watch::Sender<SocketAddr>,
    accepted: Arc<AtomicU64>,
    /// Aborted on drop.
    _acceptor: JoinSet<()>,
}

impl TcpProxy {
    /// Listens on a free port of 127.0.0.1 and is healthy.
    ///
    /// # Errors
    /// When loopback cannot be listened on.
    pub async fn start(upstream: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (toxic, receiver) = watch::channel(Toxic::Healthy);
        let accepted = Arc::new(AtomicU64::new(0));
        let mut acceptor = JoinSet::new();
        let (upstream, servers) = watch::channel(upstream);
        acceptor.spawn(accept(listener, servers, receiver, Arc::clone(&accepted)));
        Ok(Self { address, toxic, upstream, accepted, _acceptor: acceptor })
    }

    /// Where clients connect to.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections that clients have made so far.
    pub fn connections(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// New connections go there from now on: a server that came back with another port has the address that it had.
    pub fn redirect(&self, upstream: SocketAddr) {
        self.upstream.send_replace(upstream);
    }

    /// From now on, for open connections as well.
    pub fn apply(&self, toxic: Toxic) {
        self.toxic.send_replace(toxic);
    }

    /// See [`Toxic::Down`].
    pub fn down(&self) {
        self.apply(Toxic::Down);
    }

    /// See [`Toxic::BlackHole`].
    pub fn black_hole(&self) {
        self.apply(Toxic::BlackHole);
    }

    /// Lifts whatever was applied.
    pub fn heal(&self) {
        self.apply(Toxic::Healthy);
    }
}

async fn accept(
    listener: TcpListener,
    upstream: watch::Receiver<SocketAddr>,
    toxic: watch::Receiver<Toxic>,
    accepted: Arc<AtomicU64>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            incoming = listener.accept() => {
                // Nothing that a peer does fails an accept for long.
                let Ok((client, _)) = incoming else { continue };
                accepted.fetch_add(1, Ordering::Relaxed);
                if connections.len() < MOST_CONNECTIONS {
                    let server = *upstream.borrow();
                    connections.spawn(connection(client, server, toxic.clone()));
                }
            }
        }
    }
}

async fn connection(client: TcpStream, upstream: SocketAddr, mut toxic: watch::Receiver<Toxic>) {
    // A black hole swallows the first packet too: the server hears of nobody.
    if toxic.wait_for(|toxic| *toxic != Toxic::BlackHole).await.is_err() {
        return;
    }
    let now = *toxic.borrow_and_update();
    match now {
        Toxic::Down => return,
        Toxic::Reset => return reset(&client),
        Toxic::Healthy | Toxic::BlackHole | Toxic::Latency(_) | Toxic::CutAfter(_) | Toxic::Trickle { .. } => {}
    }
    let Ok(server) = TcpStream::connect(upstream).await else { return };
    // Small messages must not wait for each other: the toxics alone decide about time.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    if pump::between(&client, &server, toxic).await == pump::End::Reset {
        reset(&client);
        reset(&server);
    }
}

/// A socket that lingers for no time sends a reset when it is closed.
fn reset(stream: &TcpStream) {
    // Closing it in order is what is left when this fails.
    let _ = stream.set_zero_linger();
}
