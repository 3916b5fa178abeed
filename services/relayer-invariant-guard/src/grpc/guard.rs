//! `causeway.guard.v1.GuardService`: validate → call → convert.

use causeway_alerting::Alarms;
use causeway_proto::{
    guard::v1::{self as wire, guard_service_server::GuardService},
    types::v1::PageResponse,
};
use causeway_runtime::CancellationToken;
use causeway_telemetry::Chain;
use tonic::{Request, Response, Status};

use super::{
    convert, pages,
    request::{self, operator, person, words},
    status::store,
    streams::{self, Answers},
    tell, verdicts,
};
use crate::{
    adapters::store::Outcome,
    app::{Facts, Guard, Pauser, Read, Which, alerts, report},
    domain::{
        canonical::{EVIDENCE, decode},
        latch::{Cause, HaltId},
        lease::Role,
        resume::Plan,
    },
};

/// The operators' side of a guard.
#[derive(Debug, Clone)]
pub struct GuardDoor {
    guard: Guard,
    alarms: Alarms,
    facts: Facts,
    pauser: Option<Pauser>,
    /// Cancelled when the service drains: streams end with it.
    draining: CancellationToken,
}

impl GuardDoor {
    /// The door of a guard. Which method is whose to call is the server's table to say: reading is open, halting is for
    /// whoever is on call, approving for few. Proposing, approving and refusing need a certificate in any case.
    pub const fn new(guard: Guard, alarms: Alarms, facts: Facts, draining: CancellationToken) -> Self {
        Self { guard, alarms, facts, pauser: None, draining }
    }

    /// With the pause of contracts, where one is set up.
    #[must_use]
    pub fn with_pause(self, pauser: Pauser) -> Self {
        Self { pauser: Some(pauser), ..self }
    }

    async fn incident(&self, id: HaltId) -> Result<Option<wire::Incident>, Status> {
        Ok(Some(tell::dossier(&self.guard.incident(id).await?)))
    }
}

/// The token of the page behind a full one.
fn next<T>(rows: &[T], size: u32, key: impl Fn(&T) -> String) -> Option<PageResponse> {
    let is_full = u32::try_from(rows.len()).is_ok_and(|count| count >= size);
    let last = rows.last().filter(|_| is_full).map(key);
    Some(PageResponse { next_token: last.unwrap_or_default() })
}

#[tonic::async_trait]
impl GuardService for GuardDoor {
    async fn get_status(
        &self,
        _: Request<wire::GetStatusRequest>,
    ) -> Result<Response<wire::GetStatusResponse>, Status> {
        let status = self.guard.status().await.map_err(store)?;
        Ok(Response::new(wire::GetStatusResponse {
            state: status.condition.as_str().to_owned(),
            role: match status.role {
                Role::Leader { .. } => "leader".to_owned(),
                Role::Standby => "standby".to_owned(),
            },
            epoch: status.epoch,
            halted: convert::halted(&status.halted),
            leases: status.leases.iter().map(|(lease, ends_by)| tell::lease(lease, *ends_by)).collect(),
            last_verdict: status.last.as_ref().map(|last| verdicts::verdict(last, None, &self.facts)),
            pass_age: status.pass_age.and_then(tell::span),
            checkpoint: status.checkpoint,
            pause: self.pauser.as_ref().map(tell::pause).unwrap_or_default(),
            notes: self.facts.notes.clone(),
        }))
    }

    async fn list_verdicts(
        &self,
        request: Request<wire::ListVerdictsRequest>,
    ) -> Result<Response<wire::ListVerdictsResponse>, Status> {
        let wire::ListVerdictsRequest { outcome, page } = request.into_inner();
        let (size, after) = (request::size(page.as_ref())?, request::after(page.as_ref())?);
        let rows = self.guard.list_verdicts(request::outcome(outcome)?, after, size).await.map_err(store)?;
        Ok(Response::new(wire::ListVerdictsResponse {
            verdicts: rows.iter().map(|row| verdicts::verdict(row, None, &self.facts)).collect(),
            page: next(&rows, size, |row| row.id.to_string()),
        }))
    }

    async fn get_verdict(
        &self,
        request: Request<wire::GetVerdictRequest>,
    ) -> Result<Response<wire::GetVerdictResponse>, Status> {
        let id = convert::uuid("verdict_id", &request.into_inner().verdict_id)?;
        let (judged, row) = (self.guard.judged(id).await?, self.guard.verdict(id).await?);
        let evidence = decode(EVIDENCE, &row.evidence).ok();
        Ok(Response::new(wire::GetVerdictResponse {
            verdict: Some(verdicts::verdict(&judged, evidence.as_ref(), &self.facts)),
            equations: verdicts::equations(&judged, &self.facts),
            evidence: row.evidence,
        }))
    }

