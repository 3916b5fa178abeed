//! A private server and the databases in it.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, postgres::PgConnectOptions};
use tempfile::TempDir;

use super::{
    Error,
    account::Account,
    binaries,
    process::{Launch, Running, Started, free_port},
};
use crate::{tools, wait};

/// The owner of everything in the cluster.
const USER: &str = "causeway";
/// Two processes that pick the same free port at the same moment are rare, eight such moments in a row are not.
const PORT_ATTEMPTS: usize = 8;
/// A hundred times what it takes on an idle machine.
const INITDB_LIMIT: Duration = Duration::from_secs(60);
const INITDB_STEP: Duration = Duration::from_millis(5);

/// A PostgreSQL server that belongs to this value: it stops and its files go when the value is dropped, and
/// also when the process is killed.
///
/// Cheap to share; it is not bound to the runtime that started it.
#[derive(Debug)]
pub struct Cluster {
    server: Arc<Server>,
    databases: AtomicU64,
}

#[derive(Debug)]
struct Server {
    /// `None` while stopped. Before `folder`, so that it is dropped before the files are.
    running: Mutex<Option<Running>>,
    account: Account,
    bin: PathBuf,
    port: u16,
    password: String,
    /// In place of the usual ones.
    settings: Vec<String>,
    folder: TempDir,
}

/// One database of a [`Cluster`], made for one test.
#[derive(Debug, Clone)]
pub struct Database {
    name: String,
    url: String,
}

impl Database {
    /// `postgres://user:password@127.0.0.1:port/name`: the password is worth nothing beyond this cluster.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// As the server calls it.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Cluster {
    /// A new server with no databases of ours, in about a second.
    ///
    /// # Errors
    /// [`Error`] says what to install when the machine has no PostgreSQL and npm cannot bring it.
    pub async fn start() -> Result<Self, Error> {
        Self::start_with(&[]).await
    }

    /// The same with settings in place of the small ones of tests, each `name=value`: for loads of a size that nobody
    /// would give a small server.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub async fn start_with(settings: &[&str]) -> Result<Self, Error> {
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let server = blocking(move || Server::create(settings)).await?;
        Ok(Self { server: Arc::new(server), databases: AtomicU64::new(0) })
    }

    /// A fresh, empty database whose name starts with `label`; no two calls give the same.
    ///
    /// # Errors
    /// [`Error::Name`] for a label other than `a-z`, `0-9`, `_`; [`Error::Sql`] while the server is stopped.
    pub async fn database(&self, label: &str) -> Result<Database, Error> {
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if label.len() > 40 || !label.starts_with(|c: char| c.is_ascii_lowercase()) || !label.chars().all(letters) {
            return Err(Error::Name(label.to_owned()));
        }
        let name = format!("{label}_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let refused = |source| Error::Sql { deed: "create a database", source };
        let mut connection = PgConnection::connect_with(&self.server.options()).await.map_err(refused)?;
        // `name` holds nothing but a-z, 0-9 and _: names of databases cannot be bound.
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::raw_sql(create).execute(&mut connection).await.map_err(refused)?;
        connection.close().await.map_err(refused)?;
        let url = self.server.url(&name);
        Ok(Database { name, url })
    }

    /// Where the server listens, on 127.0.0.1. Stays the same over [`Cluster::restart`].
    pub fn port(&self) -> u16 {
        self.server.port
    }

    #[cfg(test)]
    pub(super) fn folder(&self) -> &Path {
        self.server.folder.path()
    }

    /// Cuts every connection and stops the server as a crash would. What was committed stays.
    ///
    /// # Errors
    /// [`Error`] when it does not stop.
    pub async fn stop_immediate(&self) -> Result<(), Error> {
        let server = Arc::clone(&self.server);
        blocking(move || server.stop()).await
    }

    /// Starts the server again on the same port with the same data, stopping it before if it runs.
    ///
    /// # Errors
    /// [`Error`] when it does not stop or start, or when somebody took the port meanwhile.
    pub async fn restart(&self) -> Result<(), Error> {
        let server = Arc::clone(&self.server);
        blocking(move || {
            server.stop()?;
            server.start()
        })
        .await
    }
}

/// On the blocking pool, where a paused tokio clock does not run ahead.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Cancelled)?
}

impl Server {
    fn create(settings: Vec<String>) -> Result<Self, Error> {
        let account = Account::choose()?;
        let root = account.temp_root()?;
        let folder = tempfile::Builder::new().prefix("causeway-pg-").tempdir_in(&root);
        let folder = folder.map_err(Error::io("create a folder in", &root))?;
        account.own(folder.path())?;
        let bin = binaries::find(account, folder.path())?;
        let password = random_password()?;
        initdb(&bin, folder.path(), account, &password)?;
        let mut server = Self { running: Mutex::new(None), account, bin, port: 0, password, settings, folder };
        for _ in 0..PORT_ATTEMPTS {
            server.port = free_port()?;
            match server.start() {
                Err(Error::NoPort) => {}
                Ok(()) => return Ok(server),
                Err(error) => return Err(error),
            }
        }
        Err(Error::NoPort)
    }

    fn start(&self) -> Result<(), Error> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let launch =
            Launch { bin: &self.bin, folder: self.folder.path(), account: self.account, settings: &self.settings };
        match launch.start(self.port)? {
            Started::Yes(started) => {
                *running = Some(started);
                Ok(())
            }
            Started::PortTaken => Err(Error::NoPort),
        }
    }

    fn stop(&self) -> Result<(), Error> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match running.take() {
            Some(server) => server.stop_immediate(self.folder.path()),
            None => Ok(()),
        }
    }

    fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username(USER)
            .password(&self.password)
            .database("postgres")
            .ssl_mode(sqlx::postgres::PgSslMode::Disable)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{}/{database}?sslmode=disable", self.password, self.port)
    }
}

/// Makes the cluster's files. The password is sent in clear over loopback and checked: any user of the
/// machine may reach the port, and a superuser of PostgreSQL can run programs.
fn initdb(bin: &Path, folder: &Path, account: Account, password: &str) -> Result<(), Error> {
    let program = bin.join("initdb");
    let password_file = folder.join("password");
    fs::write(&password_file, password).map_err(Error::io("write", &password_file))?;
    account.own(&password_file)?;
    let log = folder.join("initdb.log");
    let output = fs::File::create(&log).map_err(Error::io("create", &log))?;
    let mut command = Command::new(&program);
    command
        .args([
            "--auth=password",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
            "--username",
            USER,
        ])
        .arg("--pwfile")
        .arg(&password_file)
        .arg("-D")
        .arg(folder.join("data"))
        .env("LC_ALL", "C")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(output);
    account.run_as(&mut command);
    let mut child = command.spawn().map_err(Error::io("run", &program))?;
    let ended = wait::poll(INITDB_LIMIT, INITDB_STEP, |_| child.try_wait()).map_err(Error::io("wait for", &program))?;
    fs::remove_file(&password_file).map_err(Error::io("remove", &password_file))?;
    match ended {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(Error::Initdb { status, tail: tools::log_tail(&log) }),
        None => {
            // Its files go with the folder; a child that ended just now needs no kill.
            let _ = child.kill();
            Err(Error::TooSlow { deed: "initialise its files", tail: tools::log_tail(&log) })
        }
    }
}

fn random_password() -> Result<String, Error> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 16];
    fs::File::open(source).and_then(|mut file| file.read_exact(&mut bytes)).map_err(Error::io("read", source))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
