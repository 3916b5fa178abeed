//! A backup that was restored, by the scripts of `deploy/database` and PostgreSQL's own tools.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use causeway_testkit::tools::{lacking, which};

use super::stand::Stand;

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/database").join(name)
}

fn run(name: &str, environment: (&str, &str), arguments: &[&str]) -> Output {
    Command::new(script(name)).args(arguments).env(environment.0, environment.1).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap()
}

fn are_here() -> bool {
    let found = ["psql", "pg_dump", "pg_restore"].iter().all(|tool| which(tool, &[]).is_some());
    if !found {
        lacking("PostgreSQL's client programs", "backups");
    }
    found
}

#[tokio::test]
async fn ops_5_a_backup_is_proven_by_restoring_it_and_one_that_lost_a_row_is_none() {
    if !are_here() {
        return;
    }
    let stand = Stand::new("backup").await;
    stand.execute("CREATE TABLE kept AS SELECT number FROM generate_series(1, 1000) AS number").await;
    let folder = tempfile::tempdir().unwrap();
    let made = run("backup.sh", ("DATABASE_URL", stand.url()), &[folder.path().to_str().unwrap()]);
    assert!(made.status.success(), "{}", said(&made));
    let file = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    // What comes afterwards is not in it, and must not be missed.
    stand.execute("DELETE FROM kept WHERE number > 10").await;

    let admin = ("ADMIN_URL", stand.url());
    let check = ["sh", "-c", "test \"$(psql -tAc 'SELECT sum(number) FROM kept' \"$DATABASE_URL\")\" = 500500"];
    let verified = run("verify.sh", admin, &[&[file.as_str()][..], &check].concat());
    assert!(verified.status.success(), "{}", said(&verified));
    assert!(said(&verified).contains("tables as they were"), "{}", said(&verified));

    let refused = run("verify.sh", admin, &[&file, "false"]);
    assert!(!refused.status.success() && said(&refused).contains("the check failed: false"), "{}", said(&refused));

    let counts = format!("{file}.counts");
    let more = std::fs::read_to_string(&counts).unwrap().replace("public.kept 1000", "public.kept 1001");
    std::fs::write(&counts, more).unwrap();
    let refused = run("verify.sh", admin, &[&file]);
    assert!(!refused.status.success() && said(&refused).contains("public.kept 1001"), "{}", said(&refused));

    // Whatever is no address of a server must not be taken for the scratch database itself.
    let also = format!("{}?dbname=postgres", stand.url());
    for admin in ["host=127.0.0.1 dbname=postgres", also.as_str()] {
        let refused = run("verify.sh", ("ADMIN_URL", admin), &[&file]);
        assert_eq!(refused.status.code(), Some(2), "{admin}: {}", said(&refused));
    }

    let left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'verify%'";
    assert_eq!(
        sqlx::query_scalar::<_, i64>(left).fetch_one(stand.pool.executor()).await.unwrap(),
        0,
        "no scratch is left"
    );
}

#[test]
fn ops_5_a_backup_that_cannot_be_made_leaves_nothing_that_looks_like_one() {
    if !are_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let nowhere = ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
    let failed = run("backup.sh", nowhere, &[folder.path().to_str().unwrap()]);
    assert!(!failed.status.success());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
