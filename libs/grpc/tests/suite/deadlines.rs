//! Deadlines: whose counts, how far it is handed on, and what its passing is called.

use std::time::Duration;

use causeway_grpc::{Code, Unbounded};
use causeway_proto::oracle::v1::oracle_service_client::OracleServiceClient;
use tonic::{Request, transport::Channel};

use crate::harness::{GENEROUS, Oracle, Running, Setup, ask, client, refusal};

const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn the_servers_own_limit_cuts_a_call_whose_caller_would_wait() {
    let mut setup = Setup::default();
    setup.settings.call_timeout = SHORT;
    let server = Running::start(setup).await;
    let cut = refusal(server.client().get_price(ask("slow")).await);
    assert_eq!((cut.code, cut.reason.as_ref()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
}

#[tokio::test]
async fn the_callers_limit_cuts_a_call_whose_server_would_go_on() {
    let server = Running::start(Setup::default()).await;
    let cut = refusal(server.client_with(SHORT).get_price(ask("slow")).await);
    assert_eq!(cut.code, Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_plain_tonic_client_that_runs_into_its_deadline_is_not_taken_for_cancelled() {
    let server = Running::start(Setup::default()).await;
    let channel = Channel::from_shared(server.url()).unwrap().connect_lazy();
    let mut request = Request::new(ask("slow"));
    request.set_timeout(SHORT);
    let cut = refusal(OracleServiceClient::new(channel).get_price(request).await);
    assert_eq!(cut.code, Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_deadline_is_handed_on_to_the_next_server() {
    let next = Running::start(Setup::default()).await;
    let oracle = Oracle { downstream: Some(client(next.url(), GENEROUS)), ..Oracle::default() };
    let first = Running::start(Setup { oracle, ..Setup::default() }).await;

    let caller_waits = Duration::from_secs(5);
    let answer = first.client_with(caller_waits).get_price(ask("downstream")).await.unwrap().into_inner();
    let left: u128 = answer.price.unwrap().decision.parse().unwrap();
    assert!(left > 0 && left <= caller_waits.as_millis(), "{left} ms left at the second server");
}

#[tokio::test]
async fn an_unbounded_request_tells_the_server_no_deadline() {
    let server = Running::start(Setup::default()).await;
    let mut request = Request::new(ask("deadline"));
    request.extensions_mut().insert(Unbounded);
    let answer = server.client_with(Duration::from_secs(5)).get_price(request).await.unwrap().into_inner();
    let left: u128 = answer.price.unwrap().decision.parse().unwrap();
    assert!(left > 5_000, "{left} ms left: the server's own limit counts");
}

#[tokio::test]
async fn a_call_inside_a_call_that_is_too_late_is_not_even_made() {
    let nobody = client("http://127.0.0.1:1".to_owned(), GENEROUS);
    let too_late = causeway_grpc::Deadline::after(Duration::ZERO);
    let outcome = too_late.scope(async { OracleServiceClient::new(nobody).get_price(ask("any")).await }).await;
    assert_eq!(refusal(outcome).code, Code::DeadlineExceeded);
}
