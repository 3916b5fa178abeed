//! Endpoints that are dead, lie about their chain, go back, or contradict each other.

use std::time::Duration;

use alloy::primitives::{B256, Bytes, U256};
use causeway_chain::endpoints::{
    BlockTag, CallRequest, CircuitPolicy, CircuitState, EndpointPolicy, EndpointSet, Error, Evidence, Gap, Metrics,
    Query,
};
use causeway_primitives::ChainId;
use causeway_testkit::{
    anvil::Anvil,
    fault::{RpcProxy, TcpProxy, Toxic},
};
use prometheus_client::{encoding::text::encode, registry::Registry};
use serde_json::json;
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{body_partial_json, method},
};

use crate::support::{IMPATIENT, address, dead_url, endpoints, http, url};

async fn chain(id: u64) -> Anvil {
    Anvil::builder().chain_id(id).start().await.unwrap()
}

#[tokio::test]
async fn ora_11_an_endpoint_on_another_chain_is_refused_at_the_start() {
    let (right, wrong) = (chain(138).await, chain(1).await);
    let refused = endpoints(&[right.url(), wrong.url()]).verify().await;
    assert!(matches!(refused, Err(Error::WrongChain { endpoint: 1, found: 1, .. })), "{refused:?}");
    assert!(endpoints(&[right.url(), &dead_url().await]).verify().await.is_ok(), "one that is down is no mistake");
    assert!(matches!(endpoints(&[&dead_url().await]).verify().await, Err(Error::AllFailed { .. })));
}

#[tokio::test]
async fn ora_11_reads_fail_over_from_the_dead_and_the_lying() {
    let (right, wrong, dead) = (chain(138).await, chain(1).await, dead_url().await);
    right.mine(4).await.unwrap();
    let set = endpoints(&[&dead, wrong.url(), right.url()]);
    assert_eq!(set.liveness().head().await.unwrap().number, 4);
    let states: Vec<_> = set.health().into_iter().map(|endpoint| endpoint.circuit).collect();
    assert_eq!(states, [CircuitState::HalfOpen, CircuitState::HalfOpen, CircuitState::Closed]);
}

#[tokio::test]
async fn a_chain_that_is_another_one_after_an_interruption_is_noticed() {
    let mut node = chain(138).await;
    let set = endpoints(&[node.url()]);
    set.liveness().head().await.unwrap();
    node.kill().await.unwrap();
    assert!(set.liveness().head().await.is_err());
    // Behind the same port there is now somebody else, who answers every call with chain id 1.
    let port = node.url().rsplit(':').next().unwrap().parse::<u16>().unwrap();
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let impostor = MockServer::builder().listener(listener).start().await;
    answer(&impostor, "eth_chainId", json!("0x1")).await;
    let Err(Error::AllFailed { last, .. }) = set.liveness().head().await else { panic!("an impostor was believed") };
    assert!(matches!(*last, Error::WrongChain { found: 1, .. }), "{last:?}");
}

#[tokio::test]
async fn ora_11_a_head_that_goes_back_further_than_allowed_is_not_believed() {
    let node = chain(138).await;
    node.mine(10).await.unwrap();
    let set = endpoints(&[node.url()]);
    let start = node.snapshot().await.unwrap();
    assert_eq!(set.liveness().head().await.unwrap().number, 10);
    node.mine(3).await.unwrap();
    set.liveness().head().await.unwrap();
    assert!(node.revert_to(start).await.unwrap());
    assert_eq!(set.liveness().head().await.unwrap().number, 10, "three blocks back is within the bound");
    let start = node.snapshot().await.unwrap();
    node.mine(4).await.unwrap();
    set.liveness().head().await.unwrap();
    assert!(node.revert_to(start).await.unwrap());
    let Err(Error::AllFailed { last, .. }) = set.liveness().head().await else { panic!("four blocks back") };
    assert!(matches!(*last, Error::HeadWentBack { from: 14, to: 10, .. }), "{last:?}");
}

#[tokio::test]
async fn ora_11_a_lagging_endpoint_is_passed_over_once_a_higher_head_is_known() {
    let (behind, ahead) = (chain(138).await, chain(138).await);
    ahead.mine(20).await.unwrap();
    let set = endpoints(&[behind.url(), ahead.url()]);
    assert_eq!(set.liveness().head().await.unwrap().number, 0, "nobody told of a higher one yet");
    assert_eq!(set.evidence(1).height().await.agreed(), Some(20));
    assert_eq!(set.liveness().head().await.unwrap().number, 20);
}

