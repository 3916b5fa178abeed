//! tokenization-gateway: mints that are ordered at a steady rate over REST, until each is proven on chain and answered.
//!
//! The guard is a lease giver of the driver's own that grants everything: what is measured is the gateway, its database, the
//! chain and the wire between them. Nothing else is left out: journal, books, record, proof and answer are the service's own.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, ensure};
use causeway_primitives::{Address, Timestamp, U256};
use causeway_proto::{
    guard::v1::{
        AcquireLeaseRequest, AcquireLeaseResponse, Cap, Lease, ReleaseLeaseRequest, ReleaseLeaseResponse,
        ReportOperationRequest, ReportOperationResponse, ReportViolationRequest, ReportViolationResponse,
        acquire_lease_response::Answer,
        lease_service_server::{LeaseService, LeaseServiceServer},
    },
    types::v1::BigInteger,
};
use causeway_testkit::{
    anvil::Anvil,
    bridge::Endpoint,
    postgres::Cluster,
    service::Service,
    token::{Spec, Token},
};
use clap::Args;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet, time::sleep};
use tonic::{Request, Response, Status, transport::server::TcpIncoming};

use super::{
    fleet::{await_ready, now},
    page::{Page, client},
    sample::Samples,
    usage::Usage,
};
use crate::screen::Screen;

/// The caller of the driver; a secret of nobody.
const TOKEN: &str = "load-0123456789abcdef0123456789abcdef";
/// For the drain at the end.
const STOP_WITHIN: Duration = Duration::from_secs(60);
/// Orders that are on the wire at once.
const AT_ONCE: usize = 64;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Orders in a second
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    rate: u32,
    /// For how long they are ordered
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// From one block to the next
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=15))]
    block_seconds: u64,
    /// Gas in a block
    #[arg(long, default_value_t = 100_000_000)]
    block_gas: u64,
    /// After the last order, for the last answer
    #[arg(long, default_value_t = 120)]
    patience_seconds: u64,
}

/// A guard that grants everything, each lease newer than the one before.
#[derive(Debug, Clone, Default)]
struct Granting(Arc<AtomicU64>);

#[tonic::async_trait]
impl LeaseService for Granting {
    async fn acquire_lease(
        &self,
        request: Request<AcquireLeaseRequest>,
    ) -> Result<Response<AcquireLeaseResponse>, Status> {
        let AcquireLeaseRequest { scope, request_id, .. } = request.into_inner();
        let any = || Some(BigInteger { value: u64::MAX.to_string() });
        let lease = Lease {
            epoch: 1,
            sequence: self.0.fetch_add(1, Ordering::Relaxed).saturating_add(1),
            verdict_id: "load".to_owned(),
            scope,
            ttl_ms: 10_000,
            caps: vec![Cap { asset: "eur".to_owned(), max_per_operation: any(), max_total: any() }],
            probation: false,
        };
        Ok(Response::new(AcquireLeaseResponse { request_id, answer: Some(Answer::Lease(lease)) }))
    }

    async fn release_lease(&self, _: Request<ReleaseLeaseRequest>) -> Result<Response<ReleaseLeaseResponse>, Status> {
        Ok(Response::new(ReleaseLeaseResponse {}))
    }

    async fn report_operation(
        &self,
        request: Request<ReportOperationRequest>,
    ) -> Result<Response<ReportOperationResponse>, Status> {
        let taken = u32::try_from(request.into_inner().operations.len()).unwrap_or(u32::MAX);
        Ok(Response::new(ReportOperationResponse { taken }))
    }

    async fn report_violation(
        &self,
        _: Request<ReportViolationRequest>,
    ) -> Result<Response<ReportViolationResponse>, Status> {
        Ok(Response::new(ReportViolationResponse { halted: Vec::new() }))
    }
}

/// What the gateway stands on.
struct Ground {
    anvil: Anvil,
    token: Token,
    holder: Address,
    guard_url: String,
    folder: tempfile::TempDir,
    database_url: String,
    _cluster: Cluster,
    _guard: JoinSet<()>,
}

