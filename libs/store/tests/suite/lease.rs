//! Leadership and its fence, with two holders.

use std::{sync::Arc, time::Duration};

use causeway_store::{
    Error, Named as _, Pool,
    lease::{self, Keeper, Leadership, Settings},
};
use causeway_testkit::{fault::TcpProxy, wait::eventually};
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::stand::Stand;

const TTL: Duration = Duration::from_secs(30);
/// Longer than anything here takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

fn name() -> Arc<str> {
    "publisher".into()
}

async fn acquire(pool: &Pool, holder: &str) -> Option<Leadership> {
    lease::try_acquire(pool, &name(), &holder.into(), TTL).await.unwrap()
}

/// As if the time to live had passed.
async fn expire(stand: &Stand) {
    stand.execute("UPDATE causeway_lease SET expires_at = clock_timestamp() - INTERVAL '1 second'").await;
}

/// What a leader does: everything in one transaction behind the fence.
async fn write(pool: &Pool, leadership: &Leadership) -> Result<(), Error> {
    let mut tx = pool.begin().await?;
    lease::assert_current(&mut tx, leadership).await?;
    let queries = tx.queries();
    let epoch = i64::try_from(leadership.epoch()).unwrap();
    sqlx::query("INSERT INTO round VALUES ($1)").bind(epoch).execute(&mut *tx).named("insert_round", &queries).await?;
    tx.commit().await
}

async fn stand(label: &str) -> Stand {
    let stand = Stand::new(label).await;
    stand.execute("CREATE TABLE round (epoch BIGINT)").await;
    stand
}

#[tokio::test]
async fn one_of_two_leads_and_the_epoch_grows_with_every_change() {
    let stand = stand("lease_two").await;
    let other = stand.another_process();
    let first = acquire(&stand.pool, "a").await.unwrap();
    assert_eq!(first.epoch(), 1);
    assert!(first.is_valid());
    assert_eq!(acquire(&other, "b").await, None);
    assert_eq!(acquire(&stand.pool, "a").await, None, "a holder renews instead");

    lease::release(&stand.pool, &first).await.unwrap();
    let second = acquire(&other, "b").await.unwrap();
    assert_eq!(second.epoch(), 2);
    lease::release(&stand.pool, &first).await.unwrap();
    assert_eq!(acquire(&stand.pool, "a").await, None, "a release of old does not free what is another's");
}

#[tokio::test]
async fn ora_11_a_paused_leader_that_wakes_up_cannot_write() {
    let stand = stand("lease_paused").await;
    let other = stand.another_process();
    let paused = acquire(&stand.pool, "a").await.unwrap();
    write(&stand.pool, &paused).await.unwrap();

    expire(&stand).await;
    let error = write(&stand.pool, &paused).await.unwrap_err();
    assert!(matches!(error, Error::Fenced { epoch: 1, .. }), "expired, though nobody has taken over: {error:?}");
    assert!(!error.is_retryable());

    let successor = acquire(&other, "b").await.unwrap();
    write(&other, &successor).await.unwrap();
    // It still believes to lead: its own clock has not run out.
    assert!(paused.is_valid());
    assert!(matches!(write(&stand.pool, &paused).await, Err(Error::Fenced { epoch: 1, .. })));
    assert_eq!(lease::renew(&stand.pool, &paused, TTL).await.unwrap(), None);
    assert_eq!(stand.number("SELECT count(*) FROM round WHERE epoch = 1").await, 1);
    assert_eq!(stand.number("SELECT count(*) FROM round").await, 2);
}

