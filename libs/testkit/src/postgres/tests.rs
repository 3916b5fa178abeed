//! The server is real, private, and leaves nothing behind.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use sqlx::{Connection as _, PgConnection};

use super::{Cluster, Error, shared};
use crate::wait;

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

#[tokio::test]
async fn two_databases_of_one_server_are_strangers() {
    let cluster = shared().await.unwrap();
    let (one, two) = (cluster.database("one").await.unwrap(), cluster.database("one").await.unwrap());
    assert_ne!(one.name(), two.name());
    sqlx::raw_sql("CREATE TABLE only_here (id INT)").execute(&mut connect(one.url()).await).await.unwrap();
    let elsewhere = sqlx::raw_sql("SELECT * FROM only_here").execute(&mut connect(two.url()).await).await;
    assert!(elsewhere.is_err());
}

#[tokio::test]
async fn a_name_that_could_carry_sql_is_refused() {
    let cluster = shared().await.unwrap();
    for name in ["", "1a", "a-b", "a; DROP DATABASE postgres", "Upper", "ä"] {
        assert!(matches!(cluster.database(name).await, Err(Error::Name(_))), "{name}");
    }
}

#[tokio::test]
async fn a_stranger_without_the_password_is_refused() {
    let cluster = shared().await.unwrap();
    let url = format!("postgres://causeway:guess@127.0.0.1:{}/postgres?sslmode=disable", cluster.port());
    assert!(PgConnection::connect(&url).await.is_err());
}

#[tokio::test]
async fn what_was_committed_survives_an_immediate_stop() {
    let cluster = Cluster::start().await.unwrap();
    let database = cluster.database("fault").await.unwrap();
    let mut before = connect(database.url()).await;
    sqlx::raw_sql("CREATE TABLE kept AS SELECT 7 AS value").execute(&mut before).await.unwrap();

    cluster.stop_immediate().await.unwrap();
    assert!(sqlx::raw_sql("SELECT 1").execute(&mut before).await.is_err(), "the connection is cut");
    assert!(PgConnection::connect(database.url()).await.is_err(), "nobody listens");

    cluster.restart().await.unwrap();
    let value: i32 =
        sqlx::query_scalar("SELECT value FROM kept").fetch_one(&mut connect(database.url()).await).await.unwrap();
    assert_eq!(value, 7);
}

#[tokio::test]
async fn a_paused_clock_does_not_run_ahead_of_the_server() {
    tokio::time::pause();
    let started = tokio::time::timeout(Duration::from_secs(600), Cluster::start()).await;
    assert!(started.unwrap().is_ok());
}

#[tokio::test]
async fn a_dropped_cluster_leaves_neither_process_nor_folder() {
    let cluster = Cluster::start().await.unwrap();
    let folder = cluster.folder().to_path_buf();
    assert!(folder.exists());
    drop(cluster);
    assert!(!folder.exists());
    assert!(!runs(&folder));
}

/// Runs this very test binary again as a child that starts a cluster and then waits to be killed.
#[test]
fn a_killed_owner_leaves_neither_process_nor_folder() {
    let note = tempfile::NamedTempFile::new().unwrap();
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "postgres::tests::owner_that_waits_to_be_killed", "--nocapture"])
        .env("CAUSEWAY_TEST_NOTE", note.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let limit = Duration::from_secs(60);
    let step = Duration::from_millis(20);
    let folder = wait::poll(limit, step, |_| {
        let text = std::fs::read_to_string(note.path())?;
        std::io::Result::Ok(text.strip_suffix('\n').map(std::path::PathBuf::from))
    });
    let folder = folder.unwrap().expect("the owner started its cluster");
    assert!(folder.exists());

    owner.kill().unwrap();
    owner.wait().unwrap();
    let gone = wait::poll(limit, step, |_| Ok::<_, ()>((!folder.exists() && !runs(&folder)).then_some(())));
    assert_eq!(gone, Ok(Some(())), "{} is still there", folder.display());
}

/// Does nothing unless the test above started it.
#[tokio::test]
async fn owner_that_waits_to_be_killed() {
    let Some(note) = crate::tools::variable("CAUSEWAY_TEST_NOTE") else { return };
    let cluster = Cluster::start().await.unwrap();
    std::fs::write(note, format!("{}\n", cluster.folder().display())).unwrap();
    // Ends when the parent is gone without having killed this process.
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
}

/// Whether any process has the folder on its command line.
fn runs(folder: &Path) -> bool {
    let output = Command::new("ps").args(["-A", "-o", "args"]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).contains(folder.to_str().unwrap())
}
