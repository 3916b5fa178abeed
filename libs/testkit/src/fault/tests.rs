//! Each fault does what its name says, to open connections as well as to new ones.

use std::{io, net::SocketAddr, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Instant, timeout},
};

use super::{RpcProxy, TcpProxy, Toxic};

const LIMIT: Duration = Duration::from_secs(20);
/// Long enough that bytes which can move have moved.
const A_WHILE: Duration = Duration::from_millis(100);

/// Sends back what it gets.
async fn echo() -> (SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut server = JoinSet::new();
    server.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            connections.spawn(async move {
                let (mut read, mut write) = stream.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
        }
    });
    (address, server)
}

async fn ask(stream: &mut TcpStream, text: &str) -> io::Result<String> {
    stream.write_all(text.as_bytes()).await?;
    let mut answer = vec![0; text.len()];
    stream.read_exact(&mut answer).await?;
    Ok(String::from_utf8(answer).unwrap())
}

async fn connect(proxy: &TcpProxy) -> TcpStream {
    TcpStream::connect(proxy.address()).await.unwrap()
}

#[tokio::test]
async fn healthy_connections_pass_and_end_when_the_proxy_goes_down() {
    let (server, _running) = echo().await;
    let proxy = TcpProxy::start(server).await.unwrap();
    let mut stream = connect(&proxy).await;
    assert_eq!(ask(&mut stream, "hello").await.unwrap(), "hello");

    proxy.down();
    assert!(timeout(LIMIT, ask(&mut stream, "hello")).await.unwrap().is_err());
    let mut refused = connect(&proxy).await;
    assert!(timeout(LIMIT, ask(&mut refused, "hello")).await.unwrap().is_err());

    proxy.heal();
    assert_eq!(ask(&mut connect(&proxy).await, "again").await.unwrap(), "again");
    assert_eq!(proxy.connections(), 3);
}

#[tokio::test]
async fn a_reset_is_a_reset_and_not_an_end() {
    let (server, _running) = echo().await;
    let proxy = TcpProxy::start(server).await.unwrap();
    let mut stream = connect(&proxy).await;
    assert_eq!(ask(&mut stream, "hello").await.unwrap(), "hello");
    proxy.apply(Toxic::Reset);
    let mut byte = [0];
    let error = timeout(LIMIT, stream.read(&mut byte)).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_black_hole_keeps_connections_open_and_gives_the_bytes_back_when_it_is_lifted() {
    let (server, _running) = echo().await;
    let proxy = TcpProxy::start(server).await.unwrap();
    let mut stream = connect(&proxy).await;
    assert_eq!(ask(&mut stream, "hello").await.unwrap(), "hello");

    proxy.black_hole();
    assert!(timeout(A_WHILE, ask(&mut stream, "lost?")).await.is_err());
    let mut newcomer = connect(&proxy).await;
    assert!(timeout(A_WHILE, ask(&mut newcomer, "hello")).await.is_err());

    proxy.heal();
    let mut answer = [0; 5];
    timeout(LIMIT, stream.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"lost?");
}

#[tokio::test]
async fn latency_holds_every_piece_in_both_directions() {
    let (server, _running) = echo().await;
    let proxy = TcpProxy::start(server).await.unwrap();
    let mut stream = connect(&proxy).await;
    proxy.apply(Toxic::Latency(A_WHILE));
    let start = Instant::now();
    assert_eq!(ask(&mut stream, "hello").await.unwrap(), "hello");
    assert!(start.elapsed() >= 2 * A_WHILE);
}

#[tokio::test]
async fn a_cut_comes_after_exactly_so_many_bytes() {
    let (server, _running) = echo().await;
    let proxy = TcpProxy::start(server).await.unwrap();
    let mut stream = connect(&proxy).await;
    assert_eq!(ask(&mut stream, "before").await.unwrap(), "before");
    proxy.apply(Toxic::CutAfter(3));
    stream.write_all(b"hello").await.unwrap();
    let mut answer = Vec::new();
    // Whether the end is orderly depends on whether the server still had something to say.
    let _ = timeout(LIMIT, stream.read_to_end(&mut answer)).await.unwrap();
    assert_eq!(answer, b"hel");
}

#[tokio::test]
async fn a_trickle_comes_byte_by_byte() {
    let (server, _running) = echo().await;
    let proxy = TcpProxy::start(server).await.unwrap();
    let mut stream = connect(&proxy).await;
    let every = Duration::from_millis(10);
    proxy.apply(Toxic::Trickle { bytes: 1, every });
    let start = Instant::now();
    assert_eq!(ask(&mut stream, "slowly").await.unwrap(), "slowly");
    assert!(start.elapsed() >= 6 * every);
}

/// An endpoint that answers every call with its method and counts blocks.
async fn endpoint() -> (String, JoinSet<()>) {
    let answer = |axum::Json(call): axum::Json<Value>| async move {
        let result = match call["method"].as_str() {
            Some("eth_blockNumber") => json!("0x64"),
            method => json!(method),
        };
        axum::Json(json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }))
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut server = JoinSet::new();
    server.spawn(async move {
        axum::serve(listener, axum::Router::new().route("/", axum::routing::post(answer))).await.unwrap();
    });
    (url, server)
}

