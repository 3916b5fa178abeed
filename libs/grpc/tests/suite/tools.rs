//! What operators' tools find: health, and reflection in both versions of its protocol.

use causeway_grpc::{Code, Reflection};
use tokio_stream::StreamExt;
use tonic::transport::Channel;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_reflection::pb::{v1, v1alpha};

use crate::harness::{Running, Setup, ask, refusal};

const SERVICES: [&str; 2] = ["causeway.oracle.v1.OracleService", "grpc.health.v1.Health"];

async fn channel(server: &Running) -> Channel {
    Channel::from_shared(server.url()).unwrap().connect().await.unwrap()
}

/// One question to reflection in the version of the module `$version`, and the answer of kind `$answer`.
macro_rules! reflect {
    ($version:ident, $channel:expr, $question:ident($text:expr), $answer:ident) => {{
        use $version::{
            ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
            server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
        };
        let request = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::$question($text.to_owned())),
        };
        let mut client = ServerReflectionClient::new($channel);
        let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
        match answers.next().await.unwrap().unwrap().message_response.unwrap() {
            MessageResponse::$answer(answer) => answer,
            other => panic!("unexpected answer: {other:?}"),
        }
    }};
}

#[tokio::test]
async fn reflection_lists_what_is_served_in_both_versions_and_nothing_else() {
    let server = Running::start(Setup::default()).await;
    let channel = channel(&server).await;
    let listed = reflect!(v1, channel.clone(), ListServices(""), ListServicesResponse);
    let mut names: Vec<String> = listed.service.into_iter().map(|service| service.name).collect();
    names.sort();
    assert_eq!(names, [SERVICES[0], SERVICES[1], "grpc.reflection.v1.ServerReflection"]);

    let listed = reflect!(v1alpha, channel, ListServices(""), ListServicesResponse);
    let mut names: Vec<String> = listed.service.into_iter().map(|service| service.name).collect();
    names.sort();
    assert_eq!(names, [SERVICES[0], SERVICES[1], "grpc.reflection.v1alpha.ServerReflection"]);
}

#[tokio::test]
async fn reflection_describes_health_and_the_service_in_both_versions() {
    let server = Running::start(Setup::default()).await;
    let channel = channel(&server).await;
    for symbol in SERVICES {
        let found = reflect!(v1, channel.clone(), FileContainingSymbol(symbol), FileDescriptorResponse);
        assert!(!found.file_descriptor_proto.is_empty(), "{symbol}");
        let found = reflect!(v1alpha, channel.clone(), FileContainingSymbol(symbol), FileDescriptorResponse);
        assert!(!found.file_descriptor_proto.is_empty(), "{symbol}");
    }
}

#[tokio::test]
async fn hidden_reflection_is_not_there() {
    let mut setup = Setup::default();
    setup.settings.reflection = Reflection::Hidden;
    let server = Running::start(setup).await;
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(channel(&server).await);
    let status = client.server_reflection_info(tokio_stream::empty()).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Unimplemented);
}

#[tokio::test]
async fn a_lame_duck_says_not_serving_and_still_answers() {
    let server = Running::start(Setup::default()).await;
    let mut health = HealthClient::new(channel(&server).await);
    let request = HealthCheckRequest { service: SERVICES[0].to_owned() };
    let mut states = health.watch(request).await.unwrap().into_inner();
    assert_eq!(states.next().await.unwrap().unwrap().status(), ServingStatus::Serving);
    server.draining.cancel();
    assert_eq!(states.next().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    let whole = health.check(HealthCheckRequest { service: String::new() }).await.unwrap();
    assert_eq!(whole.into_inner().status(), ServingStatus::NotServing);
    server.client().get_price(ask("any")).await.unwrap();
}

#[tokio::test]
async fn a_stop_ends_the_streams_and_then_the_server() {
    let server = Running::start(Setup::default()).await;
    let mut client = server.client();
    let mut prices = client.watch_prices(causeway_proto::oracle::v1::WatchPricesRequest::default()).await.unwrap();
    prices.get_mut().message().await.unwrap().unwrap();
    server.stop.cancel();
    let ended = refusal(prices.get_mut().message().await);
    assert_eq!((ended.code, ended.reason.as_ref()), (Code::Unavailable, "DRAINING"));
    server.served.await.unwrap().unwrap();
}
