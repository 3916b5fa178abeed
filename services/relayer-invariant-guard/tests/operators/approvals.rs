//! Out of a halt by people: who may propose, who may approve, and what exactly.

use causeway_alerting::Alarms;
use causeway_proto::guard::v1::{self as wire, ResumeKind, ResumeState};
use causeway_runtime::clock::SystemClock;
use uuid::Uuid;

use super::stand::{Door, Stand, reason};

async fn halted(label: &str) -> (Stand, Door, wire::Halt) {
    let stand = Stand::new(label).await;
    stand.pass().await;
    stand.violate().await;
    stand.fail().await;
    let door = stand.serve(Alarms::unattended(std::sync::Arc::new(SystemClock::new()))).await;
    let request = wire::ListHaltsRequest { only_active: true, page: None };
    let halts = door.person("alice").list_halts(request).await.unwrap().into_inner().halts;
    assert_eq!(halts.len(), 1);
    (stand, door, halts[0].clone())
}

async fn evidence(door: &Door, halt: &wire::Halt) -> String {
    let request = wire::GetIncidentRequest { incident_id: halt.incident_id.clone() };
    let incident = door.person("alice").get_incident(request).await.unwrap().into_inner().incident.unwrap();
    assert_eq!(incident.evidence_hash.len(), 64);
    incident.evidence_hash
}

fn proposal(halt: &wire::Halt, evidence_hash: &str, kind: ResumeKind) -> wire::ProposeResumeRequest {
    let (halt_id, evidence_hash) = (halt.halt_id.clone(), evidence_hash.to_owned());
    wire::ProposeResumeRequest { halt_id, kind: kind.into(), plan: "the batch is back".to_owned(), evidence_hash }
}

async fn propose(door: &Door, halt: &wire::Halt, kind: ResumeKind) -> wire::Resume {
    let evidence = evidence(door, halt).await;
    let answer = door.person("alice").propose_resume(proposal(halt, &evidence, kind)).await.unwrap();
    answer.into_inner().resume.unwrap()
}

fn approval(resume: &wire::Resume) -> wire::ApproveResumeRequest {
    wire::ApproveResumeRequest {
        resume_id: resume.resume_id.clone(),
        plan_hash: resume.plan_hash.clone(),
        evidence_hash: resume.evidence_hash.clone(),
        comment: "read".to_owned(),
    }
}

async fn approve(door: &Door, who: &str, resume: &wire::Resume) -> wire::Resume {
    let answer = door.person(who).approve_resume(approval(resume)).await.unwrap();
    answer.into_inner().resume.unwrap()
}

async fn look(door: &Door, resume: &wire::Resume) -> wire::Resume {
    let request = wire::ListResumesRequest { halt_id: resume.halt_id.clone(), page: None };
    let resumes = door.person("alice").list_resumes(request).await.unwrap().into_inner().resumes;
    resumes.into_iter().find(|one| one.resume_id == resume.resume_id).unwrap()
}

#[tokio::test]
async fn grd_17_two_people_who_did_not_propose_lead_through_validation_and_probation_back_to_running() {
    let (stand, door, halt) = halted("guard_way_back").await;
    let resume = propose(&door, &halt, ResumeKind::Resume).await;
    assert_eq!((resume.state(), resume.approvals_needed), (ResumeState::Proposed, 2));
    assert_eq!(approve(&door, "bob", &resume).await.state(), ResumeState::Proposed, "one is not two");
    stand.mend().await;
    stand.pass().await;
    assert_eq!(look(&door, &resume).await.validations, 0, "nothing counts before it is approved");
    assert_eq!(approve(&door, "carol", &resume).await.state(), ResumeState::Approved);
    let before = stand.store.get_epoch().await.unwrap();

    stand.pass().await;
    assert_eq!(look(&door, &resume).await.state(), ResumeState::Validating);
    let same_height = stand.guard.sweep("sweep").await;
    assert!(same_height.is_some());
    assert_eq!(look(&door, &resume).await.validations, 1, "the same height again is no new evidence");
    assert_eq!(stand.store.read_latch().await.unwrap().active().count(), 1);
    stand.pass().await;
    assert_eq!(look(&door, &resume).await.state(), ResumeState::Probation);
    assert_eq!(stand.store.read_latch().await.unwrap().active().count(), 0);
    assert_eq!(stand.store.get_epoch().await.unwrap(), before + 1, "released in an epoch of its own");
    stand.pass().await;
    stand.pass().await;
    let done = look(&door, &resume).await;
    assert_eq!((done.state(), done.validations, done.probation_passes), (ResumeState::Running, 2, 2));

    let record = stand.store.list_audit(0, 1_000).await.unwrap();
    let steps = record.iter().filter(|row| row.kind == "resume").map(|row| row.subject.split('/').next_back().unwrap());
    let order =
        ["proposed", "approved-by-bob", "approved-by-carol", "validating-1", "probation-0", "probation-1", "running"];
    assert_eq!(steps.collect::<Vec<_>>(), order, "every transition is on the record, once");
    assert!(stand.store.verify_audit(None).await.unwrap().is_ok());
}