#[tokio::test]
async fn ora_11_a_takeover_waits_for_the_write_that_is_under_way_and_a_renewal_does_not() {
    let stand = stand("lease_open").await;
    let other = stand.another_process();
    let leader = acquire(&stand.pool, "a").await.unwrap();
    let mut tx = stand.pool.begin().await.unwrap();
    lease::assert_current(&mut tx, &leader).await.unwrap();
    sqlx::query("INSERT INTO round VALUES (1)").execute(&mut *tx).await.unwrap();

    // The renewal touches the same row while the transaction holds it.
    assert!(lease::renew(&stand.pool, &leader, TTL).await.unwrap().is_some());
    // The leader's time runs out in the middle of its transaction.
    expire(&stand).await;
    let takeover = tokio::task::spawn(async move {
        let successor = acquire(&other, "b").await.unwrap();
        let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM round").fetch_one(other.executor()).await.unwrap();
        (successor.epoch(), seen)
    });
    stand.until_somebody_waits().await;
    assert!(!takeover.is_finished());
    tx.commit().await.unwrap();
    assert_eq!(takeover.await.unwrap(), (2, 1), "the successor sees all that its predecessor wrote");
}

fn keeper(pool: Pool, holder: &str, ttl: Duration) -> (Keeper, watch::Receiver<Option<Leadership>>) {
    let mut keeper = Keeper::new(pool, Settings { contest: name(), holder: holder.into(), ttl });
    let leads = keeper.stand_for(name());
    (keeper, leads)
}

async fn until(leadership: &mut watch::Receiver<Option<Leadership>>, leads: bool) -> Option<Leadership> {
    let changed = leadership.wait_for(|leadership| leadership.is_some() == leads);
    timeout(LIMIT, changed).await.expect("leadership never changed").unwrap().clone()
}

#[tokio::test]
async fn a_leader_that_stops_hands_over_at_once() {
    let stand = stand("lease_handover").await;
    // No test would wait for this lease to expire.
    let ttl = Duration::from_secs(6);
    let (first, mut first_leads) = keeper(stand.pool.clone(), "a", ttl);
    let (second, mut second_leads) = keeper(stand.another_process(), "b", ttl);
    let (stop_first, stop_second) = (CancellationToken::new(), CancellationToken::new());
    let first = tokio::task::spawn(first.run(stop_first.clone()));
    assert_eq!(until(&mut first_leads, true).await.unwrap().epoch(), 1);
    let second = tokio::task::spawn(second.run(stop_second.clone()));

    stop_first.cancel();
    first.await.unwrap().unwrap();
    assert!(first_leads.borrow().is_none());
    assert_eq!(until(&mut second_leads, true).await.unwrap().epoch(), 2);
    assert!(stand.metrics().contains("store_lease_held{lease=\"publisher\"} 0"));
    stop_second.cancel();
    second.await.unwrap().unwrap();
}

#[tokio::test]
async fn ora_11_a_holder_stops_believing_before_the_database_lets_go() {
    let stand = stand("lease_clocks").await;
    let leader = acquire(&stand.pool, "a").await.unwrap();
    let renewed = lease::renew(&stand.pool, &leader, TTL).await.unwrap().unwrap();
    assert!(renewed.valid_until() > leader.valid_until());
    // The database measures what is left after `before`, so the real end is later than `before` and that.
    let before = Instant::now();
    let left = "SELECT (EXTRACT(EPOCH FROM expires_at - clock_timestamp()) * 1000)::BIGINT FROM causeway_lease";
    let left = Duration::from_millis(u64::try_from(stand.number(left).await).unwrap());
    assert!(renewed.valid_until() < before + left);
}

