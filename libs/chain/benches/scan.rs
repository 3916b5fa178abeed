//! How fast logs are scanned from an endpoint on the same machine that answers at once or after 20 ms.
//!
//! `cargo bench -p causeway-chain --bench scan`. The endpoint has a thread of its own and the scanner another, plus
//! the threads on which it reads long answers. Beside each scan stands what the endpoint alone takes to write the
//! same answers to a client that throws them away, so that it shows who was waited for. The target is 60,000 logs
//! a second.
#![allow(clippy::expect_used, reason = "a bench whose fixed inputs are wrong has nothing to measure")]
#![allow(clippy::print_stdout, reason = "the figures are what it is for")]

use std::{ops::RangeInclusive, thread, time::Duration};

use alloy::primitives::{Address, B256, Bytes};
use causeway_chain::{
    endpoints::{EndpointPolicy, EndpointSet, Metrics},
    logs::{ScanPolicy, Scanner, Selection, Step},
    rpc::EndpointUrl,
};
use causeway_primitives::ChainId;
use causeway_testkit::blocks::{Behaviour, BlockServer, Chain, GeneratedLog};
use serde_json::json;
use tokio::{
    runtime::{Builder, Runtime},
    time::Instant,
};

const CONTRACT: Address = Address::repeat_byte(0xc0);
const TOPIC: B256 = B256::repeat_byte(0x70);
/// As long as the data of a small cross-chain message.
const DATA_BYTES: usize = 512;

/// A chain to be read.
#[derive(Clone, Copy)]
struct Load {
    name: &'static str,
    blocks: u64,
    /// A block in so many holds logs.
    every: u64,
    logs_per_block: u64,
}

const SPARSE: Load = Load { name: "sparse", blocks: 400_000, every: 40, logs_per_block: 1 };
const DENSE: Load = Load { name: "dense", blocks: 10_000, every: 1, logs_per_block: 50 };

impl Load {
    fn chain(self) -> Chain {
        let log = |index: u64| {
            let topics = vec![TOPIC, B256::left_padding_from(&index.to_be_bytes())];
            GeneratedLog { address: CONTRACT, topics, data: Bytes::from_static(&[0xda; DATA_BYTES]), tx_index: index }
        };
        let logs = move |block: u64| match block.is_multiple_of(self.every) {
            true => (0..self.logs_per_block).map(log).collect(),
            false => Vec::new(),
        };
        Chain::builder().height(self.blocks).build(logs)
    }
}

/// The endpoint, on a thread that does nothing else; ends when this is dropped.
struct Endpoint {
    url: String,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Endpoint {
    fn start(chain: Chain, behaviour: Behaviour) -> Self {
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (told, url) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let server = BlockServer::start(&chain, behaviour).await.expect("loopback");
                told.send(server.url().to_owned()).expect("somebody waits for the URL");
                // An error means that the bench has ended as well.
                let _ = stopped.await;
            });
        });
        Self { url: url.recv().expect("the endpoint starts"), stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the endpoint ends");
        }
    }
}

fn main() {
    rustls::crypto::ring::default_provider().install_default().expect("nobody was first");
    // `cargo test --all-targets` runs benches too, without this argument: then a glance will do.
    let scale = if std::env::args().any(|argument| argument == "--bench") { 1 } else { 100 };
    println!(
        "{:<8} {:>7} {:>6} {:>9} {:>11} {:>11}  endpoint alone",
        "load", "latency", "times", "seconds", "blocks/s", "logs/s"
    );
    for load in [SPARSE, DENSE] {
        let load = Load { blocks: load.blocks / scale, ..load };
        for (latency, times_in_logs) in [(0, true), (0, false), (20, true), (20, false)] {
            let behaviour =
                Behaviour { latency: Duration::from_millis(latency), times_in_logs, ..Behaviour::default() };
            let endpoint = Endpoint::start(load.chain(), behaviour);
            let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
            let (took, logs, windows) = scan(&runtime, &endpoint.url, load);
            let alone = runtime.block_on(thrown_away(&endpoint.url, &windows));
            let times = if times_in_logs { "logs" } else { "blocks" };
            println!(
                "{:<8} {:>4} ms {times:>6} {:>9.3} {:>11} {:>11}  {:.3}",
                load.name,
                latency,
                took.as_secs_f64(),
                per_second(load.blocks, took),
                per_second(logs, took),
                alone.as_secs_f64(),
            );
        }
    }
}

/// Reads the whole chain: how long it took, how many logs there were, and the windows.
fn scan(runtime: &Runtime, url: &str, load: Load) -> (Duration, u64, Vec<RangeInclusive<u64>>) {
    let urls = vec![EndpointUrl::parse(&url.into()).expect("a URL")];
    let chain_id = ChainId::new(138).expect("not zero");
    let http = reqwest::Client::new();
    let endpoints = EndpointSet::new(urls, chain_id, EndpointPolicy::default(), &http, &Metrics::default());
    let selection = Selection::new([CONTRACT], [TOPIC]);
    let endpoints = endpoints.expect("one endpoint");
    let mut scanner = Scanner::new(endpoints, selection, None, 1, ScanPolicy::default());
    let scanning = async move {
        let (started, mut logs, mut windows) = (Instant::now(), 0_u64, Vec::new());
        loop {
            match scanner.next(u64::MAX).await.expect("an answer") {
                Step::Window(window) => {
                    logs += u64::try_from(window.logs.len()).expect("a count");
                    windows.push(window.range);
                }
                Step::CaughtUp { .. } => return (started.elapsed(), logs, windows),
                Step::Reorganised => unreachable!("this chain does not change"),
            }
        }
    };
    // On a worker, like a service's loop, not on the thread that waits for it.
    let scanned = runtime.block_on(async { tokio::task::JoinSet::from_iter([scanning]).join_all().await });
    let scanned = scanned.into_iter().next().expect("one scan");
    assert_eq!(scanned.1, load.blocks / load.every * load.logs_per_block, "every log, once");
    scanned
}

/// How long the endpoint takes to write the logs of the same windows, one after the other.
async fn thrown_away(url: &str, windows: &[RangeInclusive<u64>]) -> Duration {
    let (client, started) = (reqwest::Client::new(), Instant::now());
    for window in windows {
        let (from, to) = (format!("{:#x}", window.start()), format!("{:#x}", window.end()));
        let filter = json!({ "fromBlock": from, "toBlock": to, "address": CONTRACT, "topics": [TOPIC] });
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_getLogs", "params": [filter] });
        let mut response = client.post(url).json(&call).send().await.expect("an answer");
        while response.chunk().await.expect("a body").is_some() {}
    }
    started.elapsed()
}

fn per_second(count: u64, took: Duration) -> u64 {
    let micros = u64::try_from(took.as_micros()).expect("less than a lifetime").max(1);
    count.saturating_mul(1_000_000) / micros
}