#[tokio::test]
async fn grd_17_a_person_of_several_names_is_one_however_the_certificate_orders_them() {
    let (stand, door, halt) = halted("guard_names").await;
    let resume = propose(&door, &halt, ResumeKind::Resume).await;
    let mut first = door.person_of(&["bob.people.example", "bob"]);
    first.approve_resume(approval(&resume)).await.unwrap();
    let mut renewed = door.person_of(&["bob", "bob.people.example"]);
    assert_eq!(reason(renewed.approve_resume(approval(&resume)).await), "ALREADY_APPROVED");
    let mut proposer = door.person_of(&["alice.people.example", "alice"]);
    assert_eq!(reason(proposer.approve_resume(approval(&resume)).await), "PROPOSER_CANNOT_APPROVE");
    assert_eq!(look(&door, &resume).await.state(), ResumeState::Proposed, "one is not two");
    let record = stand.store.list_audit(0, 1_000).await.unwrap();
    assert!(record.iter().any(|row| row.subject.ends_with("/approved-by-bob")), "under the name that may");
}

#[tokio::test]
async fn grd_17_the_proposer_the_hasty_and_the_second_voice_of_one_person_are_refused_by_name() {
    let (_stand, door, halt) = halted("guard_refused").await;
    let evidence = evidence(&door, &halt).await;
    let other = "11".repeat(32);
    let mut alice = door.person("alice");
    let unknown = wire::Halt { halt_id: Uuid::from_u128(9).to_string(), ..halt.clone() };
    let asked = alice.propose_resume(proposal(&unknown, &evidence, ResumeKind::Resume)).await;
    assert_eq!(reason(asked), "HALT_UNKNOWN");
    assert_eq!(reason(alice.propose_resume(proposal(&halt, &other, ResumeKind::Resume)).await), "EVIDENCE_CHANGED");
    let resume = propose(&door, &halt, ResumeKind::Resume).await;
    assert_eq!(reason(alice.propose_resume(proposal(&halt, &evidence, ResumeKind::Release)).await), "RESUME_OPEN");
    assert_eq!(reason(alice.approve_resume(approval(&resume)).await), "PROPOSER_CANNOT_APPROVE");
    let mut bob = door.person("bob");
    for wrong in [
        wire::ApproveResumeRequest { plan_hash: other.clone(), ..approval(&resume) },
        wire::ApproveResumeRequest { evidence_hash: other.clone(), ..approval(&resume) },
    ] {
        assert_eq!(reason(bob.approve_resume(wrong).await), "HASH_MISMATCH");
    }
    approve(&door, "bob", &resume).await;
    assert_eq!(reason(bob.approve_resume(approval(&resume)).await), "ALREADY_APPROVED");
    assert_eq!(look(&door, &resume).await.approvals.len(), 1);

    let refusal = wire::RefuseResumeRequest { resume_id: resume.resume_id.clone(), comment: "not repaired".to_owned() };
    let ended = bob.refuse_resume(refusal.clone()).await.unwrap().into_inner().resume.unwrap();
    assert_eq!((ended.state(), ended.ended_because.as_str()), (ResumeState::Ended, "refused by bob"));
    assert_eq!(reason(bob.refuse_resume(refusal).await), "RESUME_ENDED");
    assert_eq!(reason(door.person("carol").approve_resume(approval(&resume)).await), "RESUME_ENDED");
    let gone = wire::ApproveResumeRequest { resume_id: Uuid::from_u128(9).to_string(), ..approval(&resume) };
    assert_eq!(reason(bob.approve_resume(gone).await), "RESUME_UNKNOWN");
}

