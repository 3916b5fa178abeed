//! What a caller learns when a call fails.

use std::net::SocketAddr;

use causeway_grpc::{Client, Code};
use causeway_proto::oracle::v1::{WatchPricesRequest, oracle_service_client::OracleServiceClient};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::harness::{GENEROUS, Running, Setup, ask, client, refusal};

/// Passes one connection through until it is aborted.
async fn proxy(to: SocketAddr) -> (OracleServiceClient<Client>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let passing = tokio::spawn(async move {
        let (mut inner, mut outer) = (listener.accept().await.unwrap().0, TcpStream::connect(to).await.unwrap());
        let _bytes = tokio::io::copy_bidirectional(&mut inner, &mut outer).await;
    });
    (OracleServiceClient::new(client(address, GENEROUS)), passing)
}

#[tokio::test]
async fn a_refusal_keeps_its_reason_across_the_wire() {
    let server = Running::start(Setup::default()).await;
    let refused = refusal(server.client().get_price(ask("missing")).await);
    assert_eq!((refused.code, refused.reason.as_ref()), (Code::NotFound, "FEED_UNKNOWN"));
    assert_eq!(refused.message, "no such feed");
}

#[tokio::test]
async fn a_refusal_in_the_middle_of_a_stream_keeps_its_reason() {
    let server = Running::start(Setup::default()).await;
    let request = WatchPricesRequest { feed_ids: vec!["failing".to_owned()] };
    let mut prices = server.client().watch_prices(request).await.unwrap().into_inner();
    prices.message().await.unwrap().unwrap();
    let refused = refusal(prices.message().await);
    assert_eq!((refused.code, refused.reason.as_ref()), (Code::Unavailable, "SOURCE_LOST"));
}

#[tokio::test]
async fn nobody_listening_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut client = OracleServiceClient::new(client(address, GENEROUS));
    let refused = refusal(client.get_price(ask("any")).await);
    assert_eq!(refused.code, Code::Unavailable);
    assert!(refused.code.is_retryable());
}

#[tokio::test]
async fn a_connection_that_breaks_during_a_call_is_unavailable() {
    let setup = Setup::default();
    let entered = std::sync::Arc::clone(&setup.oracle.entered);
    let server = Running::start(setup).await;
    let (mut client, passing) = proxy(server.address).await;
    let call = tokio::spawn(async move { client.get_price(ask("slow")).await });
    entered.notified().await;
    passing.abort();
    assert_eq!(refusal(call.await.unwrap()).code, Code::Unavailable);
}

#[tokio::test]
async fn a_connection_that_breaks_during_a_stream_is_unavailable() {
    let server = Running::start(Setup::default()).await;
    let (mut client, passing) = proxy(server.address).await;
    let mut prices = client.watch_prices(WatchPricesRequest::default()).await.unwrap().into_inner();
    prices.message().await.unwrap().unwrap();
    passing.abort();
    assert_eq!(refusal(prices.message().await).code, Code::Unavailable);
}
