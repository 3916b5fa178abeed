//! `resume`: the way out of a halt, which takes several people. `--from-last-checkpoint` proposes it; the others approve.

use std::fmt::Write as _;

use causeway_grpc::Client;
use causeway_proto::guard::v1::{
    ApproveResumeRequest, Halt, ListHaltsRequest, ListIncidentsRequest, ListResumesRequest, ProposeResumeRequest,
    RefuseResumeRequest, Resume, ResumeKind, guard_service_client::GuardServiceClient,
};
use causeway_runtime::process::Failure;
use causeway_service::cli::print;
use clap::Subcommand;

use super::running::{Address, refused};
use crate::config::Config;

/// What to do about a halt.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    /// Propose to go on from the last checkpoint: the guard validates from there before anybody may act
    #[arg(long, required = true)]
    from_last_checkpoint: bool,
    /// The halt; absent: the only one that holds
    #[arg(long, value_name = "UUID")]
    halt: Option<String>,
    /// What was or will be repaired, for those who approve
    #[arg(long, default_value = "")]
    plan: String,
    /// Nothing had to be repaired: approvals and validation, but no probation
    #[arg(long)]
    release: bool,
    #[command(flatten)]
    guard: Address,
    #[command(subcommand)]
    verb: Option<ResumeVerb>,
}

#[derive(Debug, Subcommand)]
enum ResumeVerb {
    /// Show the proposals with their plans, hashes and approvals
    List {
        #[command(flatten)]
        guard: Address,
    },
    /// Approve exactly what was read: the hashes of `list`
    Approve {
        /// The proposal
        resume_id: String,
        /// The plan that was read
        #[arg(long)]
        plan_hash: String,
        /// The evidence that was read
        #[arg(long)]
        evidence_hash: String,
        /// Why
        #[arg(long, default_value = "")]
        comment: String,
        #[command(flatten)]
        guard: Address,
    },
    /// Refuse a proposal, which ends it
    Refuse {
        /// The proposal
        resume_id: String,
        /// Why
        #[arg(long)]
        comment: String,
        #[command(flatten)]
        guard: Address,
    },
}

/// Which halt is meant is not clear.
#[derive(Debug, thiserror::Error)]
#[error("{0} halts hold; name one with --halt")]
struct NotOne(usize);

/// A plan is what people approve.
#[derive(Debug, thiserror::Error)]
#[error("say with --plan what was or will be repaired")]
struct NoPlan;

/// A halt without an incident has nothing to approve by.
#[derive(Debug, thiserror::Error)]
#[error("halt {0} has no incident yet; try again")]
struct NoIncident(String);

/// The guard's answer names no proposal.
#[derive(Debug, thiserror::Error)]
#[error("the guard answered without a proposal")]
struct NoResume;

pub(super) async fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.verb {
        None => {
            let mut guard = arguments.guard.connect(config)?;
            let halt = halt(&mut guard, arguments.halt.as_deref()).await?;
            if arguments.plan.trim().is_empty() {
                return Err(Failure::new(NoPlan));
            }
            let kind = if arguments.release { ResumeKind::Release } else { ResumeKind::Resume };
            propose(&mut guard, &halt, kind, &arguments.plan).await
        }
        Some(ResumeVerb::List { guard }) => {
            let mut guard = guard.connect(config)?;
            let listed = guard.list_resumes(ListResumesRequest::default()).await.map_err(refused)?.into_inner();
            print(&listed.resumes.iter().map(as_text).collect::<String>());
            Ok(())
        }
        Some(ResumeVerb::Approve { resume_id, plan_hash, evidence_hash, comment, guard }) => {
            let request = ApproveResumeRequest {
                resume_id: resume_id.clone(),
                plan_hash: plan_hash.clone(),
                evidence_hash: evidence_hash.clone(),
                comment: comment.clone(),
            };
            let answer = guard.connect(config)?.approve_resume(request).await.map_err(refused)?.into_inner();
            tell(answer.resume, &answer.still_wrong)
        }
        Some(ResumeVerb::Refuse { resume_id, comment, guard }) => {
            let request = RefuseResumeRequest { resume_id: resume_id.clone(), comment: comment.clone() };
            let answer = guard.connect(config)?.refuse_resume(request).await.map_err(refused)?;
            tell(answer.into_inner().resume, &[])
        }
    }
}

async fn halt(guard: &mut GuardServiceClient<Client>, named: Option<&str>) -> Result<String, Failure> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let request = ListHaltsRequest { only_active: true, page: None };
    let halts: Vec<Halt> = guard.list_halts(request).await.map_err(refused)?.into_inner().halts;
    match halts.as_slice() {
        [only] => Ok(only.halt_id.clone()),
        others => Err(Failure::new(NotOne(others.len()))),
    }
}

/// Proposes a way out of a halt, by the evidence of its incident.
pub(super) async fn propose(
    guard: &mut GuardServiceClient<Client>,
    halt: &str,
    kind: ResumeKind,
    plan: &str,
) -> Result<(), Failure> {
    let incidents =
        guard.list_incidents(ListIncidentsRequest::default()).await.map_err(refused)?.into_inner().incidents;
    let of_halt = incidents.iter().find(|incident| incident.halt.as_ref().is_some_and(|other| other.halt_id == halt));
    let incident = of_halt.ok_or_else(|| Failure::new(NoIncident(halt.to_owned())))?;
    let request = ProposeResumeRequest {
        halt_id: halt.to_owned(),
        kind: kind.into(),
        plan: plan.to_owned(),
        evidence_hash: incident.evidence_hash.clone(),
    };
    let answer = guard.propose_resume(request).await.map_err(refused)?.into_inner();
    tell(answer.resume, &answer.still_wrong)
}

fn tell(resume: Option<Resume>, still_wrong: &[String]) -> Result<(), Failure> {
    let resume = resume.ok_or_else(|| Failure::new(NoResume))?;
    let mut text = as_text(&resume);
    for wrong in still_wrong {
        // Writing to a text does not fail.
        let _ = writeln!(text, "  still wrong   {wrong}");
    }
    print(&text);
    Ok(())
}

fn as_text(resume: &Resume) -> String {
    let state = resume.state().as_str_name().trim_start_matches("RESUME_STATE_").to_ascii_lowercase();
    let mut text = format!(
        "resume {} of halt {}: {state}\n  plan          {}\n  plan hash     {}\n  evidence hash {}\n  proposed by   {}\n",
        resume.resume_id, resume.halt_id, resume.plan, resume.plan_hash, resume.evidence_hash, resume.proposer
    );
    // Writing to a text does not fail.
    let _ = writeln!(text, "  approvals     {} of {}", resume.approvals.len(), resume.approvals_needed);
    let _ = writeln!(text, "  validations   {} of {}", resume.validations, resume.validations_needed);
    let _ = writeln!(text, "  probation     {} of {}", resume.probation_passes, resume.probation_needed);
    if !resume.ended_because.is_empty() {
        let _ = writeln!(text, "  ended         {}", resume.ended_because);
    }
    text
}
