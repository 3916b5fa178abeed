//! The gateway as a process of its own, over its real ports: the guard's wire, REST, probes, metrics, kill −9.

use causeway_primitives::U256;
use causeway_proto::{
    guard::v1::{
        AcquireLeaseRequest, AcquireLeaseResponse, ReleaseLeaseRequest, ReleaseLeaseResponse, ReportOperationRequest,
        ReportOperationResponse, ReportViolationRequest, ReportViolationResponse,
        lease_service_server::{LeaseService, LeaseServiceServer},
    },
    ops::v1::{GetStatusRequest, ListActionsRequest, RunActionRequest, ops_service_client::OpsServiceClient},
};
use causeway_testkit::{
    service::{Error as ServiceError, Service},
    wait::{SOON, eventually},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Request, Response, Status,
    transport::{Channel, Server},
};

use super::{
    messages::{mt103, uetr},
    outsiders::{Replica, Temper},
    stand::{ISSUER, Stand},
};

const BINARY: &str = env!("CARGO_BIN_EXE_tokenization-gateway");
pub(super) const BANK: &str = "bank-0123456789abcdef0123456789abcdef";
pub(super) const ANNA: &str = "anna-0123456789abcdef0123456789abcdef";

/// The scripted guard behind a real port.
#[tonic::async_trait]
impl LeaseService for Replica {
    async fn acquire_lease(
        &self,
        request: Request<AcquireLeaseRequest>,
    ) -> Result<Response<AcquireLeaseResponse>, Status> {
        causeway_relayer_client::Guard::acquire_lease(self, request.into_inner()).await.map(Response::new)
    }

    async fn release_lease(
        &self,
        request: Request<ReleaseLeaseRequest>,
    ) -> Result<Response<ReleaseLeaseResponse>, Status> {
        self.returned(&request.into_inner().holder);
        Ok(Response::new(ReleaseLeaseResponse {}))
    }

    async fn report_operation(
        &self,
        request: Request<ReportOperationRequest>,
    ) -> Result<Response<ReportOperationResponse>, Status> {
        causeway_relayer_client::Guard::report_operation(self, request.into_inner()).await.map(Response::new)
    }

    async fn report_violation(
        &self,
        _: Request<ReportViolationRequest>,
    ) -> Result<Response<ReportViolationResponse>, Status> {
        Ok(Response::new(ReportViolationResponse { halted: Vec::new() }))
    }
}

/// A process with its neighbours and its settings.
pub(super) struct Process {
    pub(super) service: Service,
    settings: Vec<(String, String)>,
    http: reqwest::Client,
    _guard: JoinSet<()>,
    _folder: tempfile::TempDir,
}

impl Process {
    pub(super) async fn start(stand: &Stand) -> Self {
        Self::start_with(stand, &[]).await.unwrap()
    }

    /// With these settings beside the usual ones, by the names of their environment.
    pub(super) async fn start_with(stand: &Stand, beside: &[(&str, &str)]) -> Result<Self, ServiceError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let guard_url = format!("http://{}", listener.local_addr().unwrap());
        let mut guard = JoinSet::new();
        let door = LeaseServiceServer::new(stand.replica.clone());
        guard.spawn(async move {
            Server::builder().add_service(door).serve_with_incoming(TcpListenerStream::new(listener)).await.unwrap();
        });
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("gateway.toml");
        std::fs::write(&file, file_of(stand)).unwrap();
        let settings = [
            ("GATEWAY__LISTEN__HTTP", "127.0.0.1:0"),
            ("GATEWAY__LISTEN__METRICS", "127.0.0.1:0"),
            ("GATEWAY__LISTEN__GRPC", "127.0.0.1:0"),
            ("GATEWAY__SHUTDOWN__LAME_DUCK_MS", "0"),
            ("DATABASE_URL", stand.database_url()),
            ("RPC_URL", stand.anvil.url()),
            ("GUARD_URL", guard_url.as_str()),
            ("REFERENCE_SALT", "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"),
        ];
        let mut settings: Vec<_> = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        settings.push(match &stand.firefly {
            Some(firefly) => ("FIREFLY_URL".to_owned(), firefly.url()),
            None => ("PRIVATE_KEY".to_owned(), stand.issuer_key().to_owned()),
        });
        settings.push(("CONFIG".to_owned(), file.display().to_string()));
        settings.extend(beside.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let service = try_run(&settings).await?;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Ok(Self { service, settings, http, _guard: guard, _folder: folder })
    }