#[tokio::test]
async fn ora_11_empty_answers_are_errors() {
    let node = chain(138).await;
    let set = endpoints(&[node.url()]);
    let request = CallRequest::read(address(0xaa), Bytes::from_static(&[1, 2, 3, 4]));
    let call = &request;
    let empty = set.liveness().run(|session| async move { session.eth_call(call, BlockTag::Latest).await }).await;
    assert!(empty.is_err_and(|error| error.is_empty_answer()));
    let missing = set.liveness().run(|session| async move { session.block(BlockTag::Number(99)).await }).await;
    assert!(missing.is_err_and(|error| error.is_empty_answer()));
}

/// A node and three ways to it, of which a test makes some lie.
async fn one_node_three_ways() -> (Anvil, [RpcProxy; 3]) {
    let node = chain(138).await;
    node.mine(5).await.unwrap();
    let proxies = [
        RpcProxy::start(node.url()).await.unwrap(),
        RpcProxy::start(node.url()).await.unwrap(),
        RpcProxy::start(node.url()).await.unwrap(),
    ];
    (node, proxies)
}

/// Reports another hash for every block, as a node on a fork does.
fn fork(proxy: &RpcProxy) {
    proxy.rewrite("eth_getBlockByNumber", |_, mut block| {
        if let Some(fields) = block.as_object_mut() {
            fields.insert("hash".to_owned(), json!(B256::repeat_byte(0xff)));
        }
        block
    });
}

#[tokio::test]
async fn ora_11_evidence_is_what_a_quorum_says_at_one_block() {
    let (node, ways) = one_node_three_ways().await;
    node.set_balance(address(0x77), U256::from(5)).await.unwrap();
    node.mine(1).await.unwrap();
    let set = endpoints(&[ways[0].url(), ways[1].url(), ways[2].url()]);
    fork(&ways[1]);
    assert_eq!(set.evidence(2).height().await.agreed(), Some(6));
    let Evidence::Agreed { value: block, voters, dissenters } = set.evidence(2).pin(6).await else {
        panic!("two of three agree")
    };
    assert_eq!((voters, dissenters), (vec![0, 2], vec![1]));

    let balance = Query::Balance(address(0x77));
    let word = |value: u64| Bytes::from(U256::from(value).to_be_bytes::<32>());
    ways[0].answer("eth_getBalance", json!("0x6"));
    let agreed = Evidence::Agreed { value: word(5), voters: vec![1, 2], dissenters: vec![0] };
    assert_eq!(set.evidence(2).read(&block, &balance).await, agreed);
    // What one of them says first is no evidence, however many are asked.
    ways[1].answer("eth_getBalance", json!("0x7"));
    assert!(matches!(set.evidence(2).read(&block, &balance).await, Evidence::Disagreement { .. }));
    assert!(matches!(set.evidence(3).pin(6).await, Evidence::Disagreement { .. }));
}

#[tokio::test]
async fn ora_11_what_too_few_endpoints_say_is_unknown() {
    let (_node, ways) = one_node_three_ways().await;
    let dead = dead_url().await;
    let set = endpoints(&[ways[0].url(), &dead]);
    let gap = Gap::TooFewAnswers { needed: 2, answered: 1 };
    assert_eq!(set.evidence(2).pin(1).await, Evidence::Unknown(gap));
    assert_eq!(set.evidence(2).height().await, Evidence::Unknown(gap));
    let configured = Gap::TooFewEndpoints { needed: 3, configured: 2 };
    assert_eq!(set.evidence(3).pin(1).await, Evidence::Unknown(configured));
    // A block that nobody has is no disagreement either.
    let missing = Gap::TooFewAnswers { needed: 1, answered: 0 };
    assert_eq!(set.evidence(1).pin(99).await, Evidence::Unknown(missing));
}

async fn answer(server: &MockServer, name: &str, result: serde_json::Value) {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "result": result });
    Mock::given(method("POST"))
        .and(body_partial_json(json!({ "method": name })))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(server)
        .await;
}

