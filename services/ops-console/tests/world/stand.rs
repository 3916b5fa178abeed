//! A console's process over a database of its own and two simulated services.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Stdio,
};

use causeway_store::{Pool, Settings};
use causeway_testkit::{
    fault::TcpProxy,
    postgres::shared,
    service::{Logs, Service},
    wait::eventually,
};
use ops_console::adapters::store::Store;
use reqwest::redirect::Policy;
use tokio::io::AsyncWriteExt as _;
use url::Url;

use super::service::{Open, Simulated};

pub(super) const BINARY: &str = env!("CARGO_BIN_EXE_ops-console");

/// What no test wants otherwise: free ports, and looks and leases that a test can wait for.
const SETTINGS: &str = r#"
    [listen]
    http = "127.0.0.1:0"
    metrics = "127.0.0.1:0"
    grpc = "127.0.0.1:0"
    [shutdown]
    lame_duck_ms = 0
    [store]
    migrate_on_start = true
    [leadership]
    lease_seconds = 2
    [looks]
    every_ms = 100
    call_timeout_ms = 1000
    figures_every_ms = 100
    page_timeout_ms = 3000
    [links]
    traces = "http://127.0.0.1:16686/trace/{trace_id}"
"#;

/// What the console shows to the gateway.
pub(super) const TOKEN: &str = "the console reads, and does nothing else";

/// See the module.
pub(super) struct Stand {
    pub(super) console: Service,
    pub(super) monitor: Simulated,
    pub(super) gateway: Simulated,
    pub(super) oracle: Simulated,
    pub(super) guard: Simulated,
    pub(super) doors: Vec<Open>,
    /// Between the console and its database.
    pub(super) line: TcpProxy,
    http: reqwest::Client,
    database: String,
    _logs: Logs,
}

impl Stand {
    /// The monitor, and a gateway that needs it.
    pub(super) async fn new(label: &str) -> Self {
        Self::with(label, "").await
    }

    /// With further settings.
    pub(super) async fn with(label: &str, more: &str) -> Self {
        Self::of(label, |doors| format!("{more}{}", two(doors))).await
    }

    /// All services that have pages of their own. The gateway knows the console by a token.
    pub(super) async fn whole(label: &str) -> Self {
        let settings = |doors: &[Open]| {
            let oracle = service("oracle-publisher", doors[2].address);
            let guard = service("relayer-invariant-guard", doors[3].address);
            format!("{}token = \"{TOKEN}\"\n{oracle}{guard}", two(doors))
        };
        Self::of(label, settings).await
    }

    /// With further settings of the last service, which is the gateway.
    pub(super) async fn with_last(label: &str, more: &str) -> Self {
        Self::of(label, |doors| format!("{}{more}", two(doors))).await
    }