    async fn evaluate_now(
        &self,
        request: Request<wire::EvaluateNowRequest>,
    ) -> Result<Response<wire::EvaluateNowResponse>, Status> {
        let by = operator(&request)?;
        let reason = words("reason", &request.into_inner().reason, (1, 500))?;
        tracing::info!(operator = %by, reason, "evaluation asked for");
        let judged = self.guard.evaluate_now(format!("operator:{by}")).await?;
        Ok(Response::new(wire::EvaluateNowResponse {
            verdict: Some(verdicts::verdict(&judged, None, &self.facts)),
            equations: verdicts::equations(&judged, &self.facts),
        }))
    }

    async fn list_equations(
        &self,
        request: Request<wire::ListEquationsRequest>,
    ) -> Result<Response<wire::ListEquationsResponse>, Status> {
        let asset = request.into_inner().asset;
        let last = self.guard.list_verdicts(None, None, 1).await.map_err(store)?.pop();
        let mut equations = last.as_ref().map(|last| verdicts::equations(last, &self.facts)).unwrap_or_default();
        equations.retain(|equation| asset.is_empty() || equation.asset == asset);
        let verdict_id = last.map(|last| last.id.to_string()).unwrap_or_default();
        Ok(Response::new(wire::ListEquationsResponse { equations, verdict_id }))
    }

    async fn halt(&self, request: Request<wire::HaltRequest>) -> Result<Response<wire::HaltResponse>, Status> {
        let by = operator(&request)?;
        let wire::HaltRequest { scope, reason, request_id } = request.into_inner();
        let what = (convert::scope(scope)?, Cause::Manual);
        let (id, reason) = (convert::uuid("request_id", &request_id)?, words("reason", &reason, (1, 500))?);
        let row = self.guard.halt_by_hand(id, what, &reason, &by).await?;
        Ok(Response::new(wire::HaltResponse { halt: Some(tell::halt(&row)) }))
    }

    async fn list_halts(
        &self,
        request: Request<wire::ListHaltsRequest>,
    ) -> Result<Response<wire::ListHaltsResponse>, Status> {
        let wire::ListHaltsRequest { only_active, page } = request.into_inner();
        let (size, after) = (request::size(page.as_ref())?, request::after(page.as_ref())?);
        let which = if only_active { Which::Active } else { Which::All };
        let after = after.map(|after| HaltId::new(after.as_u128()));
        let rows = self.guard.list_halts(which, after, size).await.map_err(store)?;
        Ok(Response::new(wire::ListHaltsResponse {
            halts: rows.iter().map(tell::halt).collect(),
            page: next(&rows, size, |row| tell::id(row.halt.id)),
        }))
    }

    async fn list_incidents(
        &self,
        request: Request<wire::ListIncidentsRequest>,
    ) -> Result<Response<wire::ListIncidentsResponse>, Status> {
        let wire::ListIncidentsRequest { state, page } = request.into_inner();
        let (size, after) = (request::size(page.as_ref())?, request::after(page.as_ref())?);
        let after = after.map(|after| HaltId::new(after.as_u128()));
        let rows = self.guard.list_incidents(request::state(state)?, after, size).await.map_err(store)?;
        Ok(Response::new(wire::ListIncidentsResponse {
            incidents: rows.iter().map(tell::incident).collect(),
            page: next(&rows, size, |row| tell::id(row.halt.halt.id)),
        }))
    }

    async fn get_incident(
        &self,
        request: Request<wire::GetIncidentRequest>,
    ) -> Result<Response<wire::GetIncidentResponse>, Status> {
        let id = request::halt("incident_id", &request.into_inner().incident_id)?;
        Ok(Response::new(wire::GetIncidentResponse { incident: self.incident(id).await? }))
    }

    async fn get_incident_report(
        &self,
        request: Request<wire::GetIncidentReportRequest>,
    ) -> Result<Response<wire::GetIncidentReportResponse>, Status> {
        let id = request::halt("incident_id", &request.into_inner().incident_id)?;
        let markdown = report::markdown(&self.guard.incident(id).await?);
        Ok(Response::new(wire::GetIncidentReportResponse { markdown }))
    }

    async fn acknowledge_incident(
        &self,
        request: Request<wire::AcknowledgeIncidentRequest>,
    ) -> Result<Response<wire::AcknowledgeIncidentResponse>, Status> {
        let by = operator(&request)?;
        let wire::AcknowledgeIncidentRequest { incident_id, comment } = request.into_inner();
        let (id, comment) = (request::halt("incident_id", &incident_id)?, words("comment", &comment, (0, 1_000))?);
        self.guard.acknowledge(id, &by, &comment).await?;
        // The timeline has it, whatever becomes of the page; the desk hears of it again with the next round.
        if let Err(refused) = alerts::acknowledge(&self.alarms, id, by.as_str()).await {
            tracing::warn!(incident = tell::id(id), error = %Chain(&refused), "page not acknowledged");
        }
        Ok(Response::new(wire::AcknowledgeIncidentResponse { incident: self.incident(id).await? }))
    }