async fn send(proxy: &RpcProxy, body: Value) -> Result<Value, reqwest::Error> {
    reqwest::Client::new().post(proxy.url()).json(&body).send().await?.error_for_status()?.json().await
}

async fn call(proxy: &RpcProxy, method: &str) -> Result<Value, reqwest::Error> {
    let answer = send(proxy, json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": [] })).await?;
    assert_eq!(answer["id"], 7);
    Ok(if answer["error"].is_object() { answer["error"].clone() } else { answer["result"].clone() })
}

#[tokio::test]
async fn lies_about_what_it_is_told_to_and_about_nothing_else() {
    let (upstream, _running) = endpoint().await;
    let proxy = RpcProxy::start(&upstream).await.unwrap();
    assert_eq!(call(&proxy, "eth_chainId").await.unwrap(), "eth_chainId");
    proxy.chain_id(1);
    assert_eq!(call(&proxy, "eth_chainId").await.unwrap(), "0x1");
    assert_eq!(call(&proxy, "eth_gasPrice").await.unwrap(), "eth_gasPrice");
    proxy.blocks_behind(4);
    assert_eq!(call(&proxy, "eth_blockNumber").await.unwrap(), "0x60");
    proxy.block_number(9);
    assert_eq!(call(&proxy, "eth_blockNumber").await.unwrap(), "0x9");
    proxy.fail("eth_call", -32_000, "header not found");
    assert_eq!(call(&proxy, "eth_call").await.unwrap(), json!({ "code": -32_000, "message": "header not found" }));
    proxy.rewrite("eth_getLogs", |_, _| json!([]));
    assert_eq!(call(&proxy, "eth_getLogs").await.unwrap(), json!([]));

    let batch = json!([{ "id": 1, "method": "eth_chainId" }, { "id": 2, "method": "eth_gasPrice" }]);
    let answers = send(&proxy, batch).await.unwrap();
    assert_eq!((&answers[0]["result"], &answers[1]["result"]), (&json!("0x1"), &json!("eth_gasPrice")));
    proxy.honest_about("eth_chainId");
    assert_eq!(call(&proxy, "eth_chainId").await.unwrap(), "eth_chainId");
    assert_eq!(proxy.calls("eth_chainId"), 4);
    assert_eq!(proxy.calls("eth_syncing"), 0);
}

#[tokio::test]
async fn an_answer_can_be_lost_after_the_work_was_done() {
    let (second_upstream, _second) = endpoint().await;
    // A proxy behind the proxy, as the witness of what arrived.
    let witness = RpcProxy::start(&second_upstream).await.unwrap();
    let proxy = RpcProxy::start(witness.url()).await.unwrap();
    proxy.drop_answers("eth_sendRawTransaction");
    assert!(call(&proxy, "eth_sendRawTransaction").await.is_err());
    assert_eq!(witness.calls("eth_sendRawTransaction"), 1);

    proxy.stall("eth_getBalance");
    assert!(timeout(A_WHILE, call(&proxy, "eth_getBalance")).await.is_err());
    assert_eq!(witness.calls("eth_getBalance"), 0);

    proxy.http_status(429);
    assert_eq!(call(&proxy, "eth_chainId").await.unwrap_err().status().unwrap(), 429);
    proxy.honest();
    assert_eq!(call(&proxy, "eth_sendRawTransaction").await.unwrap(), "eth_sendRawTransaction");
}
