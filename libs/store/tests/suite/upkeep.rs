//! Old rows go into files first and come back as they were; what a database is told about itself.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use causeway_primitives::Timestamp;
use causeway_store::upkeep::{Error, Order, Table, archive, count, is_archiving, report, restore, verify};
use tempfile::TempDir;

use crate::stand::Stand;

/// Every kind of column that services have, and rows of a minute each, from 1970 on.
const TABLES: &str = r#"
    CREATE TABLE parent (number BIGINT PRIMARY KEY);
    INSERT INTO parent SELECT generate_series(1, 3);
    CREATE TABLE thing (
        thing   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        parent  BIGINT REFERENCES parent (number),
        at      TIMESTAMPTZ NOT NULL,
        words   TEXT,
        wide    NUMERIC(78, 0),
        hash    BYTEA,
        sums    NUMERIC[] NOT NULL,
        hashes  BYTEA[],
        detail  JSONB,
        id      UUID,
        yes     BOOLEAN,
        small   SMALLINT,
        day     DATE
    );
    INSERT INTO thing (parent, at, words, wide, hash, sums, hashes, detail, id, yes, small, day)
    SELECT n % 3 + 1, 'epoch'::TIMESTAMPTZ + n * INTERVAL '1 minute 1 microsecond',
        CASE WHEN n % 7 = 0 THEN NULL ELSE E'line\nbreak "quoted" \\ tab\t \u202e\U0001F4A9 ' || n END,
        115792089237316195423570985008687907853269984665640564039457584007913129639935 - n,
        decode(lpad(to_hex(n), 64, '0'), 'hex'), ARRAY[n, n::NUMERIC * 1e60], ARRAY[decode('00ff', 'hex'), NULL],
        jsonb_build_object('wide', 1e40::NUMERIC + n, 'text', E'\n', 'none', NULL), gen_random_uuid(), n % 2 = 0, -n % 100,
        '2026-11-21'::DATE - n
    FROM generate_series(1, 1300) AS n;
"#;

/// Equal for equal rows, whichever way they came in.
const DIGEST: &str = "SELECT hashtextextended(string_agg(one::TEXT, E'\\n' ORDER BY one.thing), 0) FROM thing AS one";

const THINGS: Table = Table { name: "thing", condition: "old.at < $1", days: 1, turn: "old.thing" };

/// At so many minutes after the start of 1970, of rows of this age.
fn order(folder: &Path, minutes: u64, age: Duration) -> Order {
    Order { at: Timestamp::from_secs(minutes * 60).unwrap(), age: Some(age), into: folder.to_owned() }
}

/// 1,300 rows: the first of minute 1, the last of minute 1,300.
async fn filled(label: &str) -> (Stand, TempDir) {
    let stand = Stand::new(label).await;
    stand.execute(TABLES).await;
    (stand, tempfile::tempdir().unwrap())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|ending| ending == "gz")).collect();
    files.sort();
    files
}

#[tokio::test]
async fn ops_5_old_rows_go_into_a_file_first_and_come_back_as_they_were() {
    let (stand, folder) = filled("upkeep").await;
    let before = stand.number(DIGEST).await;
    assert!(!is_archiving(&stand.pool).await.unwrap());
    let order = order(folder.path(), 2_000, Duration::from_secs(799 * 60));
    assert_eq!(count(&stand.pool, &THINGS, &order).await.unwrap(), 1_200);

    let taken = archive(&stand.pool, &[THINGS], &order).await.unwrap();
    assert_eq!((taken[0].rows(), stand.number("SELECT count(*) FROM thing").await), (1_200, 100));
    assert!(is_archiving(&stand.pool).await.unwrap(), "from now on the service leaves it to upkeep");
    let [file] = files(folder.path()).try_into().unwrap();
    assert_eq!(verify(&file).unwrap(), taken[0].files[0].1);
    // Tools that know nothing of us read it and check it.
    let mut check = Command::new("sha256sum");
    check.args(["--check", "--status"]).arg(file.with_extension("gz.sha256")).current_dir(folder.path());
    assert!(check.status().unwrap().success());
    let lines = Command::new("gzip").args(["--decompress", "--stdout"]).arg(&file).output().unwrap().stdout;
    assert_eq!(String::from_utf8(lines).unwrap().lines().count(), 1_202, "rows between what it is and how many");
    // The database knows where its rows are.
    let noted = "SELECT lines FROM causeway_archive WHERE relation = 'thing' AND octet_length(sha256) = 32";
    assert_eq!(stand.number(noted).await, 1_200);
    assert_eq!(report(&stand.pool).await.unwrap().archived, (1_200, 1));

    assert_eq!(restore(&stand.pool, &[THINGS], &file).await.unwrap(), 1_200);
    assert_eq!(stand.number(DIGEST).await, before, "every column of every row");
    assert_eq!(restore(&stand.pool, &[THINGS], &file).await.unwrap(), 0, "what is there stays as it is");
    assert_eq!(stand.number(DIGEST).await, before);
}