    async fn decide_incident(
        &self,
        request: Request<wire::DecideIncidentRequest>,
    ) -> Result<Response<wire::DecideIncidentResponse>, Status> {
        let by = operator(&request)?;
        let wire::DecideIncidentRequest { incident_id, root_cause, decision } = request.into_inner();
        let id = request::halt("incident_id", &incident_id)?;
        let (root_cause, decision) = (words("root_cause", &root_cause, (1, 4_000))?, request::decision(decision)?);
        self.guard.decide_incident(id, &by, &root_cause, decision).await?;
        Ok(Response::new(wire::DecideIncidentResponse { incident: self.incident(id).await? }))
    }

    async fn add_incident_note(
        &self,
        request: Request<wire::AddIncidentNoteRequest>,
    ) -> Result<Response<wire::AddIncidentNoteResponse>, Status> {
        let by = operator(&request)?;
        let wire::AddIncidentNoteRequest { incident_id, text, post_mortem } = request.into_inner();
        let (id, text) = (request::halt("incident_id", &incident_id)?, words("text", &text, (1, 4_000))?);
        if post_mortem {
            self.guard.post_mortem(id, &by, &text).await?;
        } else {
            self.guard.note(id, &by, &text).await?;
        }
        Ok(Response::new(wire::AddIncidentNoteResponse { incident: self.incident(id).await? }))
    }

    async fn propose_resume(
        &self,
        request: Request<wire::ProposeResumeRequest>,
    ) -> Result<Response<wire::ProposeResumeResponse>, Status> {
        let by = person(&request)?;
        let wire::ProposeResumeRequest { halt_id, kind, plan, evidence_hash } = request.into_inner();
        let plan = Plan {
            halt: request::halt("halt_id", &halt_id)?,
            evidence: request::hash("evidence_hash", &evidence_hash)?,
            kind: request::kind(kind)?,
            text: words("plan", &plan, (1, 4_000))?,
        };
        let resume = Some(tell::resume(&self.guard.propose_resume(plan, by).await?));
        Ok(Response::new(wire::ProposeResumeResponse { resume, still_wrong: self.guard.still_wrong().await }))
    }

    async fn approve_resume(
        &self,
        request: Request<wire::ApproveResumeRequest>,
    ) -> Result<Response<wire::ApproveResumeResponse>, Status> {
        let by = person(&request)?;
        let wire::ApproveResumeRequest { resume_id, plan_hash, evidence_hash, comment } = request.into_inner();
        let (id, comment) = (convert::uuid("resume_id", &resume_id)?, words("comment", &comment, (0, 1_000))?);
        let plan = request::hash("plan_hash", &plan_hash)?;
        let read = Read { plan, evidence: request::hash("evidence_hash", &evidence_hash)? };
        let resume = Some(tell::resume(&self.guard.approve_resume(id, by, read, &comment).await?));
        Ok(Response::new(wire::ApproveResumeResponse { resume, still_wrong: self.guard.still_wrong().await }))
    }

    async fn refuse_resume(
        &self,
        request: Request<wire::RefuseResumeRequest>,
    ) -> Result<Response<wire::RefuseResumeResponse>, Status> {
        let by = person(&request)?;
        let wire::RefuseResumeRequest { resume_id, comment } = request.into_inner();
        let (id, comment) = (convert::uuid("resume_id", &resume_id)?, words("comment", &comment, (1, 1_000))?);
        let row = self.guard.refuse_resume(id, by, &comment).await?;
        Ok(Response::new(wire::RefuseResumeResponse { resume: Some(tell::resume(&row)) }))
    }

    async fn list_resumes(
        &self,
        request: Request<wire::ListResumesRequest>,
    ) -> Result<Response<wire::ListResumesResponse>, Status> {
        let wire::ListResumesRequest { halt_id, page } = request.into_inner();
        let (size, after) = (request::size(page.as_ref())?, request::after(page.as_ref())?);
        let halt = Some(halt_id.as_str()).filter(|id| !id.is_empty());
        let halt = halt.map(|id| request::halt("halt_id", id)).transpose()?;
        let rows = self.guard.list_resumes(halt, after, size).await.map_err(store)?;
        Ok(Response::new(wire::ListResumesResponse {
            resumes: rows.iter().map(tell::resume).collect(),
            page: next(&rows, size, |row| row.id.to_string()),
        }))
    }

