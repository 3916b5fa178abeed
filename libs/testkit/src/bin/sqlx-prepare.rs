//! Refreshes the committed query data (`.sqlx`) of every crate that has migrations, or checks it:
//! `cargo run -p causeway-testkit --bin sqlx-prepare [-- [--check] [package…]]`.
//!
//! Checked SQL macros ask a database at build time, or read `.sqlx` where there is none. This starts a private
//! server, migrates a database per crate (the store's tables, then the crate's own), lets the compiler
//! check the crate against it, and collects what the macros write. No `sqlx-cli` is needed.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result, bail, ensure};
use causeway_testkit::postgres::{Cluster, Database};
use serde::Deserialize;
use sqlx::{Connection as _, PgConnection, migrate::Migrator};

/// How a person runs this again.
const COMMAND: &str = "cargo run -p causeway-testkit --bin sqlx-prepare";
/// As `causeway-store` names it: its numbers never meet a service's.
const STORE_TABLE: &str = "_causeway_store_migrations";

/// File name to content.
type Queries = BTreeMap<String, String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Refresh,
    Check,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
}

impl Package {
    fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new("."))
    }

    fn migrations(&self) -> PathBuf {
        self.folder().join("migrations")
    }

    fn committed(&self) -> PathBuf {
        self.folder().join(".sqlx")
    }

    fn has_queries(&self) -> bool {
        self.migrations().is_dir() || self.committed().is_dir()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    prepare().await.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}

async fn prepare() -> Result<ExitCode> {
    let Request { mode, only } = Request::parse(std::env::args().skip(1))?;
    let Metadata { packages, workspace_root } = metadata()?;
    let chosen = |package: &&Package| package.has_queries() && (only.is_empty() || only.contains(&package.name));
    let chosen: Vec<_> = packages.iter().filter(chosen).collect();
    ensure!(!chosen.is_empty(), "no crate of that name has migrations");
    let store = workspace_root.join("libs/store/migrations");
    let of_libraries = of_libraries(&packages, &workspace_root.join("libs"))?;
    let cluster = Cluster::start().await.context("no database to check the queries with")?;
    let (mut stale, mut broken) = (Vec::new(), Vec::new());
    for package in chosen {
        let name = package.name.as_str();
        match describe(package, &store, &cluster).await {
            Err(error) => {
                eprintln!("{name}: {error:#}");
                broken.push(name);
            }
            Ok(mut written) => {
                // A library below is compiled with the crate or found compiled, as it happens. It has its own.
                written.retain(|query, _| !of_libraries.iter().any(|(of, other)| of == query && *other != name));
                let committed = read(&package.committed())?;
                let changed = written != committed;
                println!("{name}: {} queries{}", written.len(), if changed { ", changed" } else { "" });
                match mode {
                    Mode::Refresh => replace(&package.committed(), &written)?,
                    Mode::Check if changed => stale.push(name),
                    Mode::Check => {}
                }
            }
        }
    }
    if !stale.is_empty() {
        eprintln!("query data is out of date in {}: run `{COMMAND}` and commit .sqlx", stale.join(", "));
    }
    Ok(if stale.is_empty() && broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The queries that libraries have committed, each with its library.
fn of_libraries<'a>(packages: &'a [Package], libraries: &Path) -> Result<Vec<(String, &'a str)>> {
    let mut queries = Vec::new();
    for package in packages.iter().filter(|package| package.folder().starts_with(libraries)) {
        queries.extend(read(&package.committed())?.into_keys().map(|query| (query, package.name.as_str())));
    }
    Ok(queries)
}

/// What is asked for: which crates, none meaning all.
#[derive(Debug)]
struct Request {
    mode: Mode,
    only: Vec<String>,
}

impl Request {
    fn parse(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut request = Self { mode: Mode::Refresh, only: Vec::new() };
        for argument in arguments {
            match argument.as_str() {
                "--check" => request.mode = Mode::Check,
                flag if flag.starts_with('-') => bail!("usage: {COMMAND} [-- [--check] [package…]]"),
                _ => request.only.push(argument),
            }
        }
        Ok(request)
    }
}

/// The data of a crate's queries as the database sees them now.
async fn describe(package: &Package, store: &Path, cluster: &Cluster) -> Result<Queries> {
    let database = cluster.database("prepare").await?;
    migrate(&database, store, package).await?;
    compile(package, &database)
}

fn metadata() -> Result<Metadata> {
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version=1", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .context("cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The tables that the crate's queries see. The files are read when this runs, so this depends on no crate
/// that it prepares.
async fn migrate(database: &Database, store: &Path, package: &Package) -> Result<()> {
    let mut connection = PgConnection::connect(database.url()).await?;
    let mut migrator = Migrator::new(store).await?;
    migrator.dangerous_set_table_name(STORE_TABLE);
    migrator.run(&mut connection).await.context("the store's migrations")?;
    let own = package.migrations();
    if own.is_dir() && own != store {
        let migrator = Migrator::new(own).await?;
        migrator.run(&mut connection).await.with_context(|| format!("migrations of {}", package.name))?;
    }
    connection.close().await?;
    Ok(())
}

/// Lets the macros describe every query of the crate's library against the database.
fn compile(package: &Package, database: &Database) -> Result<Queries> {
    let written = tempfile::tempdir()?;
    // A configuration flag of a new name makes cargo compile this one crate anew, and nothing else.
    let marker =
        written.path().file_name().unwrap_or_default().to_string_lossy().replace(|c: char| !c.is_alphanumeric(), "_");
    let status = cargo()
        .args(["rustc", "--quiet", "--lib", "--profile=check", "--package", &package.name])
        .args(["--", "--cfg", &format!("sqlx_prepare_{marker}")])
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", written.path())
        .env("DATABASE_URL", database.url())
        .status()
        .context("cargo rustc")?;
    ensure!(status.success(), "{} does not compile against its migrations", package.name);
    read(written.path())
}

#[allow(clippy::disallowed_methods, reason = "cargo says by this variable which cargo runs this")]
fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn read(folder: &Path) -> Result<Queries> {
    let mut queries = Queries::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(queries),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("query-") {
            queries.insert(name, fs::read_to_string(entry.path())?);
        }
    }
    Ok(queries)
}

fn replace(folder: &Path, queries: &Queries) -> Result<()> {
    fs::create_dir_all(folder)?;
    for name in read(folder)?.keys().filter(|name| !queries.contains_key(*name)) {
        fs::remove_file(folder.join(name))?;
    }
    for (name, content) in queries {
        fs::write(folder.join(name), content)?;
    }
    Ok(())
}
