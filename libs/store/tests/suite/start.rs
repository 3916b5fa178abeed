//! Waiting for a database at start: bounded, told, and over with the reason.

use std::time::Duration;

use causeway_store::start::{Error, await_database};
use causeway_testkit::{fault::TcpProxy, postgres::Cluster, wait::eventually};
use tokio_util::sync::CancellationToken;

use crate::stand::Stand;

const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn ops_3_a_database_that_comes_late_is_waited_for() {
    let stand = Stand::new("late").await;
    let proxy = TcpProxy::start(stand.address()).await.unwrap();
    proxy.down();
    let pool = stand.through(proxy.address());
    let stop = CancellationToken::new();
    let (waited, ()) = tokio::join!(await_database(&pool, LONG, &stop), async {
        eventually("a try to connect", async || proxy.connections() > 0).await;
        proxy.heal();
    });
    waited.unwrap();
    pool.probe().await.unwrap();
}

#[tokio::test]
async fn ops_3_a_database_that_never_comes_ends_the_wait_with_what_to_check() {
    let cluster = Cluster::start().await.unwrap();
    let stand = Stand::on(&cluster.database("absent").await.unwrap());
    cluster.stop_immediate().await.unwrap();
    let error = await_database(&stand.pool, Duration::ZERO, &CancellationToken::new()).await.unwrap_err();
    assert!(matches!(error, Error::Absent { source: Some(_), .. }), "{error:?}");
    for part in ["PostgreSQL runs", "DATABASE_URL", "network"] {
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn ops_a_database_that_refuses_us_is_not_waited_for_and_a_stop_ends_the_wait() {
    let stand = Stand::new("refused").await;
    let (before, _) = stand.url().rsplit_once('/').unwrap();
    let nowhere = format!("{before}/no_such_database");
    let settings = causeway_store::Settings::new(nowhere.as_str().into(), "refused");
    let pool = causeway_store::Pool::open(&settings, causeway_store::Metrics::default()).unwrap();
    let stop = CancellationToken::new();
    let error = await_database(&pool, LONG, &stop).await.unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error:?}");
    assert!(error.to_string().contains("database name"), "{error}");

    let proxy = TcpProxy::start(stand.address()).await.unwrap();
    proxy.down();
    stop.cancel();
    let stopped = await_database(&stand.through(proxy.address()), LONG, &stop).await;
    assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
}