    /// With these services, of those that are there in the order of the fields.
    pub(super) async fn of(label: &str, settings: impl Fn(&[Open]) -> String) -> Self {
        let (monitor, gateway) = (Simulated::new("ccip-monitor"), Simulated::new("tokenization-gateway"));
        let (oracle, guard) = (Simulated::new("oracle-publisher"), Simulated::new("relayer-invariant-guard"));
        let mut doors = Vec::new();
        for service in [&monitor, &gateway, &oracle, &guard] {
            doors.push(service.open(None).await);
        }
        let database = shared().await.unwrap().database(label).await.unwrap();
        let mut url = Url::parse(database.url()).unwrap();
        let line = TcpProxy::start((Ipv4Addr::LOCALHOST, url.port().unwrap()).into()).await.unwrap();
        url.set_port(Some(line.address().port())).unwrap();
        let (console, logs) = (console(url.as_str(), &settings(&doors)).await, Logs::default());
        logs.keep(&console);
        // An error means that another test has installed one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none());
        // What is refused for its length is closed with its connection, which the next call must not be given.
        let http = http.pool_max_idle_per_host(0).build().unwrap();
        let database = database.url().to_owned();
        Self { console, monitor, gateway, oracle, guard, doors, line, http, database, _logs: logs }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.console.listening().http)
    }

    /// The console's own database.
    pub(super) fn store(&self) -> Store {
        let settings = Settings::new(self.database.clone().into(), "test");
        Store::new(Pool::open(&settings, causeway_store::Metrics::default()).unwrap())
    }

    /// Sends a form, as a browser on this page or as one of another site.
    pub(super) async fn post(&self, path: &str, cookie: &str, form: &str, site: &str) -> reqwest::Response {
        let request = self.http.post(self.url(path)).header("cookie", cookie).header("sec-fetch-site", site);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(form.to_owned()).send().await.unwrap()
    }

    /// Looks with a cookie.
    pub(super) async fn look(&self, path: &str, cookie: &str) -> reqwest::Response {
        self.http.get(self.url(path)).header("cookie", cookie).send().await.unwrap()
    }

    /// Runs a command of the console with this on its standard input.
    pub(super) async fn command(&self, arguments: &[&str], input: &str) -> (bool, String) {
        let mut command = tokio::process::Command::new(BINARY);
        command.args(arguments).env_clear().env("DATABASE_URL", &self.database);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
        let output = child.wait_with_output().await.unwrap();
        let told = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(told).unwrap())
    }

    /// Looks at a page that is not the console's; redirects are not followed.
    pub(super) async fn elsewhere(&self, url: &str) -> reqwest::Response {
        self.http.get(url).send().await.unwrap()
    }

    pub(super) async fn get(&self, path: &str) -> reqwest::Response {
        self.http.get(self.url(path)).send().await.unwrap()
    }

    pub(super) async fn page(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    /// Waits until the console says that it is ready. It answers before its first look at the database.
    pub(super) async fn ready(&self) {
        eventually("the console is ready", async || self.get("/readyz").await.status() == 200).await;
    }

    /// Waits until the metrics have this line.
    pub(super) async fn counts(&self, line: &str) {
        let url = format!("http://{}/metrics", self.console.listening().metrics);
        eventually(&format!("the metrics have {line}"), async || {
            let numbers = self.http.get(&url).send().await.unwrap().text().await.unwrap();
            if numbers.contains(line) { Ok(()) } else { Err(numbers) }
        })
        .await;
    }

    /// Waits until a page shows all of this.
    pub(super) async fn shows(&self, path: &str, wanted: &[&str]) {
        self.shows_to("", path, wanted).await;
    }

    /// As [`Self::shows`], to somebody with a cookie.
    pub(super) async fn shows_to(&self, cookie: &str, path: &str, wanted: &[&str]) {
        eventually(&format!("{path} shows {wanted:?}"), async || {
            let page = self.look(path, cookie).await.text().await.unwrap();
            let missing = wanted.iter().find(|text| !page.contains(**text));
            missing.map_or(Ok(()), |missing| Err(format!("{missing:?} is not in\n{page}")))
        })
        .await;
    }
}

/// A console with the settings of every test and these. The file is read once, at its start.
pub(super) async fn console(database: &str, more: &str) -> Service {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{SETTINGS}{more}")).unwrap();
    let arguments = ["--config", file.path().to_str().unwrap(), "serve"];
    Service::start("ops-console", Path::new(BINARY), &arguments, &[("DATABASE_URL", database)]).await.unwrap()
}

/// The settings of a service to look at; more of it may follow.
pub(super) fn service(name: &str, address: SocketAddr) -> String {
    format!("[[services]]\nname = \"{name}\"\nreplicas = [\"http://{address}\"]\n")
}

/// The monitor, and the gateway that needs it.
fn two(doors: &[Open]) -> String {
    let (monitor, gateway) =
        (service("ccip-monitor", doors[0].address), service("tokenization-gateway", doors[1].address));
    format!("{monitor}{gateway}needs = [\"ccip-monitor\"]\n")
}