    /// SIGKILL, and another process in its place.
    async fn replace(&mut self) {
        let fresh = run(&self.settings).await;
        std::mem::replace(&mut self.service, fresh).kill().await.unwrap();
    }

    /// SIGKILL. Nobody is there until [`Self::revive`].
    pub(super) async fn kill(self) -> Dead {
        let Self { service, settings, http, _guard: guard, _folder: folder } = self;
        service.kill().await.unwrap();
        Dead { settings, http, guard, folder }
    }

    /// Another process beside it, under a name of its own.
    pub(super) async fn replica(&self, holder: &str) -> Service {
        let name = ("GATEWAY__GUARD__HOLDER".to_owned(), holder.to_owned());
        run(&[self.settings.as_slice(), &[name]].concat()).await
    }

    async fn post(&self, path: &str, token: &str, key: &str, body: Vec<u8>) -> (u16, Value) {
        self.try_post(path, token, key, body).await.unwrap()
    }

    /// What is answered, by a process that may be killed before it does.
    pub(super) async fn try_post(&self, path: &str, token: &str, key: &str, body: Vec<u8>) -> Option<(u16, Value)> {
        let url = format!("http://{}{path}", self.service.listening().http);
        let request = self.http.post(url).bearer_auth(token).header("idempotency-key", key).body(body);
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, serde_json::from_slice(&answer.bytes().await.ok()?).ok()?))
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("http://{}{path}", self.service.listening().http);
        let answer = self.http.get(url).bearer_auth(BANK).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// Waits until the health page tells of the halt: then the leases know.
    async fn knows_of_the_halt(&self) {
        eventually("the health page tells of the halt", async || {
            let health = self.get("/health").await.to_string();
            if health.contains("is halted") { Ok(()) } else { Err(health) }
        })
        .await;
    }

    /// Waits until a request is held for a reason.
    async fn waits_for(&self, id: &str, reason: &str) {
        self.has(id, "reason", reason).await;
    }

    /// Its calls for operators.
    async fn operators(&self) -> OpsServiceClient<Channel> {
        OpsServiceClient::connect(format!("http://{}", self.service.listening().grpc)).await.unwrap()
    }

    /// What is scraped.
    pub(super) async fn figures(&self) -> String {
        let url = format!("http://{}/metrics", self.service.listening().metrics);
        self.http.get(url).send().await.unwrap().text().await.unwrap()
    }

    /// Waits until a request is in a state.
    pub(super) async fn reaches(&self, id: &str, state: &str) -> Value {
        self.has(id, "state", state).await
    }

    async fn has(&self, id: &str, field: &str, value: &str) -> Value {
        eventually(&format!("the {field} of {id} is {value}"), async || {
            let request = self.get(&format!("/api/v1/requests/{id}")).await;
            if request[field] == value { Ok(request) } else { Err(request) }
        })
        .await
    }
}

/// What is left of a process: its neighbours and its settings.
pub(super) struct Dead {
    settings: Vec<(String, String)>,
    http: reqwest::Client,
    guard: JoinSet<()>,
    folder: tempfile::TempDir,
}

impl Dead {
    /// Another process with the same settings.
    pub(super) async fn revive(self) -> Process {
        let Self { settings, http, guard, folder } = self;
        let service = run(&settings).await;
        Process { service, settings, http, _guard: guard, _folder: folder }
    }
}

async fn run(settings: &[(String, String)]) -> Service {
    try_run(settings).await.unwrap()
}