impl Ground {
    async fn start(options: &Options) -> anyhow::Result<Self> {
        let cluster = Cluster::start().await.context("PostgreSQL")?;
        let database_url = cluster.database("load").await?.url().to_owned();
        let anvil = Anvil::builder().chain_id(138).gas_price(0).block_gas_limit(options.block_gas).start().await?;
        let address = |place: usize| anvil.accounts().get(place).map_or(Address::ZERO, |account| account.address);
        let endpoint = Endpoint::connect(anvil.url(), 138).await?;
        let spec = Spec {
            symbol: "cEUR".to_owned(),
            decimals: 6,
            cap: U256::MAX,
            admin: address(0),
            issuer: address(1),
            guardian: address(2),
        };
        let token = Token::deploy(&endpoint, &spec).await?;
        token.set_holder(address(3), true).await?;
        anvil.set_interval_seconds(options.block_seconds).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let guard_url = format!("http://{}", listener.local_addr()?);
        let mut guard = JoinSet::new();
        let incoming = TcpIncoming::from(listener);
        guard.spawn(async move {
            let server = tonic::transport::Server::builder().add_service(LeaseServiceServer::new(Granting::default()));
            // It ends with the driver.
            drop(server.serve_with_incoming(incoming).await);
        });
        let holder = address(3);
        let folder = tempfile::tempdir()?;
        Ok(Self { anvil, token, holder, guard_url, folder, database_url, _cluster: cluster, _guard: guard })
    }

    async fn serve(&self, binary: &Path) -> anyhow::Result<Service> {
        let file = self.folder.path().join("load.toml");
        std::fs::write(&file, self.text())?;
        let key = self.anvil.accounts().get(1).map(|account| account.key.clone()).unwrap_or_default();
        let environment = [
            ("DATABASE_URL", self.database_url.as_str()),
            ("RPC_URL", self.anvil.url()),
            ("PRIVATE_KEY", key.as_str()),
            ("GUARD_URL", self.guard_url.as_str()),
            ("REFERENCE_SALT", "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"),
        ];
        let file = file.to_string_lossy();
        let arguments = ["--config", &file, "serve"];
        Ok(Service::start("tokenization-gateway", binary, &arguments, &environment).await?)
    }

    /// The service's own defaults but for its ports and for rules that stop nothing.
    fn text(&self) -> String {
        format!(
            r#"[listen]
http = "127.0.0.1:0"
metrics = "127.0.0.1:0"
grpc = "127.0.0.1:0"

[shutdown]
lame_duck_ms = 0

[store]
migrate_on_start = true

[[callers]]
name = "load"
token = "{TOKEN}"
rights = ["order", "read"]

[[assets]]
id = "eur"
denomination = "EUR"
token = "{token}"
decimals = 6
approval_above = "1000000"
approvers = []
approval_hours = 24
max_per_request = "1000000"
max_per_day = "1000000000"
max_supply = "1000000000"
kinds = ["mint"]
basis = "instructed"
holders = ["{holder}"]
"#,
            token = self.token.address,
            holder = self.holder,
        )
    }
}

pub(super) async fn run(options: &Options, binary: &Path, screen: &Screen) -> anyhow::Result<()> {
    let step = screen.step("starting PostgreSQL, a chain, a token and the gateway");
    let ground = Ground::start(options).await?;
    let service = ground.serve(binary).await?;
    await_ready(&service).await?;
    step.done("");
    let pid = service.pid().context("the service has ended")?;
    let (before, began) = (Usage::of(pid)?, now());
    let step = screen.step("ordering mints");
    let (answered, accepted) = order(options, &ground, &service).await?;
    let ordered_in = began.elapsed();
    step.done(&format!("{accepted} accepted in {:.1} s", ordered_in.as_secs_f64()));
    let step = screen.step("awaiting the last of them");
    let deadline = now() + Duration::from_secs(options.patience_seconds);
    let mut done = 0;
    while done < accepted && now() < deadline {
        sleep(Duration::from_millis(100)).await;
        done = Page::read(service.listening().metrics).await?.sum("tokenization_success");
    }
    let took = began.elapsed();
    let after = Usage::of(pid)?;
    step.done(&format!("{done} of {accepted}"));
    if done < accepted {
        let page = Page::read(service.listening().metrics).await?;
        page.lines("tokenization_open_requests").for_each(|line| screen.line(line));
        page.lines("tokenization_held_requests").for_each(|line| screen.line(line));
    }
    let ways = ways(&service).await?;
    let minted = ground.token.total_supply().await?;
    screen.title("Tokenizations, from the order to the answer");
    screen.line(&format!("accepted       {accepted}, answered after {answered}"));
    let rate = u128::from(accepted).saturating_mul(1_000).checked_div(ordered_in.as_millis()).unwrap_or_default();
    screen.line(&format!("ordered        {rate} a second; target 200"));
    let behind = took.saturating_sub(ordered_in).as_secs_f64();
    screen.line(&format!("done           {done}, the last {behind:.1} s after the last order"));
    screen.line(&format!("taken to told  {ways}; target p99 under {} s", options.block_seconds.saturating_mul(3)));
    let processor = after.processor().saturating_sub(before.processor()).as_secs_f64();
    screen.line(&format!("processor      {:.2} cores", processor / took.as_secs_f64().max(f64::EPSILON)));
    screen.line(&format!("memory         {} MiB at most", after.peak_kib / 1_024));
    // One whole token each.
    let expected = U256::from(done).saturating_mul(U256::from(1_000_000));
    ensure!(minted >= expected, "{minted} units were minted for {done} requests");
    screen.line(&format!("minted         {minted} units on chain"));
    let (status, _) = service.terminate(STOP_WITHIN).await?;
    screen.line(&format!("ended with {status}"));
    Ok(())
}