#[tokio::test]
async fn ops_5_without_a_whole_file_nothing_is_removed() {
    let (stand, folder) = filled("upkeep_nofile").await;
    let nowhere = order(&folder.path().join("missing"), 2_000, Duration::from_secs(60));
    let error = archive(&stand.pool, &[THINGS], &nowhere).await.unwrap_err();
    assert!(matches!(&error, Error::File { path, .. } if path.starts_with(&nowhere.into)), "{error:?}");

    // A row that something refers to cannot go, and then none does.
    stand.execute("CREATE TABLE child (thing BIGINT REFERENCES thing (thing)); INSERT INTO child VALUES (700)").await;
    let here = order(folder.path(), 2_000, Duration::from_secs(60));
    archive(&stand.pool, &[THINGS], &here).await.unwrap_err();
    assert_eq!(stand.number("SELECT count(*) FROM thing").await, 1_300);
    assert_eq!(stand.number("SELECT count(*) FROM causeway_archive").await, 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing that looks like an archive");
}

#[tokio::test]
async fn ops_5_a_file_that_is_not_what_it_was_is_refused_and_changes_nothing() {
    let (stand, folder) = filled("upkeep_damaged").await;
    archive(&stand.pool, &[THINGS], &order(folder.path(), 2_000, Duration::from_secs(60))).await.unwrap();
    let [file] = files(folder.path()).try_into().unwrap();
    let whole = fs::read(&file).unwrap();

    let mut changed = whole.clone();
    changed[100] ^= 1;
    fs::write(&file, changed).unwrap();
    let error = restore(&stand.pool, &[THINGS], &file).await.unwrap_err();
    assert!(error.to_string().ends_with("its checksum is another"), "{error}");

    // Cut off, with a checksum to match: it ends before its end.
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let sums = Command::new("sha256sum").arg(&file).output().unwrap().stdout;
    fs::write(file.with_extension("gz.sha256"), sums).unwrap();
    restore(&stand.pool, &[THINGS], &file).await.unwrap_err();
    assert_eq!(stand.number("SELECT count(*) FROM thing").await, 0, "no row of a file that is not whole");

    fs::write(&file, whole).unwrap();
    let sums = Command::new("sha256sum").arg(&file).output().unwrap().stdout;
    fs::write(file.with_extension("gz.sha256"), sums).unwrap();
    let error = restore(&stand.pool, &[], &file).await.unwrap_err();
    assert!(error.to_string().contains("the table thing, which this service does not archive"), "{error}");
}

#[tokio::test]
async fn ops_5_two_at_once_do_not_meet() {
    let (stand, folder) = filled("upkeep_twice").await;
    let mut other = stand.another_process().begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(7161134020979810681)").execute(&mut *other).await.unwrap();
    let order = order(folder.path(), 2_000, Duration::from_secs(60));
    assert!(matches!(archive(&stand.pool, &[THINGS], &order).await, Err(Error::Busy)));
    other.rollback().await.unwrap();
    assert_eq!(archive(&stand.pool, &[THINGS], &order).await.unwrap()[0].rows(), 1_300);
}

#[tokio::test]
async fn ops_5_a_report_names_what_is_dead_and_which_index_nobody_asks() {
    let (stand, _folder) = filled("upkeep_report").await;
    stand.execute("CREATE INDEX idle ON thing (small); DELETE FROM thing WHERE thing > 650").await;
    // Statistics are told when a session has nothing else to do, at the latest when it is asked for them so.
    stand.execute("ANALYZE thing").await;
    let report = report(&stand.pool).await.unwrap();
    let thing = report.tables.iter().find(|table| table.name == "thing").unwrap();
    assert_eq!((thing.live, thing.dead), (650, 650));
    assert!(thing.bytes > 100_000 && thing.index_bytes > 0, "{thing:?}");
    assert!(thing.spare_bytes > thing.bytes / 10, "half of it holds nothing: {thing:?}");
    let idle = report.indexes.iter().find(|index| index.name == "idle").unwrap();
    assert!(idle.is_idle() && idle.table == "thing");
    assert!(report.indexes.iter().all(|index| index.name != "thing_pkey" || !index.is_idle()));
}
