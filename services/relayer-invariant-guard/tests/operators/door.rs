//! The operators' calls: what is answered, page by page, and what is refused and why.

use std::{sync::Arc, time::Duration};

use causeway_alerting::Alarms;
use causeway_proto::{
    guard::v1::{self as wire, AdjustmentState, VerdictOutcome},
    types::v1::{BigInteger, PageRequest},
};
use causeway_runtime::{CancellationToken, clock::SystemClock};
use tonic::Code;
use uuid::Uuid;

use super::stand::{Door, Stand, reason};

async fn opened(label: &str) -> (Stand, Door) {
    let stand = Stand::new(label).await;
    let door = stand.serve(Alarms::unattended(Arc::new(SystemClock::new()))).await;
    (stand, door)
}

fn page(size: u32, token: &str) -> Option<PageRequest> {
    Some(PageRequest { size, token: token.to_owned() })
}

#[tokio::test]
async fn grd_10_a_halt_by_hand_is_durable_when_it_is_answered_and_the_same_request_is_the_same_halt() {
    let (stand, door) = opened("guard_door_halt").await;
    stand.pass().await;
    let mut alice = door.person("alice");
    let request = wire::HaltRequest {
        scope: wire::Scope::Settlement.into(),
        reason: "looks odd".to_owned(),
        request_id: Uuid::now_v7().to_string(),
    };
    let first = alice.halt(request.clone()).await.unwrap().into_inner().halt.unwrap();
    assert_eq!((first.code.as_str(), first.caused_by.as_str()), ("MANUAL", "operator:alice"));
    assert_eq!(stand.store.read_latch().await.unwrap().active().count(), 1);
    assert_eq!(alice.halt(request.clone()).await.unwrap().into_inner().halt.unwrap(), first);
    assert_eq!(alice.get_status(wire::GetStatusRequest {}).await.unwrap().into_inner().state, "HALTED");

    for (field, bad) in [
        ("scope", wire::HaltRequest { scope: 0, ..request.clone() }),
        ("scope", wire::HaltRequest { scope: 9, ..request.clone() }),
        ("reason", wire::HaltRequest { reason: " ".to_owned(), ..request.clone() }),
        ("reason", wire::HaltRequest { reason: "x".repeat(501), ..request.clone() }),
        ("request_id", wire::HaltRequest { request_id: "1".to_owned(), ..request.clone() }),
    ] {
        let status = alice.halt(bad).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().starts_with(field), "{field}: {}", status.message());
    }
    let mut mallory = door.person("mallory");
    assert_eq!(mallory.halt(request).await.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(mallory.get_status(wire::GetStatusRequest {}).await.unwrap().into_inner().role, "leader");
}

#[tokio::test]
async fn grd_4_an_evaluation_that_is_asked_for_is_made_by_the_loop_and_stored() {
    let (stand, door) = opened("guard_door_evaluate").await;
    let (stop, guard) = (CancellationToken::new(), stand.guard.clone());
    let mut loops = tokio::task::JoinSet::new();
    let token = stop.clone();
    loops.spawn(async move { guard.run(token).await });
    let request = wire::EvaluateNowRequest { reason: "after the change".to_owned() };
    let verdict = door.person("bob").evaluate_now(request.clone()).await.unwrap().into_inner().verdict.unwrap();
    assert_eq!((verdict.outcome(), verdict.trigger.as_str()), (VerdictOutcome::Pass, "operator:bob"));
    let get = wire::GetVerdictRequest { verdict_id: verdict.verdict_id.clone() };
    let whole = door.person("bob").get_verdict(get).await.unwrap().into_inner();
    assert_eq!(whole.verdict.unwrap().evidence_hash, verdict.evidence_hash);
    assert!(!whole.evidence.is_empty());
    stop.cancel();
    loops.join_all().await;

    stand.leads.send_replace(None);
    assert_eq!(reason(door.person("bob").evaluate_now(request).await), "NOT_LEADER");
    let unknown = wire::GetVerdictRequest { verdict_id: Uuid::from_u128(1).to_string() };
    assert_eq!(reason(door.person("bob").get_verdict(unknown).await), "VERDICT_UNKNOWN");
}

