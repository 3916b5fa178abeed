//! Deaths: of the guard, of its leader, and right behind a halt.

use causeway_proto::guard::v1::{ReportViolationRequest, ViolationKind, lease_service_client::LeaseServiceClient};
use causeway_testkit::{relayer::Misdeed, wait::eventually};
use uuid::Uuid;

use super::stage::{Stage, late, url, whole};

#[tokio::test]
async fn grd_13_without_the_guard_the_relayer_stands_still_within_a_lease_and_goes_on_with_it() {
    let stage = Stage::new("guard_death").await;
    let guard = stage.serve("guard-1").await;
    let mut relayer = stage.relay(&[url(&guard)]).await;
    stage.settle_one(&relayer).await;
    guard.kill().await.unwrap();
    stage.until_held_up(&relayer).await;
    assert_eq!(late(&relayer), 0);

    let second = stage.serve("guard-2").await;
    relayer.kill().await.unwrap();
    relayer = stage.relay(&[url(&second)]).await;
    stage.settle_one(&relayer).await;
    assert_eq!(late(&relayer), 0);
    assert_eq!(stage.store().read_latch().await.unwrap().active().count(), 0, "a death is no halt");
}

#[tokio::test]
async fn grd_13_when_the_leader_dies_or_freezes_the_other_replica_grants_and_the_first_one_is_fenced() {
    let stage = Stage::new("guard_replicas").await;
    let first = stage.serve("guard-1").await;
    let mut settled = stage.relay(&[url(&first)]).await;
    stage.settle_one(&settled).await;
    settled.kill().await.unwrap();
    let second = stage.serve("guard-2").await;
    settled = stage.relay(&[url(&first), url(&second)]).await;
    stage.settle_one(&settled).await;

    let before = stage.store().get_epoch().await.unwrap();
    first.freeze().unwrap();
    eventually("the other replica leads", async || stage.store().get_epoch().await.unwrap() > before).await;
    stage.settle_one(&settled).await;
    // It wakes up and believes to lead: the epoch tells it and everybody else.
    first.thaw().unwrap();
    stage.settle_one(&settled).await;
    second.kill().await.unwrap();
    stage.settle_one(&settled).await;
    assert_eq!(late(&settled), 0);
}

#[tokio::test]
async fn grd_13_a_halt_outlives_the_death_of_the_guard_that_latched_it() {
    let stage = Stage::new("guard_latched").await;
    let guard = stage.serve("guard-1").await;
    let relayer = stage.relay(&[url(&guard)]).await;
    stage.settle_one(&relayer).await;
    relayer.misbehave(Misdeed::Steal { amount: whole(2) }).await.unwrap();
    stage.world.mine(3).await.unwrap();
    relayer.step().await.unwrap();
    let latched =
        eventually("the theft is latched", async || stage.store().read_latch().await.unwrap().active().next().cloned())
            .await;
    // Whatever of the halt's sequence was not done yet is done by whoever comes next.
    guard.kill().await.unwrap();
    let second = stage.serve("guard-2").await;
    relayer.kill().await.unwrap();
    let relayer = stage.relay(&[url(&second)]).await;
    stage.until_held_up(&relayer).await;
    let halts = stage.store().list_halts(None, 10).await.unwrap();
    assert_eq!(halts.len(), 1, "{halts:?}");
    assert_eq!((halts[0].halt.id, halts[0].released_at), (latched.id, None));
    eventually("the halt is on the record", async || stage.store().list_unrecorded_halts().await.unwrap().is_empty())
        .await;
    assert!(stage.store().verify_audit(None).await.unwrap().is_ok());
    assert_eq!(late(&relayer), 0);
    // GRD-12: what stopped the relayer is in the database too, whoever looks at the standard output.
    eventually("a critical line is kept", async || {
        let lines = stage.store().list_log_lines(50).await.unwrap();
        lines.into_iter().find(|line| line.level == "critical")
    })
    .await;
}

#[tokio::test]
async fn grd_13_any_replica_halts_and_a_report_is_durable_before_it_is_answered() {
    let stage = Stage::new("guard_standby").await;
    let first = stage.serve("guard-1").await;
    let relayer = stage.relay(&[url(&first)]).await;
    stage.settle_one(&relayer).await;
    let standby = stage.serve("guard-2").await;
    let report = Uuid::now_v7();
    let mut door = LeaseServiceClient::connect(url(&standby)).await.unwrap();
    let request = ReportViolationRequest {
        report_id: report.to_string(),
        holder: "relayer-0".to_owned(),
        kind: ViolationKind::UniqueConstraint.into(),
        detail: "settlement_batch_merkle_root_key refused a row".to_owned(),
        ..ReportViolationRequest::default()
    };
    let answer = door.report_violation(request).await.unwrap().into_inner();
    assert_eq!(answer.halted.len(), 1);
    standby.kill().await.unwrap();
    let halts = stage.store().list_halts(None, 10).await.unwrap();
    assert_eq!(halts[0].halt.id.get(), report.as_u128(), "the report's own id: told twice, it is one halt");
    stage.until_held_up(&relayer).await;
}
