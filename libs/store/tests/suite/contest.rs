//! Several leases, shared by several replicas.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use causeway_store::{
    Error, Pool,
    lease::{Keeper, Leadership, Settings, assert_current, list_holders},
};
use causeway_testkit::wait::SOON;
use futures_util::future::select_all;
use tokio::{sync::watch, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::stand::Stand;

/// Short enough to wait for, long enough for a busy machine to renew it.
const TTL: Duration = Duration::from_secs(3);
const LEASES: [&str; 6] = ["service", "service/1", "service/2", "service/3", "service/4", "service/5"];

/// One replica: it stands for all leases.
struct Replica {
    pool: Pool,
    posts: BTreeMap<&'static str, watch::Receiver<Option<Leadership>>>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Replica {
    fn start(pool: Pool, holder: &str) -> Self {
        let settings = Settings { contest: "service".into(), holder: holder.into(), ttl: TTL };
        let mut keeper = Keeper::new(pool.clone(), settings);
        let posts = LEASES.into_iter().map(|lease| (lease, keeper.stand_for(lease))).collect();
        let stop = CancellationToken::new();
        let running = keeper.run(stop.clone());
        let task = tokio::task::spawn(async {
            let Ok(()) = running.await;
        });
        Self { pool, posts, stop, task }
    }

    /// What it believes to lead.
    fn leads(&self) -> BTreeSet<&'static str> {
        self.posts.iter().filter(|(_, post)| post.borrow().is_some()).map(|(lease, _)| *lease).collect()
    }

    /// As a kill does it: nothing is given back.
    async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }

    /// Whether the database takes a write in the name of this leadership.
    async fn may_write(&self, leadership: &Leadership) -> bool {
        let mut tx = self.pool.begin().await.unwrap();
        match assert_current(&mut tx, leadership).await {
            Ok(()) => true,
            Err(Error::Fenced { .. }) => false,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Waits until these replicas hold so many leases each, all different.
async fn share(replicas: &[&Replica], counts: &[usize]) {
    let fits = || {
        let all: Vec<&str> = replicas.iter().flat_map(|replica| replica.leads()).collect();
        let different: BTreeSet<&str> = all.iter().copied().collect();
        let mut found: Vec<usize> = replicas.iter().map(|replica| replica.leads().len()).collect();
        found.sort_unstable();
        found == counts && different.len() == all.len()
    };
    let mut posts: Vec<_> = replicas.iter().flat_map(|replica| replica.posts.values().cloned()).collect();
    let shared = async {
        while !fits() {
            select_all(posts.iter_mut().map(|post| Box::pin(post.changed()))).await.0.unwrap();
        }
    };
    let leads = || replicas.iter().map(|replica| replica.leads()).collect::<Vec<_>>();
    timeout(SOON, shared).await.unwrap_or_else(|_| panic!("never {counts:?}: {:?}", leads()));
}

#[tokio::test]
async fn ops_10_three_replicas_share_six_leases_and_a_kill_and_a_stop_orphan_none() {
    let stand = Stand::new("contest_three").await;
    let one = Replica::start(stand.another_process(), "one");
    share(&[&one], &[6]).await;
    let (two, three) =
        (Replica::start(stand.another_process(), "two"), Replica::start(stand.another_process(), "three"));
    share(&[&one, &two, &three], &[2, 2, 2]).await;
    assert!(one.leads().contains("service"), "the most important one stays where it was");

    one.kill().await;
    share(&[&two, &three], &[3, 3]).await;
    two.stop().await;
    share(&[&three], &[6]).await;
    let leases: Vec<Arc<str>> = LEASES.into_iter().map(Arc::from).collect();
    let holders = list_holders(&stand.pool, &leases).await.unwrap();
    assert!(holders.len() == 6 && holders.values().all(|holder| &**holder == "three"), "{holders:?}");
    three.stop().await;
    assert_eq!(stand.number("SELECT count(*) FROM causeway_candidate WHERE holder <> 'one'").await, 0);
}

#[tokio::test]
async fn ops_10_what_is_given_back_is_fenced_and_what_is_kept_is_not() {
    let stand = Stand::new("contest_fence").await;
    let one = Replica::start(stand.another_process(), "one");
    share(&[&one], &[6]).await;
    let before: BTreeMap<&str, Leadership> =
        one.posts.iter().map(|(lease, post)| (*lease, post.borrow().clone().unwrap())).collect();
    let two = Replica::start(stand.another_process(), "two");
    share(&[&one, &two], &[3, 3]).await;

    for (lease, leadership) in &before {
        // By its epoch: on a machine that stood still for a lease's time, one may have lost it and won it again.
        let is_kept = one.posts[lease].borrow().as_ref().is_some_and(|now| now.epoch() == leadership.epoch());
        assert_eq!(one.may_write(leadership).await, is_kept, "{lease}");
    }
    for lease in two.leads() {
        let leadership = two.posts[lease].borrow().clone().unwrap();
        assert!(leadership.epoch() > before[lease].epoch(), "{lease}");
        assert!(two.may_write(&leadership).await, "{lease}");
    }
    one.stop().await;
    two.stop().await;
}
