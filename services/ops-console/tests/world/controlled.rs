//! A console over a publisher that does what it is asked, and four people with certificates and accounts.

use causeway_grpc::{Client, ClientSettings, Metrics, Tls};
use causeway_proto::ops::v1::{
    Change, CheckChangeRequest, GetChangeRequest, GetChangeResponse, ProposeChangeRequest,
    change_service_client::ChangeServiceClient,
};
use causeway_runtime::clock::{Clock as _, SystemClock};
use causeway_store::{Pool, Settings, schema};
use causeway_testkit::{
    observability::{Alertmanager, find},
    postgres::shared,
    service::{Logs, Service},
    sink::Sink,
    tools::lacking,
    wait::{SOON, eventually},
};
use ops_console::{
    adapters::store::{MIGRATIONS, Store},
    domain::people::Role,
};
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use super::{
    authority::Authority,
    service::{Open, Simulated},
    stand::{BINARY, console, service},
};

/// See the module.
pub(super) struct Controlled {
    pub(super) console: Service,
    pub(super) publisher: Simulated,
    pub(super) hook: Sink,
    pub(super) store: Store,
    pub(super) authority: Authority,
    /// A real one, where there is one.
    pub(super) alertmanager: Option<Alertmanager>,
    database: String,
    settings: String,
    logs: Logs,
    _door: Open,
}

impl Controlled {
    /// `approvals`: how many besides the proposer.
    pub(super) async fn new(label: &str, approvals: u32) -> Self {
        let (authority, publisher) = (Authority::new(), Simulated::publisher());
        let (door, hook) = (publisher.open(None).await, Sink::start().await.unwrap());
        let database = shared().await.unwrap().database(label).await.unwrap();
        let pool =
            Pool::open(&Settings::new(database.url().into(), "test"), causeway_store::Metrics::default()).unwrap();
        schema::migrate(&pool, &MIGRATIONS).await.unwrap();
        let store = Store::new(pool);
        let now = causeway_primitives::Timestamp::from_secs(1_790_000_000).unwrap();
        for (name, role) in
            [("anna", Role::Operator), ("bert", Role::Approver), ("carla", Role::Approver), ("otto", Role::Observer)]
        {
            store.put_account(name, role, "no hash, so no password", now).await.unwrap();
        }
        let alertmanager = match find("prometheus-alertmanager").or_else(|| find("alertmanager")) {
            Some(binary) => Some(Alertmanager::start(&binary, &hook).await.unwrap()),
            None => {
                lacking("alertmanager", "silences");
                None
            }
        };
        let server = authority.sign("localhost");
        let mut settings = settings(&door, &hook, &server, approvals);
        if let Some(alertmanager) = &alertmanager {
            settings.push_str(&format!("[alertmanager]\nurl = \"http://{}\"\n", alertmanager.address()));
        }
        let (console, logs) = (console(database.url(), &settings).await, Logs::default());
        logs.keep(&console);
        Self {
            console,
            publisher,
            hook,
            store,
            authority,
            alertmanager,
            database: database.url().to_owned(),
            settings,
            logs,
            _door: door,
        }
    }

    /// Kills the console, and starts another one on the same database.
    pub(super) async fn killed(self) -> Self {
        self.console.kill().await.unwrap();
        let console = console(&self.database, &self.settings).await;
        self.logs.keep(&console);
        Self { console, ..self }
    }

    pub(super) fn now(&self) -> causeway_primitives::Timestamp {
        SystemClock::new().now()
    }

    /// Gives somebody a password, with the console's own command.
    pub(super) async fn admit(&self, name: &str, role: &str, password: &str) {
        let arguments = ["account", "put", name, "--role", role];
        let mut command = tokio::process::Command::new(BINARY);
        command.args(arguments).env_clear().env("DATABASE_URL", &self.database).stdin(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).await.unwrap();
        assert!(child.wait().await.unwrap().success(), "{name}");
    }

    /// A page's address in a browser.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.console.listening().http)
    }

    pub(super) fn address(&self) -> String {
        format!("https://localhost:{}", self.console.listening().grpc.port())
    }

    /// The desk, as somebody with this certificate sees it.
    pub(super) fn desk(&self, name: &str) -> ChangeServiceClient<Client> {
        let tls = Some(self.authority.sign(name));
        let settings = ClientSettings { address: self.address(), call_timeout: SOON, tls, server_name: None };
        ChangeServiceClient::new(Client::connect_lazy(settings, Metrics::default()).unwrap())
    }

    /// Proposes to exclude the publisher's source, once it is seen to be well.
    pub(super) async fn propose(&self, name: &str) -> Change {
        let request = ProposeChangeRequest {
            change_id: Uuid::new_v4().to_string(),
            procedure: "source.exclude".to_owned(),
            parameters: [("source_id".to_owned(), "kraken-eur-usd".to_owned())].into_iter().collect(),
            reason: "it looks frozen".to_owned(),
        };
        let filed = self.desk(name).propose_change(request).await.unwrap().into_inner().change.unwrap();
        if filed.state == "checked" {
            return filed;
        }
        let mut desk = self.desk(name);
        eventually("the console has looked at the publisher", async || {
            let request = CheckChangeRequest { change_id: filed.change_id.clone() };
            let checked = desk.check_change(request).await.unwrap().into_inner().change.unwrap();
            if checked.state == "checked" { Ok(checked) } else { Err(format!("{checked:?}")) }
        })
        .await
    }

    /// Waits until the change is there.
    pub(super) async fn comes_to(&self, id: &str, state: &str) -> GetChangeResponse {
        let mut desk = self.desk("anna");
        eventually(&format!("the change is {state}"), async || {
            let request = GetChangeRequest { change_id: id.to_owned() };
            let found = desk.get_change(request).await.unwrap().into_inner();
            let is_there = found.change.as_ref().is_some_and(|change| change.state == state);
            if is_there { Ok(found) } else { Err(format!("{:?}", found.change)) }
        })
        .await
    }

    /// Runs the command line as somebody: whether it was done, and what it said.
    pub(super) async fn causectl(&self, name: &str, arguments: &[&str]) -> (bool, String) {
        let tls = self.authority.sign(name);
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_causectl"));
        command.env_clear().env("CAUSECTL_CONSOLE", self.address());
        command.env("CAUSECTL_TLS_CERTIFICATE_FILE", tls.certificate).env("CAUSECTL_TLS_KEY_FILE", tls.key);
        let output = command.env("CAUSECTL_TLS_CA_FILE", tls.authority).args(arguments).output().await.unwrap();
        let told = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(told).unwrap())
    }
}

fn settings(door: &Open, hook: &Sink, tls: &Tls, approvals: u32) -> String {
    format!(
        r#"
        [grpc]
        tls_certificate_file = "{}"
        tls_key_file = "{}"
        tls_client_ca_file = "{}"
        [people]
        sign_in = "accounts"
        https = false
        [changes]
        approvals = {approvals}
        [[changes.webhooks]]
        id = "tickets"
        kind = "ticket"
        url = "{}"
        secret = "0123456789abcdef0123456789abcdef"
        [[changes.webhooks]]
        id = "room"
        kind = "chat"
        url = "{}"
        secret = "0123456789abcdef0123456789abcdef"
        {}"#,
        tls.certificate.display(),
        tls.key.display(),
        tls.authority.display(),
        hook.url("/tickets"),
        hook.url("/room"),
        service("oracle-publisher", door.address),
    )
}