    async fn propose_adjustment(
        &self,
        request: Request<wire::ProposeAdjustmentRequest>,
    ) -> Result<Response<wire::ProposeAdjustmentResponse>, Status> {
        let new = request::adjustment(person(&request)?, request.into_inner())?;
        let adjustment = Some(tell::adjustment(&self.guard.propose_adjustment(new).await?));
        Ok(Response::new(wire::ProposeAdjustmentResponse { adjustment }))
    }

    async fn approve_adjustment(
        &self,
        request: Request<wire::ApproveAdjustmentRequest>,
    ) -> Result<Response<wire::ApproveAdjustmentResponse>, Status> {
        let by = person(&request)?;
        let wire::ApproveAdjustmentRequest { adjustment_id, comment } = request.into_inner();
        let (id, comment) = (convert::uuid("adjustment_id", &adjustment_id)?, words("comment", &comment, (0, 1_000))?);
        let row = self.guard.decide_adjustment(id, by, Outcome::Approved, &comment).await?;
        Ok(Response::new(wire::ApproveAdjustmentResponse { adjustment: Some(tell::adjustment(&row)) }))
    }

    async fn refuse_adjustment(
        &self,
        request: Request<wire::RefuseAdjustmentRequest>,
    ) -> Result<Response<wire::RefuseAdjustmentResponse>, Status> {
        let by = person(&request)?;
        let wire::RefuseAdjustmentRequest { adjustment_id, comment } = request.into_inner();
        let (id, comment) = (convert::uuid("adjustment_id", &adjustment_id)?, words("comment", &comment, (1, 1_000))?);
        let row = self.guard.decide_adjustment(id, by, Outcome::Refused, &comment).await?;
        Ok(Response::new(wire::RefuseAdjustmentResponse { adjustment: Some(tell::adjustment(&row)) }))
    }

    async fn list_adjustments(
        &self,
        request: Request<wire::ListAdjustmentsRequest>,
    ) -> Result<Response<wire::ListAdjustmentsResponse>, Status> {
        let page = request.into_inner().page;
        let (size, after) = (request::size(page.as_ref())?, request::after(page.as_ref())?);
        let rows = self.guard.list_adjustments(after, size).await.map_err(store)?;
        Ok(Response::new(wire::ListAdjustmentsResponse {
            adjustments: rows.iter().map(tell::adjustment).collect(),
            page: next(&rows, size, |row| row.id.to_string()),
        }))
    }

    async fn list_audit(
        &self,
        request: Request<wire::ListAuditRequest>,
    ) -> Result<Response<wire::ListAuditResponse>, Status> {
        let page = request.into_inner().page;
        let (size, before) = (request::size(page.as_ref())?, request::before(page.as_ref())?);
        let rows = self.guard.list_record(before, size).await.map_err(store)?;
        Ok(Response::new(wire::ListAuditResponse {
            records: rows.iter().map(tell::record).collect(),
            page: next(&rows, size, |row| row.index.to_string()),
        }))
    }

    async fn check_audit(
        &self,
        request: Request<wire::CheckAuditRequest>,
    ) -> Result<Response<wire::CheckAuditResponse>, Status> {
        let wire::CheckAuditRequest { from, anchor } = request.into_inner();
        let anchor = Some(anchor.as_str()).filter(|anchor| !anchor.is_empty());
        let anchor = anchor.map(|anchor| request::hash("anchor", anchor)).transpose()?;
        let checked = self.guard.check_record(from, anchor).await.map_err(store)?;
        Ok(Response::new(tell::checked(checked)))
    }

    async fn get_system_health(
        &self,
        _: Request<wire::GetSystemHealthRequest>,
    ) -> Result<Response<wire::GetSystemHealthResponse>, Status> {
        let health = self.guard.system_health(&self.facts).await.map_err(store)?;
        Ok(Response::new(wire::GetSystemHealthResponse { health: Some(pages::health(&health)) }))
    }

    async fn get_performance(
        &self,
        _: Request<wire::GetPerformanceRequest>,
    ) -> Result<Response<wire::GetPerformanceResponse>, Status> {
        let (measures, at) = self.guard.performance().await.map_err(store)?;
        Ok(Response::new(wire::GetPerformanceResponse { performance: Some(pages::performance(&measures, at)) }))
    }

    async fn get_alert_board(
        &self,
        _: Request<wire::GetAlertBoardRequest>,
    ) -> Result<Response<wire::GetAlertBoardResponse>, Status> {
        let board = self.guard.alert_board(&self.alarms).await.map_err(store)?;
        Ok(Response::new(wire::GetAlertBoardResponse { board: Some(pages::board(board)) }))
    }

    type WatchEventsStream = Answers<wire::WatchEventsResponse>;

    async fn watch_events(
        &self,
        request: Request<wire::WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let after = Some(request.into_inner().after).filter(|after| *after > 0);
        let tail = self.guard.tail(after).await.map_err(store)?;
        Ok(Response::new(streams::events(tail, self.draining.clone())))
    }
}
