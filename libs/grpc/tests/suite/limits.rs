//! How much a server takes on, and what it counts.

use std::{sync::Arc, time::Duration};

use causeway_grpc::{Caller, Code, Error, Metrics, Table};
use causeway_proto::oracle::v1::SetSourceStateRequest;
use causeway_telemetry::metrics::{Registry, encode};
use tonic::{client::Grpc, codegen::http::uri::PathAndQuery};

use crate::harness::{GENEROUS, Running, SET_SOURCE_STATE, Setup, ask, client, refusal};

#[tokio::test]
async fn a_call_without_room_is_refused_at_once_and_told_to_wait() {
    let mut setup = Setup::default();
    setup.settings.max_calls_in_flight = 1;
    let entered = Arc::clone(&setup.oracle.entered);
    let server = Running::start(setup).await;
    let mut occupant = server.client();
    let occupying = tokio::spawn(async move { occupant.get_price(ask("slow")).await });
    entered.notified().await;

    let refused = refusal(server.client().get_price(ask("any")).await);
    assert_eq!((refused.code, refused.reason.as_ref()), (Code::ResourceExhausted, "OVERLOADED"));
    assert_eq!(refused.retry_after, Some(Duration::from_secs(1)));
    occupying.abort();
}

#[tokio::test]
async fn a_changing_method_is_closed_to_callers_without_a_rule() {
    let server = Running::start(Setup::default()).await;
    let refused = refusal(server.client().set_source_state(SetSourceStateRequest::default()).await);
    assert_eq!((refused.code, refused.reason.as_ref()), (Code::Unauthenticated, "CALLER_UNKNOWN"));
}

#[tokio::test]
async fn ora_5_a_changing_method_is_open_to_an_operator_on_the_same_machine_by_rule() {
    let table = Table::default().allow(SET_SOURCE_STATE, [Caller::Loopback]);
    let server = Running::start(Setup { table, ..Setup::default() }).await;
    let answer = server.client().set_source_state(SetSourceStateRequest::default()).await.unwrap().into_inner();
    assert_eq!(answer.source.unwrap().source_id, "127.0.0.1");
}

#[tokio::test]
async fn a_rule_for_a_method_that_does_not_exist_stops_the_start() {
    let table = Table::default().allow("causeway.oracle.v1.OracleService/SetSourcesState", [Caller::Loopback]);
    let server = Running::start(Setup { table, ..Setup::default() }).await;
    let error = server.served.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::UnknownMethod { .. }), "{error}");
}

#[tokio::test]
async fn made_up_methods_share_one_label() {
    let mut registry = Registry::default();
    let server = Running::start(Setup { metrics: Metrics::register(&mut registry), ..Setup::default() }).await;
    for path in ["/made.up.Service/GetOne", "/made.up.Service/GetTwo"] {
        let mut raw = Grpc::new(client(server.url(), GENEROUS));
        raw.ready().await.unwrap();
        let codec = tonic_codec();
        let status = raw.unary(tonic::Request::new(ask("any")), PathAndQuery::from_static(path), codec).await;
        assert_eq!(status.unwrap_err().code(), tonic::Code::Unimplemented);
    }
    let page = encode(&registry).unwrap();
    assert!(
        page.contains("rpc_server_call_duration_seconds_count{method=\"_OTHER\",code=\"UNIMPLEMENTED\"} 2"),
        "{page}"
    );
    assert!(!page.contains("made.up"), "{page}");
}

fn tonic_codec() -> tonic_prost::ProstCodec<causeway_proto::oracle::v1::GetPriceRequest, ()> {
    tonic_prost::ProstCodec::default()
}