async fn try_run(settings: &[(String, String)]) -> Result<Service, ServiceError> {
    let pairs = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let (file, environment): (Vec<_>, Vec<_>) = pairs.partition(|(name, _)| *name == "CONFIG");
    Service::start("gateway", BINARY.as_ref(), &["--config", file[0].1, "serve"], &environment).await
}

/// The backend, where it is not the usual one.
fn firefly_of(stand: &Stand) -> String {
    if stand.firefly.is_none() {
        return String::new();
    }
    let account = stand.anvil.accounts()[ISSUER].address;
    format!(
        r#"
        [backend]
        kind = "firefly"
        [firefly]
        signing_key = "{account}"
        poll_ms = 50
        stuck_after_ms = 500
        "#
    )
}

fn file_of(stand: &Stand) -> String {
    format!(
        r#"
        {firefly}
        [store]
        migrate_on_start = true
        [leadership]
        lease_seconds = 2
        [guard]
        renew_every_ms = 20
        [runner]
        poll_ms = 20
        watch_ms = 20
        retry_ms = 50
        [sender]
        poll_interval_ms = 20
        [reconciliation]
        every_ms = 50
        [[callers]]
        name = "bank"
        token = "{BANK}"
        rights = ["order", "read"]
        [[callers]]
        name = "anna"
        token = "{ANNA}"
        rights = ["decide", "read"]
        [[assets]]
        id = "eur"
        denomination = "EUR"
        token = "{token}"
        decimals = 6
        approval_above = "1000"
        approvers = ["anna", "bert@127.0.0.1", "bert@ops-console"]
        approval_hours = 24
        max_per_request = "1000000"
        max_per_day = "1000000"
        max_supply = "1000000"
        kinds = ["mint", "transfer", "redeem"]
        basis = "instructed"
        holders = ["{holder}", "{payer}"]
        [[accounts]]
        account = "{iban}"
        address = "{holder}"
        "#,
        firefly = firefly_of(stand),
        token = stand.token.address,
        holder = stand.holder,
        payer = stand.payer,
        iban = super::stand::IBAN,
    )
}