#[tokio::test]
async fn grd_11_lists_are_paged_newest_first_to_their_end() {
    let (stand, door) = opened("guard_door_pages").await;
    for _ in 0..5 {
        stand.pass().await;
    }
    let mut alice = door.person("alice");
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let request = wire::ListVerdictsRequest { outcome: VerdictOutcome::Pass.into(), page: page(2, &token) };
        let answer = alice.list_verdicts(request).await.unwrap().into_inner();
        seen.extend(answer.verdicts.iter().map(|verdict| verdict.verdict_id.clone()));
        token = answer.page.unwrap().next_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|newer, older| newer > older), "ids grow with time");
    let records = alice.list_audit(wire::ListAuditRequest { page: page(3, "") }).await.unwrap().into_inner();
    let indexes: Vec<_> = records.records.iter().map(|record| record.index).collect();
    assert_eq!(indexes, [5, 4, 3]);
    let rest = wire::ListAuditRequest { page: page(3, &records.page.unwrap().next_token) };
    assert_eq!(alice.list_audit(rest).await.unwrap().into_inner().records.len(), 2);
    let bad = wire::ListAuditRequest { page: page(501, "") };
    assert_eq!(reason(alice.list_audit(bad).await), "FIELD_INVALID");

    let check = wire::CheckAuditRequest { from: 0, anchor: records.records[1].link.clone() };
    let checked = alice.check_audit(check).await.unwrap().into_inner();
    assert!(checked.holds, "{}", checked.detail);
    assert_eq!((checked.checked, checked.head.as_str()), (5, records.records[0].link.as_str()));
    let cut = wire::CheckAuditRequest { from: 0, anchor: "11".repeat(32) };
    let cut = alice.check_audit(cut).await.unwrap().into_inner();
    assert_eq!((cut.holds, cut.broken_at), (false, 6));
}