/// Approved as it is, it would end with the next look: whoever proposes or approves is told.
#[tokio::test]
async fn grd_17_who_proposes_or_approves_hears_what_is_still_wrong() {
    let (stand, door, halt) = halted("guard_still_wrong").await;
    let proposal = proposal(&halt, &evidence(&door, &halt).await, ResumeKind::Resume);
    let proposed = door.person("alice").propose_resume(proposal).await.unwrap().into_inner();
    let [wrong] = proposed.still_wrong.as_slice() else { panic!("{:?}", proposed.still_wrong) };
    assert!(wrong.starts_with("CHECKPOINT_REGRESSION BATCH_FELL of batches: "), "{wrong}");
    stand.mend().await;
    stand.pass().await;
    let approved = door.person("bob").approve_resume(approval(&proposed.resume.unwrap())).await.unwrap().into_inner();
    assert_eq!(approved.still_wrong, [""; 0]);
}

#[tokio::test]
async fn grd_17_strangers_and_people_without_a_certificate_approve_nothing() {
    let (_stand, door, halt) = halted("guard_strangers").await;
    let resume = propose(&door, &halt, ResumeKind::Resume).await;
    assert_eq!(reason(door.person("mallory").approve_resume(approval(&resume)).await), "CALLER_NOT_ALLOWED");
    assert!(door.is_serving());
    assert_eq!(look(&door, &resume).await.approvals.len(), 0);
}

#[tokio::test]
async fn grd_17_a_release_leaves_out_the_probation_and_not_the_people() {
    let (stand, door, halt) = halted("guard_released").await;
    let resume = propose(&door, &halt, ResumeKind::Release).await;
    approve(&door, "bob", &resume).await;
    approve(&door, "carol", &resume).await;
    stand.mend().await;
    stand.pass().await;
    stand.pass().await;
    let done = look(&door, &resume).await;
    assert_eq!((done.state(), done.probation_needed), (ResumeState::Running, 0));
    let mut alice = door.person("alice");
    let again = alice.propose_resume(proposal(&halt, &done.evidence_hash, ResumeKind::Resume)).await;
    assert_eq!(reason(again), "ALREADY_RELEASED");
}

#[tokio::test]
async fn grd_17_a_violation_on_the_way_halts_again_and_names_the_halt_before() {
    let (stand, door, halt) = halted("guard_again").await;
    let resume = propose(&door, &halt, ResumeKind::Resume).await;
    approve(&door, "bob", &resume).await;
    approve(&door, "carol", &resume).await;
    stand.advance().await;
    // Nothing was mended: the first look after the approvals sees it.
    stand.fail().await;
    stand.fail().await;
    let ended = look(&door, &resume).await;
    assert_eq!(ended.state(), ResumeState::Ended);
    let halts = stand.store.list_halts(None, 10).await.unwrap();
    assert_eq!(halts.len(), 2, "once, however often it is seen");
    assert_eq!(halts[0].halt.parent, Some(halts[1].halt.id));
    let request = wire::GetIncidentRequest { incident_id: halt.incident_id.clone() };
    let before = door.person("alice").get_incident(request).await.unwrap().into_inner().incident.unwrap();
    assert_eq!(before.state(), wire::IncidentState::Mitigated, "the later incident has taken over");

    let mut alice = door.person("alice");
    let old = alice.propose_resume(proposal(&halt, &ended.evidence_hash, ResumeKind::Resume)).await;
    assert_eq!(reason(old), "EVIDENCE_CHANGED");
    let request = wire::ListHaltsRequest { only_active: true, page: None };
    let newest = alice.list_halts(request).await.unwrap().into_inner().halts[0].clone();
    assert_eq!(newest.parent_halt_id, halt.halt_id);
    let resume = propose(&door, &newest, ResumeKind::Release).await;
    approve(&door, "bob", &resume).await;
    approve(&door, "carol", &resume).await;
    stand.mend().await;
    stand.pass().await;
    stand.pass().await;
    assert_eq!(stand.store.read_latch().await.unwrap().active().count(), 0, "the whole line is released");
}