#[tokio::test]
async fn ora_11_a_rate_limited_endpoint_is_left_alone_as_long_as_it_asks() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(429).insert_header("Retry-After", "3600").set_body_string("slow down"))
        .mount(&server)
        .await;
    let policy = EndpointPolicy {
        circuit: CircuitPolicy {
            failures_to_open: 100,
            longest_cool_down: Duration::from_secs(7_200),
            ..IMPATIENT.circuit
        },
        ..IMPATIENT
    };
    let id = ChainId::new(138).unwrap();
    let set = EndpointSet::new(vec![url(&server.uri())], id, policy, &http(), &Metrics::default()).unwrap();
    for _ in 0..5 {
        assert!(set.liveness().head().await.is_err());
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn garbage_is_an_error_and_never_a_value() {
    for body in ["", "<html>", "[]", "{\"result\":", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0xzz\"}"] {
        let server = MockServer::start().await;
        let response = ResponseTemplate::new(200).set_body_string(body);
        Mock::given(method("POST")).respond_with(response).mount(&server).await;
        assert!(endpoints(&[&server.uri()]).liveness().head().await.is_err(), "{body:?}");
    }
}

#[tokio::test]
async fn ora_12_an_api_key_in_the_url_is_in_no_error_and_no_metric() {
    let dead = dead_url().await;
    let secret = format!("{dead}/v3/topsecretkey?token=alsosecret");
    let mut registry = Registry::default();
    let metrics = Metrics::register(&mut registry);
    let id = ChainId::new(138).unwrap();
    let set = EndpointSet::new(vec![url(&secret)], id, IMPATIENT, &http(), &metrics).unwrap();
    let error = set.liveness().head().await.unwrap_err();
    let mut printed = format!("{error:?} {error} {set:?} {:?}", set.health());
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        printed.push_str(&format!(" {inner} {inner:?}"));
        cause = inner.source();
    }
    encode(&mut printed, &registry).unwrap();
    assert!(!printed.contains("secret"), "{printed}");
    assert!(printed.contains("chain_rpc_calls_total{endpoint=\"0\",method=\"eth_chainId\",outcome=\"unreachable\"} 1"));
}

#[tokio::test]
async fn ora_11_a_transaction_goes_to_every_endpoint_and_known_ones_count_as_taken() {
    let (new, knowing) = (MockServer::start().await, MockServer::start().await);
    let hash = B256::repeat_byte(9);
    for server in [&new, &knowing] {
        answer(server, "eth_chainId", json!("0x8a")).await;
    }
    answer(&new, "eth_sendRawTransaction", json!(hash)).await;
    let known = json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -32000, "message": "Known transaction" } });
    Mock::given(method("POST"))
        .and(body_partial_json(json!({ "method": "eth_sendRawTransaction" })))
        .respond_with(ResponseTemplate::new(200).set_body_json(known))
        .mount(&knowing)
        .await;
    let dead = dead_url().await;
    let set = endpoints(&[&new.uri(), &dead, &knowing.uri()]);
    let mut outcome = set.liveness().broadcast(&Bytes::from_static(&[1]), hash).await;
    outcome.accepted.sort_unstable();
    assert_eq!((outcome.accepted, outcome.refused.len()), (vec![0, 2], 1));
    let sent = |requests: Vec<Request>| {
        requests.iter().filter(|request| request.body.windows(4).any(|window| window == b"Raw\x54")).count()
    };
    assert_eq!(sent(new.received_requests().await.unwrap()), 1);
    assert_eq!(sent(knowing.received_requests().await.unwrap()), 1);
}

#[tokio::test]
async fn grd_2_a_session_knows_how_long_its_slowest_call_took() {
    let node = chain(138).await;
    let wire = TcpProxy::start(node.url().trim_start_matches("http://").parse().unwrap()).await.unwrap();
    let set = endpoints(&[&format!("http://{}", wire.address())]);
    let session = set.sessions().next().unwrap();
    assert_eq!(session.slowest(), Duration::ZERO, "it has asked nothing yet");
    session.head().await.unwrap();
    // There and back.
    wire.apply(Toxic::Latency(Duration::from_millis(60)));
    session.head().await.unwrap();
    let slow = session.slowest();
    assert!(slow >= Duration::from_millis(100), "{slow:?}");
    wire.heal();
    session.head().await.unwrap();
    assert!(session.slowest() >= slow, "the slowest, not the last");
    assert_eq!(set.sessions().next().unwrap().slowest(), Duration::ZERO, "each session has its own");
}
