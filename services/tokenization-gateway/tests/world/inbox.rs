//! Messages as files: taken whole, put away with what was found, and never twice, whenever the process dies.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tokenization_gateway::{
    app::{Inbox, InboxError},
    metrics::Metrics,
};

use super::{
    messages::{mt103, uetr},
    stand::{Stand, actor},
};

const LONGEST: u64 = 4_096;

fn inbox(stand: &Stand, folder: &Path) -> Inbox {
    Inbox::new(folder.to_owned(), stand.orders.clone(), actor("files"), LONGEST, Metrics::default())
}

/// The names of the files that a reader of a folder sees, without the mark before each.
fn files(folder: PathBuf) -> BTreeSet<String> {
    files_as_they_are(folder).iter().map(|name| name[9..].to_owned()).collect()
}

fn files_as_they_are(folder: PathBuf) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let visible = entries.filter(|entry| entry.file_type().unwrap().is_file());
    let names = visible.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with('.')).collect()
}

fn names(expected: &[&str]) -> BTreeSet<String> {
    expected.iter().map(|name| (*name).to_owned()).collect()
}

/// What lies beside a file that was refused.
fn finding(folder: &Path, name: &str) -> Value {
    let mut entries = fs::read_dir(folder.join("refused")).unwrap().map(|entry| entry.unwrap().path());
    let path = entries.find(|path| path.to_string_lossy().ends_with(&format!("{name}.json"))).unwrap();
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[tokio::test]
async fn tok_5_tok_10_a_file_is_taken_or_put_aside_with_the_finding_beside_it() {
    let stand = Stand::new("gateway_inbox").await;
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    put("1-good.fin", &mt103(&uetr(1), "10,", ""));
    put("2-wrong.fin", &mt103(&uetr(2), "10.00", ""));
    put("3-long.fin", &vec![b'{'; 5_000]);
    let stranger = String::from_utf8(mt103(&uetr(4), "10,", "")).unwrap();
    put("4-stranger.fin", stranger.replace(super::stand::IBAN, "GB82WEST12345698765432").as_bytes());
    put(".5-half-written.fin", b"{1:");
    assert_eq!(inbox(&stand, folder.path()).round().await.unwrap(), 4);
    assert_eq!(files(folder.path().join("done")), names(&["1-good.fin"]));
    let refused = ["2-wrong.fin", "3-long.fin", "4-stranger.fin"];
    let with_findings = refused.iter().flat_map(|name| [(*name).to_owned(), format!("{name}.json")]).collect();
    assert_eq!(files(folder.path().join("refused")), with_findings);
    assert!(files(folder.path().join("work")).is_empty());
    let finding = |name: &str| finding(folder.path(), name);
    assert_eq!(finding("2-wrong.fin")["findings"][0]["place"], "block 4, field 32A");
    assert_eq!(finding("3-long.fin")["reason"], "too_long");
    assert_eq!(finding("4-stranger.fin")["transactions"][0]["reason"], "account_unknown");
    assert_eq!(stand.store.list_requests(&Default::default(), None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn tok_7_a_file_that_was_claimed_by_a_process_that_died_becomes_one_request_and_is_put_away() {
    let stand = Stand::new("gateway_inbox_killed").await;
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(&stand, folder.path());
    inbox.round().await.unwrap();
    // Claimed and handed in, and not put away; claimed and not handed in.
    let (handed_in, claimed) = (mt103(&uetr(1), "10,", ""), mt103(&uetr(2), "10,", ""));
    stand.orders.submit(&actor("files"), "1.fin", &handed_in).await.unwrap().unwrap();
    fs::write(folder.path().join("work/1.fin"), &handed_in).unwrap();
    fs::write(folder.path().join("work/2.fin"), &claimed).unwrap();
    assert_eq!(inbox.round().await.unwrap(), 2);
    assert_eq!(files(folder.path().join("done")), names(&["1.fin", "2.fin"]));
    assert_eq!(stand.store.list_requests(&Default::default(), None, 10).await.unwrap().len(), 2);
    fs::write(folder.path().join("2.fin"), &claimed).unwrap();
    inbox.round().await.unwrap();
    assert_eq!(stand.store.list_requests(&Default::default(), None, 10).await.unwrap().len(), 2, "sent again");
    assert_eq!(inbox.round().await.unwrap(), 0);
}

#[tokio::test]
async fn tok_5_tok_7_a_file_that_cannot_be_taken_is_in_no_others_way_and_is_put_aside_after_some_rounds() {
    let stand = Stand::new("gateway_inbox_stuck").await;
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(&stand, folder.path());
    let put = |name: &str, number: u32| {
        fs::write(folder.path().join(name), mt103(&uetr(number), "10,", "")).unwrap();
    };
    let sql = |text: &'static str| sqlx::raw_sql(text).execute(stand.pool().executor());
    sql("ALTER TABLE message ADD CONSTRAINT none_of_it CHECK (file_name NOT LIKE '1-%')").await.unwrap();
    put("1-stuck.fin", 1);
    put("2-good.fin", 2);
    inbox.round().await.unwrap_err();
    assert_eq!(files_as_they_are(folder.path().join("work")), names(&["1-stuck.fin"]));
    assert_eq!(files(folder.path().join("done")), names(&["2-good.fin"]));
    put("1-stuck.fin", 3);
    for _ in 0..3 {
        inbox.round().await.unwrap_err();
        assert_eq!(files_as_they_are(folder.path().join("work")), names(&["1-stuck.fin"]), "tried again");
        assert_eq!(files_as_they_are(folder.path().to_owned()), names(&["1-stuck.fin"]), "and never written over");
    }
    assert_eq!(inbox.round().await.unwrap(), 1, "put aside");
    assert_eq!(files(folder.path().join("refused")), names(&["1-stuck.fin", "1-stuck.fin.json"]));
    for number in 4..=7 {
        put(&format!("1-{number}.fin"), number);
    }
    inbox.round().await.unwrap_err();
    assert_eq!(files_as_they_are(folder.path().join("work")).len(), 5, "each is tried, however many fail");
    sql("ALTER TABLE message DROP CONSTRAINT none_of_it").await.unwrap();
    assert_eq!(inbox.round().await.unwrap(), 5);
    assert_eq!(stand.store.list_requests(&Default::default(), None, 10).await.unwrap().len(), 6);
}

#[tokio::test]
async fn tok_5_tok_7_files_that_nobody_can_claim_or_put_away_are_in_no_others_way_and_are_put_aside_after_some_rounds()
{
    let stand = Stand::new("gateway_inbox_unwieldy").await;
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(&stand, folder.path());
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    // Where each would go lies a folder, over which not even root renames or writes a file.
    let blocked = |place: &str| fs::create_dir(folder.path().join(place)).unwrap();
    let (claimed, taken, long) = ("1-claimed.fin", "2-taken.fin", "3-long.fin");
    put(taken, &mt103(&uetr(1), "10,", ""));
    assert_eq!(inbox.round().await.unwrap(), 1);
    let kept = files_as_they_are(folder.path().join("done")).pop_first().unwrap();
    fs::remove_file(folder.path().join("done").join(&kept)).unwrap();
    blocked(&format!("done/{kept}"));
    blocked(&format!("work/{claimed}"));
    blocked(&format!("refused/.00001388-{long}.json.part"));
    put(claimed, &mt103(&uetr(2), "10,", ""));
    put(taken, &mt103(&uetr(1), "10,", ""));
    put(long, &vec![b'{'; 5_000]);
    for number in 4..=7 {
        put(&format!("{number}-good.fin"), &mt103(&uetr(number), "10,", ""));
        let error = inbox.round().await.unwrap_err();
        assert!(matches!(error, InboxError::File(_)), "{error:?}");
        assert_eq!(files(folder.path().join("done")).len(), usize::try_from(number).unwrap() - 3, "the good are taken");
        assert_eq!(files_as_they_are(folder.path().join("work")), names(&[taken, long]));
        assert_eq!(files_as_they_are(folder.path().to_owned()), names(&[claimed]));
    }
    assert_eq!(inbox.round().await.unwrap(), 3, "put aside");
    let with_findings = [claimed, taken, long].into_iter().flat_map(|name| [name.to_owned(), format!("{name}.json")]);
    assert_eq!(files(folder.path().join("refused")), with_findings.collect());
    for name in [claimed, taken, long] {
        let finding = finding(folder.path(), name);
        assert_eq!((&finding["reason"], &finding["file"]), (&"file".into(), &name.into()), "{finding}");
    }
    assert_eq!(inbox.round().await.unwrap(), 0);
    assert_eq!(stand.store.list_requests(&Default::default(), None, 10).await.unwrap().len(), 5, "each once");
    put(claimed, &mt103(&uetr(2), "10,", ""));
    inbox.round().await.unwrap_err();
    assert_eq!(files_as_they_are(folder.path().to_owned()), names(&[claimed]), "another file of the name counts anew");
}

#[tokio::test]
async fn tok_5_tok_7_a_file_of_the_longest_name_is_put_away_at_once_under_a_short_one_and_the_finding_says_which() {
    let stand = Stand::new("gateway_inbox_names").await;
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(&stand, folder.path());
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    let (taken, refused) = (format!("1-{}.fin", "a".repeat(249)), format!("2-{}.fin", "b".repeat(234)));
    assert_eq!(taken.len(), 255);
    put(&taken, &mt103(&uetr(1), "10,", ""));
    put(&refused, &vec![b'{'; 5_000]);
    assert_eq!(inbox.round().await.unwrap(), 2);
    let done = files_as_they_are(folder.path().join("done"));
    assert!(done.len() == 1 && done.iter().all(|name| name.len() == 17), "{done:?}");
    let told = files_as_they_are(folder.path().join("refused"));
    let kept = told.first().unwrap();
    assert_eq!((kept.len(), told.clone()), (17, names(&[kept, &format!("{kept}.json")])));
    let finding = finding(folder.path(), kept);
    assert_eq!((&finding["reason"], &finding["file"]), (&"too_long".into(), &refused.into()));
    assert_eq!(inbox.round().await.unwrap(), 0, "neither is tried again");
}

#[tokio::test]
async fn tok_5_tok_7_while_the_database_is_away_rounds_end_early_and_no_file_is_put_aside_for_it() {
    let stand = Stand::new("gateway_inbox_away").await;
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(&stand, folder.path());
    inbox.round().await.unwrap();
    let sql = |text: &'static str| sqlx::raw_sql(text).execute(stand.pool().executor());
    // As a server says it that comes up.
    sql("CREATE FUNCTION away() RETURNS TRIGGER LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'away' USING ERRCODE = '57P03'; END $$;
         CREATE TRIGGER away BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION away()")
    .await
    .unwrap();
    for number in 1..=5 {
        fs::write(folder.path().join(format!("{number}.fin")), mt103(&uetr(number), "10,", "")).unwrap();
    }
    inbox.round().await.unwrap_err();
    assert_eq!(files_as_they_are(folder.path().join("work")), names(&["1.fin", "2.fin", "3.fin"]), "it ended early");
    for _ in 0..12 {
        inbox.round().await.unwrap_err();
    }
    assert_eq!(files_as_they_are(folder.path().join("work")).len(), 5, "each had its turn");
    sql("DROP TRIGGER away ON message;
         ALTER TABLE message ADD CONSTRAINT none_of_it CHECK (file_name <> '1.fin')")
    .await
    .unwrap();
    inbox.round().await.unwrap_err();
    assert_eq!(files_as_they_are(folder.path().join("work")), names(&["1.fin"]), "it failed by itself only once");
    assert!(files_as_they_are(folder.path().join("refused")).is_empty());
    sql("ALTER TABLE message DROP CONSTRAINT none_of_it").await.unwrap();
    assert_eq!(inbox.round().await.unwrap(), 1);
    assert_eq!(files(folder.path().join("done")).len(), 5);
}