#[tokio::test]
async fn ora_11_a_leader_that_is_cut_off_gives_up_by_itself_and_stands_again() {
    let stand = stand("lease_cut").await;
    let proxy = TcpProxy::start(stand.address()).await.unwrap();
    let (keeper, mut leads) = keeper(stand.through(proxy.address()), "a", Duration::from_millis(1_200));
    let stop = CancellationToken::new();
    let running = tokio::task::spawn(keeper.run(stop.clone()));
    let first = until(&mut leads, true).await.unwrap();

    proxy.black_hole();
    until(&mut leads, false).await;
    proxy.heal();
    assert!(until(&mut leads, true).await.unwrap().epoch() > first.epoch());
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn ops_10_a_writer_that_stands_still_in_a_copy_is_ended_by_whoever_takes_its_lease() {
    let stand = stand("lease_frozen").await;
    let other = Stand::on_url(stand.url());
    let leader = acquire(&stand.pool, "a").await.unwrap();
    let mut tx = stand.pool.begin().await.unwrap();
    lease::assert_current(&mut tx, &leader).await.unwrap();
    // The server waits for rows, and nothing comes: no limit of its own ends that.
    let mut copy = tx.copy_in_raw("COPY round FROM STDIN").await.unwrap();
    expire(&stand).await;

    let (keeper, mut leads) = keeper(other.pool.clone(), "b", Duration::from_millis(1_500));
    let stop = CancellationToken::new();
    let running = tokio::task::spawn(keeper.run(stop.clone()));
    assert_eq!(until(&mut leads, true).await.unwrap().epoch(), 2);
    assert!(other.metrics().contains("store_lease_blockers_ended_total{lease=\"publisher\"} 1"), "{}", other.metrics());
    let sent = copy.send(b"1\n".as_slice()).await.map(drop);
    assert!(sent.is_err() || copy.finish().await.is_err(), "it writes no more");
    assert_eq!(stand.number("SELECT count(*) FROM round").await, 0);
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn ops_10_a_takeover_ends_nobody_who_is_done_within_the_life_of_a_lease() {
    let stand = stand("lease_patient").await;
    let other = Stand::on_url(stand.url());
    let leader = acquire(&stand.pool, "a").await.unwrap();
    let mut tx = stand.pool.begin().await.unwrap();
    lease::assert_current(&mut tx, &leader).await.unwrap();
    expire(&stand).await;

    let (keeper, mut leads) = keeper(other.pool.clone(), "b", TTL);
    let stop = CancellationToken::new();
    let running = tokio::task::spawn(keeper.run(stop.clone()));
    stand.until_somebody_waits().await;
    sqlx::query("INSERT INTO round VALUES (1)").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    until(&mut leads, true).await;
    assert!(!other.metrics().contains("store_lease_blockers_ended_total{"), "{}", other.metrics());
    assert_eq!(stand.number("SELECT count(*) FROM round").await, 1);
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn ops_10_whoever_holds_a_lease_that_is_somebody_elses_by_now_is_let_finish() {
    let stand = stand("lease_slow").await;
    let other = Stand::on_url(stand.url());
    let leader = acquire(&stand.pool, "slow").await.unwrap();
    lease::try_acquire(&stand.pool, &"first".into(), &"slow".into(), TTL).await.unwrap().unwrap();
    // It stands for both and holds both, and has not seen that another one stands.
    let stands = "INSERT INTO causeway_candidate
        VALUES ('publisher', 'slow', '{first, publisher}', clock_timestamp() + INTERVAL '1 minute')";
    stand.execute(stands).await;
    let mut tx = stand.pool.begin().await.unwrap();
    lease::assert_current(&mut tx, &leader).await.unwrap();

    let settings = Settings { contest: name(), holder: "b".into(), ttl: Duration::from_millis(1_500) };
    let mut keeper = Keeper::new(other.pool.clone(), settings);
    let posts = ["first".into(), name()].map(|lease| keeper.stand_for(lease));
    let stop = CancellationToken::new();
    let running = tokio::task::spawn(keeper.run(stop.clone()));
    let looked =
        async || if other.metrics().contains("query=\"end_blockers\"") { Ok(()) } else { Err(other.metrics()) };
    eventually("it was looked who is in the way", looked).await;
    sqlx::query("INSERT INTO round VALUES (1)").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(stand.number("SELECT count(*) FROM round").await, 1);
    assert!(posts.iter().all(|post| post.borrow().is_none()));
    stop.cancel();
    running.await.unwrap().unwrap();
}