/// As the console asks for it, for somebody or for itself.
pub(super) fn approval(id: &str, person: Option<&str>) -> Request<RunActionRequest> {
    let parameters = [("request_id".to_owned(), id.to_owned())].into();
    let mut request =
        Request::new(RunActionRequest { name: "request.approve".into(), reason: "seen".into(), parameters });
    if let Some(person) = person {
        request.metadata_mut().insert("x-causeway-person", person.parse().unwrap());
    }
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_1_tok_7_tok_9_the_process_takes_a_message_by_rest_and_is_killed_on_its_way_to_the_token() {
    let stand = Stand::new("gateway_process").await;
    let mut process = Process::start(&stand).await;
    let (status, told) = process.post("/api/v1/messages", BANK, "k-1", mt103(&uetr(1), "10,", "")).await;
    assert_eq!(status, 202, "{told}");
    let id = told["messages"][0]["transactions"][0]["request_id"].as_str().unwrap().to_owned();
    process.replace().await;
    let done = process.reaches(&id, "reported").await;
    assert_eq!((done["units"].as_str(), done["maker"].as_str()), (Some("10000000"), Some("bank")));
    // The step of the signature is not there where signing and mining happened between two looks.
    assert!(done["timeline"].as_array().unwrap().len() >= 11, "{}", done["timeline"]);
    assert_eq!(stand.token.total_supply().await.unwrap(), U256::from(10_000_000));
    let again = process.post("/api/v1/messages", BANK, "k-1", mt103(&uetr(1), "10,", "")).await;
    assert_eq!(again, (202, told), "the same call has the same answer");
    let (status, other) = process.post("/api/v1/messages", BANK, "k-1", mt103(&uetr(2), "10,", "")).await;
    assert_eq!((status, other["reason"].as_str()), (422, Some("key_reused")));
    let (status, wrong) = process.post("/api/v1/messages", BANK, "k-2", mt103(&uetr(3), "10.00", "")).await;
    assert_eq!((status, wrong["findings"][0]["place"].as_str()), (422, Some("block 4, field 32A")));
    let (status, _) = process.post("/api/v1/messages", ANNA, "k-3", mt103(&uetr(4), "10,", "")).await;
    assert_eq!(status, 403, "she decides and does not order");
    process.service.terminate(SOON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_8_over_rest_a_second_person_approves_and_a_halted_guard_holds() {
    let stand = Stand::new("gateway_process_approval").await;
    let process = Process::start(&stand).await;
    let order = json!({
        "asset": "eur", "amount": "1000.5", "to": stand.holder.to_string(), "business_reference": "B-1",
    });
    let (status, told) = process.post("/api/v1/tokens/mint", BANK, "m-1", order.to_string().into()).await;
    assert_eq!(status, 202, "{told}");
    let id = told["request_id"].as_str().unwrap();
    let held = process.reaches(id, "held").await;
    assert_eq!(held["reason"], "awaits_approval");
    let approve = format!("/api/v1/requests/{id}/approve");
    assert_eq!(process.post(&approve, BANK, "a-1", Vec::new()).await.0, 403);
    stand.replica.now(Temper::Halted);
    process.knows_of_the_halt().await;
    assert_eq!(process.post(&approve, ANNA, "a-1", Vec::new()).await.0, 200);
    process.waits_for(id, "guard").await;
    assert_eq!(stand.token.total_supply().await.unwrap(), U256::ZERO);
    stand.replica.now(Temper::Grants { cap: u64::MAX });
    let done = process.reaches(id, "reported").await;
    assert_eq!(done["approved_by"][0], "anna");
    assert_eq!(process.get(&format!("/api/v1/requests/{id}/answers")).await["answers"], json!([]), "asked directly");
    let nothing = "/api/v1/answers/00000000-0000-0000-0000-000000000001/replay";
    assert_eq!(process.post(nothing, ANNA, "r-1", Vec::new()).await.0, 404);
    let assets = process.get("/api/v1/assets").await;
    assert_eq!(assets["assets"][0]["asset"], "eur");

    let mut ops = process.operators().await;
    let status = ops.get_status(GetStatusRequest {}).await.unwrap().into_inner();
    assert_eq!(status.service, "tokenization-gateway");
    let actions = ops.list_actions(ListActionsRequest {}).await.unwrap().into_inner().actions;
    assert!(actions.iter().any(|action| action.name == "request.approve"), "{actions:?}");
    let page = process.figures().await;
    assert!(page.contains("tokenization_requests{kind=\"mint\",outcome=\"taken\"} 1"), "{page}");
    assert!(page.contains("tokenization_success{kind=\"mint\",outcome=\"reported\"} 1"), "{page}");
    let document = process.get("/api/v1/openapi.json").await;
    assert!(document["paths"]["/api/v1/messages"]["post"].is_object());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_8_through_the_console_somebody_approves_whom_the_asset_names_under_both_names() {
    let stand = Stand::new("gateway_process_console").await;
    let process = Process::start(&stand).await;
    let order = json!({
        "asset": "eur", "amount": "1000.5", "to": stand.holder.to_string(), "business_reference": "B-1",
    });
    let (_, told) = process.post("/api/v1/tokens/mint", BANK, "m-1", order.to_string().into()).await;
    let id = told["request_id"].as_str().unwrap();
    process.reaches(id, "held").await;
    let mut ops = process.operators().await;
    for (person, named) in [(None, "127.0.0.1"), (Some("carla"), "carla@127.0.0.1")] {
        let refused = ops.run_action(approval(id, person)).await.unwrap_err();
        assert!(refused.message().ends_with(&format!("its approvers do not name {named}")), "{refused:?}");
    }
    let summary = ops.run_action(approval(id, Some("bert"))).await.unwrap().into_inner().summary;
    assert!(summary.starts_with(id), "{summary}");
    assert_eq!(process.reaches(id, "reported").await["approved_by"][0], "bert@127.0.0.1", "as who acts for him says");
}
