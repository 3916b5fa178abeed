//! Mutual TLS: who gets in, and who may change something.

use std::net::SocketAddr;

use causeway_grpc::{Caller, Client, ClientSettings, Code, Metrics, Table, Tls};
use causeway_proto::oracle::v1::{SetSourceStateRequest, oracle_service_client::OracleServiceClient};
use tonic::transport::{Certificate, Channel, ClientTlsConfig};

use crate::{
    authority::Authority,
    harness::{GENEROUS, Running, SET_SOURCE_STATE, Setup, ask, refusal},
};

/// A server that lets only the console set the state of a source.
pub(crate) async fn guarded(authority: &Authority, metrics: Metrics) -> Running {
    let table = Table::default().allow(SET_SOURCE_STATE, [Caller::Named("ops-console".to_owned())]);
    let mut setup = Setup { table, metrics, ..Setup::default() };
    setup.settings.tls = Some(authority.sign("localhost"));
    Running::start(setup).await
}

/// Somebody who will connect with its first call.
pub(crate) fn caller(server: SocketAddr, tls: Option<Tls>) -> OracleServiceClient<Client> {
    let address = format!("https://localhost:{}", server.port());
    let settings = ClientSettings { address, call_timeout: GENEROUS, tls, server_name: None };
    OracleServiceClient::new(Client::connect_lazy(settings, Metrics::default()).unwrap())
}

#[tokio::test]
async fn ora_5_the_named_caller_may_set_the_state_of_a_source_and_is_known_by_its_name() {
    let authority = Authority::new();
    let server = guarded(&authority, Metrics::default()).await;
    let mut console = caller(server.address, Some(authority.sign("ops-console")));
    let answer = console.set_source_state(SetSourceStateRequest::default()).await.unwrap().into_inner();
    assert_eq!(answer.source.unwrap().source_id, "ops-console");
}

#[tokio::test]
async fn ora_5_tok_8_a_caller_of_several_names_is_known_by_the_one_that_may_whichever_is_first() {
    let authority = Authority::new();
    let server = guarded(&authority, Metrics::default()).await;
    let whole = "ops-console.besu-network.svc.cluster.local";
    for names in [[whole, "ops-console"], ["ops-console", whole]] {
        let mut console = caller(server.address, Some(authority.sign_names(&names)));
        let answer = console.set_source_state(SetSourceStateRequest::default()).await.unwrap().into_inner();
        assert_eq!(answer.source.unwrap().source_id, "ops-console", "{names:?}");
    }
}

#[tokio::test]
async fn another_caller_of_the_same_authority_may_read_and_not_change() {
    let authority = Authority::new();
    let server = guarded(&authority, Metrics::default()).await;
    let mut gateway = caller(server.address, Some(authority.sign("tokenization-gateway")));
    gateway.get_price(ask("any")).await.unwrap();
    let refused = refusal(gateway.set_source_state(SetSourceStateRequest::default()).await);
    assert_eq!((refused.code, refused.reason.as_ref()), (Code::PermissionDenied, "CALLER_NOT_ALLOWED"));
}

#[tokio::test]
async fn a_caller_of_another_authority_is_refused_before_it_can_ask() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = guarded(&authority, Metrics::default()).await;
    let mut impostor = other.sign("ops-console");
    impostor.authority = authority.files("localhost").authority;
    let refused = refusal(caller(server.address, Some(impostor)).get_price(ask("any")).await);
    assert_eq!(refused.code, Code::Unavailable);
}

#[tokio::test]
async fn ops_9_a_caller_whose_certificate_has_ended_is_refused_before_it_can_ask() {
    let authority = Authority::new();
    let server = guarded(&authority, Metrics::default()).await;
    let late = authority.sign_until("ops-console", 2020);
    let refused = refusal(caller(server.address, Some(late)).get_price(ask("any")).await);
    assert_eq!(refused.code, Code::Unavailable);
}

#[tokio::test]
async fn ops_9_a_caller_that_shows_no_certificate_is_refused_before_it_can_ask() {
    let authority = Authority::new();
    let server = guarded(&authority, Metrics::default()).await;
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority.pem()));
    let channel = Channel::from_shared(format!("https://localhost:{}", server.address.port())).unwrap();
    let nobody = channel.tls_config(tls).unwrap().connect_lazy();
    assert!(OracleServiceClient::new(nobody).get_price(ask("any")).await.is_err());
}

#[tokio::test]
async fn a_caller_without_tls_is_refused_before_it_can_ask() {
    let authority = Authority::new();
    let server = guarded(&authority, Metrics::default()).await;
    let refused = refusal(server.client().get_price(ask("any")).await);
    assert_eq!(refused.code, Code::Unavailable);
}

#[tokio::test]
async fn a_server_of_another_authority_is_not_trusted() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = guarded(&other, Metrics::default()).await;
    let refused = refusal(caller(server.address, Some(authority.sign("ops-console"))).get_price(ask("any")).await);
    assert_eq!(refused.code, Code::Unavailable);
}

#[tokio::test]
async fn a_missing_certificate_file_stops_the_start_and_is_named() {
    let authority = Authority::new();
    let mut tls = authority.sign("localhost");
    tls.key.set_file_name("lost.key");
    let mut setup = Setup::default();
    setup.settings.tls = Some(tls);
    let error = Running::start(setup).await.served.await.unwrap().unwrap_err();
    assert!(error.to_string().ends_with("lost.key"), "{error}");
}
