//! Certificates that are replaced while calls go on.

use std::{fs, net::SocketAddr, time::Duration};

use causeway_grpc::{Metrics, Standing, Tls};
use causeway_proto::oracle::v1::SetSourceStateRequest;
use causeway_telemetry::metrics::{Registry, encode};
use tokio::{io::AsyncReadExt, net::TcpStream, sync::watch, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::{
    authority::Authority,
    harness::{Running, ask},
    mtls::{caller, guarded},
};

/// Far more than the second within which files are looked at.
const LONG: Duration = Duration::from_secs(30);

/// Seconds since 1970 at the start of these years.
const IN_2080: i64 = 3_471_292_800;
const IN_2090: i64 = 3_786_912_000;

/// Waits until the server says so of its certificates.
async fn stands(server: &Running, wanted: impl FnMut(&Standing) -> bool) {
    let mut standing = server.standing.clone().unwrap();
    timeout(LONG, standing.wait_for(wanted)).await.expect("the files were not looked at").unwrap();
}

/// Whether a new connection with these files gets an answer.
async fn is_answered(server: SocketAddr, files: &Tls) -> bool {
    caller(server, Some(files.clone())).get_price(ask("any")).await.is_ok()
}

/// Waits until a new connection with these files gets an answer, or none.
async fn comes_to(server: SocketAddr, files: &Tls, answered: bool) {
    let until = async { while is_answered(server, files).await != answered {} };
    timeout(LONG, until).await.expect("the server went on as before");
}

/// Somebody who calls without a pause, each time by a new connection with the files of that moment and once by one that
/// stands; ends with the first call that fails.
struct Calls {
    answered: watch::Receiver<u64>,
    stop: CancellationToken,
    made: JoinHandle<Result<(), Status>>,
}

impl Calls {
    fn start(server: SocketAddr, files: Tls) -> Self {
        let ((counted, answered), stop) = (watch::channel(0), CancellationToken::new());
        let stopped = stop.clone();
        let made = tokio::spawn(async move {
            let mut standing = caller(server, Some(files.clone()));
            while !stopped.is_cancelled() {
                for console in [&mut standing, &mut caller(server, Some(files.clone()))] {
                    let answer = console.set_source_state(SetSourceStateRequest::default()).await?;
                    assert_eq!(answer.into_inner().source.unwrap().source_id, "ops-console");
                }
                counted.send_modify(|answered| *answered += 1);
            }
            Ok(())
        });
        Self { answered, stop, made }
    }

    /// Waits until some more were answered, or one was not.
    async fn go_on(&self) {
        let mut answered = self.answered.clone();
        let enough = *answered.borrow() + 5;
        // An error means that the calls have ended.
        let _ = timeout(LONG, answered.wait_for(|answered| *answered >= enough)).await.expect("calls hang");
    }

    async fn end(self) {
        self.go_on().await;
        self.stop.cancel();
        self.made.await.unwrap().expect("a call failed");
    }
}

#[tokio::test]
async fn ops_9_certificates_and_authority_are_replaced_while_calls_go_on_and_none_fails() {
    let first = Authority::new();
    let server = guarded(&first, Metrics::default()).await;
    let calls = Calls::start(server.address, first.sign("ops-console"));
    calls.go_on().await;

    // The three steps of docs/operations.md. One: both are trusted.
    let (second, of_first) = (first.successor(), first.sign("of-the-first"));
    let of_second = second.sign("of-the-second");
    assert!(!is_answered(server.address, &of_second).await);
    first.trust(&[&first, &second]);
    comes_to(server.address, &of_second, true).await;
    calls.go_on().await;
    // Two: everybody shows a certificate of the new one.
    second.sign_until("localhost", 2080);
    second.sign("ops-console");
    stands(&server, |now| now.ends == IN_2080).await;
    calls.go_on().await;
    // Three: only the new one is trusted.
    assert!(is_answered(server.address, &of_first).await);
    second.trust(&[&second]);
    comes_to(server.address, &of_first, false).await;
    calls.end().await;
}

#[tokio::test]
async fn ops_9_a_broken_pair_is_told_and_not_taken_and_a_mended_one_is() {
    let authority = Authority::new();
    let mut registry = Registry::default();
    let server = guarded(&authority, Metrics::register(&mut registry)).await;
    stands(&server, |now| now.ends == IN_2090 && now.refused.is_none()).await;
    let calls = Calls::start(server.address, authority.sign("ops-console"));

    let files = authority.sign_until("localhost", 2080);
    let whole = fs::read(&files.key).unwrap();
    fs::write(&files.key, "-----BEGIN PRIVATE KEY-----\nnot base64\n-----END PRIVATE KEY-----\n").unwrap();
    stands(&server, |now| now.refused.as_ref().is_some_and(|why| why.contains("localhost.key"))).await;
    calls.go_on().await;
    let page = encode(&registry).unwrap();
    assert!(page.contains("tls_certificates_refused 1\n"), "{page}");
    assert!(
        page.contains(&format!("tls_certificate_end_timestamp_seconds{{certificate=\"own\"}} {IN_2090}\n")),
        "{page}"
    );

    fs::write(&files.key, whole).unwrap();
    stands(&server, |now| now.ends == IN_2080 && now.refused.is_none()).await;
    calls.end().await;
    let page = encode(&registry).unwrap();
    assert!(page.contains("tls_certificates_refused 0\n"), "{page}");
    assert!(page.contains("tls_certificates_taken_total 1\n"), "{page}");
    assert!(page.contains("tls_handshakes_total{outcome=\"done\"}"), "{page}");
}

#[tokio::test]
async fn ops_9_a_certificate_that_has_ended_takes_the_place_of_none_that_is_good() {
    let authority = Authority::new();
    let server = guarded(&authority, Metrics::default()).await;
    stands(&server, |now| now.ends == IN_2090).await;
    authority.sign_until("localhost", 2020);
    stands(&server, |now| now.refused.as_ref().is_some_and(|why| why.contains("not valid now"))).await;
    assert!(is_answered(server.address, &authority.sign("ops-console")).await);
}

#[tokio::test]
async fn ops_9_a_caller_that_says_nothing_is_cut_off_and_keeps_nobody_else_waiting() {
    let authority = Authority::new();
    let mut registry = Registry::default();
    let server = guarded(&authority, Metrics::register(&mut registry)).await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    assert!(is_answered(server.address, &authority.sign("ops-console")).await);
    let cut = timeout(LONG, silent.read(&mut [0])).await.expect("not cut off");
    assert!(matches!(cut, Ok(0) | Err(_)), "nobody speaks first to a silent caller");
    let page = encode(&registry).unwrap();
    assert!(page.contains("tls_handshakes_total{outcome=\"timed_out\"} 1\n"), "{page}");
}
