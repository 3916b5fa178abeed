//! From an address to a server that stops when it is told to.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Extension, Router, extract::ConnectInfo};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use tower::Layer as _;

/// Connections at a time; whoever comes then waits until one ends.
const MOST: usize = 2_048;

/// Connections of one address at a time; one more is closed. Whoever opens all he can keeps neither people nor probes out.
const SHARE: usize = MOST / 2;

/// A request's head is there within this time, the first one and each one behind it. It is longer than the intervals at which
/// pages, probes and Prometheus ask, so that these keep their connections.
const HEAD: Duration = Duration::from_secs(35);

/// Before a connection is accepted again when the process had no file left for one.
const PAUSE: Duration = Duration::from_secs(1);

/// The address could not be bound.
#[derive(Debug, thiserror::Error)]
#[error("could not listen on {address}")]
pub struct BindError {
    address: SocketAddr,
    source: io::Error,
}

/// Binds `address`. Port 0 lets the system choose; the listener knows which one it was.
///
/// # Errors
/// [`BindError`] when the address is taken or not ours.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).await.map_err(|source| BindError { address, source })
}

/// Serves `router` until `stop`, then finishes the requests that are under way. It puts no bound on
/// that: the task group that owns the server does, at its drain deadline. Handlers may ask who is at
/// the other end of the connection, by [`ConnectInfo`].
///
/// # Errors
/// None in practice: accept errors are retried. The signature is that of a supervised task.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> io::Result<()> {
    serve_at_most(MOST, SHARE, listener, router, stop).await
}

/// All connections share one router. `axum::serve` gives each a copy of it, which for a hundred routes is more memory than all
/// else of a connection, and waits for a request's head for ever.
async fn serve_at_most(
    most: usize,
    share: usize,
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) -> io::Result<()> {
    let (places, mut connections) = (Arc::new(Semaphore::new(most)), JoinSet::new());
    let shares = Arc::new(Shares { most: share, held: Mutex::default() });
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    let next = async || {
        let place = Arc::clone(&places).acquire_owned().await;
        (place, accept(&listener).await)
    };
    loop {
        let (place, (stream, peer)) = tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            accepted = next() => accepted,
        };
        let Some(share) = shares.take(peer.ip()) else { continue };
        let service = TowerToHyperService::new(Extension(ConnectInfo(peer)).layer(router.clone()));
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
        let stop = stop.clone();
        connections.spawn(async move {
            let mut connection = pin!(connection);
            let ended = match stop.run_until_cancelled(connection.as_mut()).await {
                Some(ended) => ended,
                None => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::trace!(%peer, %error, "a connection failed");
            }
            drop((place, share));
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
    Ok(())
}

/// How many connections each address has.
struct Shares {
    most: usize,
    held: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection's part in the share of its address.
struct Share {
    of: Arc<Shares>,
    address: IpAddr,
}

impl Shares {
    /// None where the address has its whole share already.
    fn take(self: &Arc<Self>, address: IpAddr) -> Option<Share> {
        let mut shares = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let held = shares.entry(address).or_default();
        if *held >= self.most {
            tracing::debug!(%address, most = self.most, "a connection was refused: its address has its share");
            return None;
        }
        *held += 1;
        Some(Share { of: Arc::clone(self), address })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut shares = self.of.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = shares.get_mut(&self.address) {
            *held -= 1;
            if *held == 0 {
                shares.remove(&self.address);
            }
        }
    }
}

/// The next connection. What ends one before it is accepted is nobody's trouble but its own; anything else, such as no file
/// being left, passes when others end.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_its_own(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                sleep(PAUSE).await;
            }
        }
    }
}

fn is_its_own(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpSocket,
        task::JoinHandle,
    };

    use super::*;

    const ASK: &[u8] = b"GET /who HTTP/1.1\r\nhost: x\r\n\r\n";

    struct Server {
        address: SocketAddr,
        stop: CancellationToken,
        running: JoinHandle<io::Result<()>>,
    }

    impl Server {
        async fn start(most: usize) -> Self {
            Self::shared(most, most).await
        }

        async fn shared(most: usize, share: usize) -> Self {
            let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
            let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
            let who = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() };
            let serving = serve_at_most(most, share, listener, Router::new().route("/who", get(who)), stop.clone());
            #[allow(clippy::disallowed_methods, reason = "the test is its owner")]
            let running = tokio::spawn(serving);
            Self { address, stop, running }
        }

        async fn connect(&self) -> TcpStream {
            TcpStream::connect(self.address).await.unwrap()
        }

        /// As somebody else: all of 127.0.0.0/8 is this machine.
        async fn connect_from(&self, address: &str) -> TcpStream {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind(address.parse().unwrap()).unwrap();
            socket.connect(self.address).await.unwrap()
        }
    }

    /// Asks, and is told who asked.
    async fn is_answered(stream: &mut TcpStream) {
        stream.write_all(ASK).await.unwrap();
        let (mut read, mut part) = (String::new(), [0; 512]);
        while !read.ends_with(&stream.local_addr().unwrap().to_string()) {
            let bytes = stream.read(&mut part).await.unwrap();
            assert!(bytes > 0, "{read}");
            read.push_str(std::str::from_utf8(&part[..bytes]).unwrap());
        }
        assert!(read.starts_with("HTTP/1.1 200 OK"), "{read}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_sends_no_whole_head_is_closed_and_so_is_one_that_sends_no_other() {
        let server = Server::start(2).await;
        let (mut half, mut idle) = (server.connect().await, server.connect().await);
        half.write_all(&ASK[..20]).await.unwrap();
        is_answered(&mut idle).await;
        for stream in [&mut half, &mut idle] {
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).await.unwrap();
        }
    }

    #[tokio::test]
    async fn one_connection_too_many_waits_until_another_ends() {
        let server = Server::start(1).await;
        let (mut first, mut second) = (server.connect().await, server.connect().await);
        is_answered(&mut first).await;
        second.write_all(ASK).await.unwrap();
        is_answered(&mut first).await;
        drop(first);
        is_answered(&mut second).await;
    }

    #[tokio::test]
    async fn whoever_has_his_share_of_connections_gets_no_other_and_keeps_nobody_else_out() {
        let server = Server::shared(4, 2).await;
        let (mut first, mut second) = (server.connect().await, server.connect().await);
        is_answered(&mut first).await;
        is_answered(&mut second).await;
        let mut third = server.connect().await;
        assert_eq!(third.read(&mut [0; 1]).await.unwrap(), 0);
        is_answered(&mut server.connect_from("127.0.0.2:0").await).await;
    }

    #[test]
    fn a_share_is_given_back_and_nothing_is_kept_of_who_has_none() {
        let shares = Arc::new(Shares { most: 2, held: Mutex::default() });
        let address = IpAddr::from([10, 0, 0, 1]);
        let (first, second) = (shares.take(address), shares.take(address));
        assert!(first.is_some() && second.is_some() && shares.take(address).is_none());
        drop(first);
        assert!(shares.take(address).is_some());
        drop(second);
        assert!(shares.held.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_stop_closes_what_is_idle_and_takes_nobody_any_more() {
        let server = Server::start(8).await;
        let mut idle = server.connect().await;
        is_answered(&mut idle).await;
        server.stop.cancel();
        server.running.await.unwrap().unwrap();
        assert_eq!(idle.read(&mut [0; 1]).await.unwrap(), 0);
        assert!(TcpStream::connect(server.address).await.is_err());
    }
}