/// Orders at the rate, without waiting for answers beyond so many; how long answers took, and how many were accepted.
async fn order(options: &Options, ground: &Ground, service: &Service) -> anyhow::Result<(Samples, u64)> {
    let (client, url) = (client()?, format!("http://{}/api/v1/tokens/mint", service.listening().http));
    let pause = Duration::from_secs(1) / options.rate;
    let (mut calls, mut samples, mut accepted) = (JoinSet::new(), Samples::default(), 0_u64);
    let began = now();
    for number in 0..options.rate.saturating_mul(options.seconds) {
        tokio::time::sleep_until(began + pause.saturating_mul(number)).await;
        while calls.len() >= AT_ONCE {
            count(calls.join_next().await, &mut samples, &mut accepted)?;
        }
        let (client, url, to) = (client.clone(), url.clone(), ground.holder);
        calls.spawn(async move {
            let order = json!({
                "asset": "eur", "amount": "1", "to": to.to_string(), "business_reference": format!("L-{number}"),
            });
            let asked = now();
            let call = client.post(url).bearer_auth(TOKEN).header("idempotency-key", format!("k-{number}"));
            let answer = call.body(order.to_string()).send().await?;
            anyhow::Ok((asked.elapsed(), answer.status().as_u16() == 202))
        });
    }
    while !calls.is_empty() {
        count(calls.join_next().await, &mut samples, &mut accepted)?;
    }
    Ok((samples, accepted))
}

type Call = Option<Result<anyhow::Result<(Duration, bool)>, tokio::task::JoinError>>;

fn count(call: Call, samples: &mut Samples, accepted: &mut u64) -> anyhow::Result<()> {
    if let Some(call) = call {
        let (took, taken) = call??;
        samples.add(took);
        *accepted = accepted.saturating_add(u64::from(taken));
    }
    Ok(())
}

/// From the taking of each request to its answer, by the gateway's own stamps.
async fn ways(service: &Service) -> anyhow::Result<Samples> {
    let (client, address) = (client()?, service.listening().http);
    let (mut samples, mut token) = (Samples::default(), String::new());
    loop {
        let url = format!("http://{address}/api/v1/requests?state=reported&page_size=500&page_token={token}");
        let answer = client.get(url).bearer_auth(TOKEN).send().await?.error_for_status()?;
        let page: Value = serde_json::from_slice(&answer.bytes().await?)?;
        let requests = page.get("requests").and_then(Value::as_array);
        for request in requests.into_iter().flatten() {
            let at = |name: &str| Timestamp::from_rfc3339(request.get(name)?.as_str()?).ok();
            if let (Some(created), Some(updated)) = (at("created_at"), at("updated_at")) {
                samples.add(updated.since(created));
            }
        }
        match page.get("next_page_token").and_then(Value::as_str) {
            Some(next) => next.clone_into(&mut token),
            None => return Ok(samples),
        }
    }
}