#[tokio::test]
async fn grd_11_events_are_told_from_a_number_on_as_they_come_and_end_with_the_drain() {
    let (stand, door) = opened("guard_door_events").await;
    stand.pass().await;
    let mut alice = door.person("alice");
    let mut events = alice.watch_events(wire::WatchEventsRequest { after: 0 }).await.unwrap().into_inner();
    stand.pass().await;
    let event = events.message().await.unwrap().unwrap().event.unwrap();
    assert_eq!((event.sequence, event.kind.as_str(), event.summary.as_str()), (2, "verdict", "pass"));
    let mut again = alice.watch_events(wire::WatchEventsRequest { after: 1 }).await.unwrap().into_inner();
    assert_eq!(again.message().await.unwrap().unwrap().event.unwrap(), event, "nothing falls between");
    door.draining.cancel();
    assert_eq!(events.message().await.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn grd_15_an_adjustment_counts_only_when_somebody_else_has_approved_it() {
    let (stand, door) = opened("guard_door_adjustment").await;
    stand.pass().await;
    let request = wire::ProposeAdjustmentRequest {
        asset: "sigil".to_owned(),
        term: "custody_adjustment".to_owned(),
        amount: Some(BigInteger { value: "-3".to_owned() }),
        reason: "three were rescued".to_owned(),
    };
    // This bridge has no equation that would see it.
    assert_eq!(reason(door.person("alice").propose_adjustment(request).await), "ADJUSTMENT_INVALID");
    use relayer_invariant_guard::domain::{adjustment::Adjustment, quantity::Quantity};
    let (asset, term) = (super::stand::asset(), "custody_adjustment".parse().unwrap());
    let (amount, id) = (Quantity::new(causeway_primitives::I512::from_dec_str("-3").unwrap()), Uuid::now_v7());
    let proposer = "alice".parse().unwrap();
    let new = Adjustment { asset, term, amount, reason: "three were rescued".to_owned(), proposer };
    let at = causeway_primitives::Timestamp::from_secs(1_780_000_000).unwrap();
    stand.store.insert_adjustment(id, &new, at).await.unwrap();
    assert!(stand.store.sum_adjustments().await.unwrap().is_empty(), "proposed is not approved");

    let approval = wire::ApproveAdjustmentRequest { adjustment_id: id.to_string(), comment: String::new() };
    let own = door.person("alice").approve_adjustment(approval.clone()).await;
    assert_eq!(reason(own), "PROPOSER_CANNOT_APPROVE");
    let approved = door.person("bob").approve_adjustment(approval.clone()).await.unwrap().into_inner();
    assert_eq!(approved.adjustment.unwrap().state(), AdjustmentState::Approved);
    assert_eq!(reason(door.person("carol").approve_adjustment(approval).await), "ADJUSTMENT_DECIDED");
    assert_eq!(stand.store.sum_adjustments().await.unwrap().into_values().collect::<Vec<_>>(), [amount]);
    let list = wire::ListAdjustmentsRequest { page: None };
    let listed = door.person("dave").list_adjustments(list).await.unwrap().into_inner().adjustments;
    assert_eq!((listed.len(), listed[0].decided_by.as_str()), (1, "bob"));
    assert!(sqlx::raw_sql("DELETE FROM adjustment").execute(stand.pool.executor()).await.is_err());
}

#[tokio::test]
async fn grd_11_the_three_pages_tell_what_was_reported_and_unknown_where_nothing_was() {
    use relayer_invariant_guard::adapters::store::{About, Operation};
    let (stand, door) = opened("guard_door_pages_three").await;
    stand.pass().await;
    let mut alice = door.person("alice");
    let performance = alice.get_performance(wire::GetPerformanceRequest {}).await.unwrap().into_inner();
    let measures = performance.performance.unwrap().measures;
    assert!(measures.iter().all(|measure| measure.standing == "unknown"), "{measures:?}");

    let operation = |kind, outcome, micros| Operation {
        id: Uuid::now_v7(),
        kind,
        outcome,
        at: stand.now(),
        duration: Some(Duration::from_micros(micros)),
        things: 3,
        epoch: 1,
        sequence: 1,
        about: About { chain: Some(138), gas_estimated: Some(100), gas_used: Some(151), ..About::default() },
    };
    let told = [
        operation("index_cycle", "succeeded", 20_000),
        operation("batch_created", "succeeded", 60_000),
        operation("chain_call", "failed", 1_000),
    ];
    let holder = "relayer-1".parse().unwrap();
    assert_eq!(stand.store.insert_operations(&holder, &told).await.unwrap().len(), 3);
    assert_eq!(stand.store.insert_operations(&holder, &told).await.unwrap().len(), 0, "told twice, taken once");
    let health = alice.get_system_health(wire::GetSystemHealthRequest {}).await.unwrap().into_inner().health.unwrap();
    assert_eq!((health.relayer_status.as_str(), health.cycles, health.errors), ("RUNNING", 1, 1));
    assert_eq!((health.deposits_indexed, health.batches_created, health.success_ppm), (3, 1, Some(666_666)));
    assert!(health.relayer_uptime.is_some());
    let names: Vec<_> = health.dependencies.iter().map(|one| (one.name.as_str(), one.state.as_str())).collect();
    assert_eq!(names, [("database", "up"), ("books", "up")]);
    let performance = alice.get_performance(wire::GetPerformanceRequest {}).await.unwrap().into_inner();
    let standings: Vec<_> =
        performance.performance.unwrap().measures.into_iter().map(|measure| measure.standing).collect();
    assert_eq!(standings, ["met", "missed", "unknown", "unknown", "unknown", "missed"]);
    let board = alice.get_alert_board(wire::GetAlertBoardRequest {}).await.unwrap().into_inner().board.unwrap();
    let severities: Vec<_> = board.severities.iter().map(|one| one.severity.as_str()).collect();
    assert_eq!(severities, ["critical", "error", "warning", "info"]);
    assert_eq!(board.recent[0].kind, "verdict");
}
