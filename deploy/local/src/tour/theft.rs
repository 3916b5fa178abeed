//! The tour's third part: a bridge and a token under guard, a theft, and the way back.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use causeway_proto::guard::v1::{
    AcknowledgeIncidentRequest, ApproveResumeRequest, DecideIncidentRequest, Halt, IncidentDecision,
    ProposeResumeRequest, Resume, ResumeKind, ResumeState,
};
use causeway_testkit::{
    gateway::{self, Neighbours},
    relayer::{Misdeed, Running},
};
use tonic::Code;

use super::{play::SOON, tokens, traced};
use crate::{
    console::{TRACES, Watched},
    gateway::Gateway,
    guard::{Guard, Guarded, THEFT, theft},
    screen::Screen,
    stage::Stage,
};

/// From the verdict to the relayer's last broadcast.
const STOPS_WITHIN: Duration = Duration::from_secs(1);

/// How often the relayer is asked how it is.
const EVERY: Duration = Duration::from_millis(50);

/// Lines of a report that are shown.
const SHOWN: usize = 24;

pub(super) async fn play(stage: &mut Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    screen.title("12. A relayer moves value between two chains, and only while the guard lets it");
    let step = screen.step("starting two more chains, a relayer, two replicas of the guard, and tokenization-gateway");
    let (binaries, otlp) = ((&stage.guard_binary, &stage.relayer_binary), stage.prices.traces.endpoint());
    let guarded = Guarded::start(stage.cluster, binaries.0, binaries.1, otlp);
    let (guarded, tokens) =
        tokio::try_join!(guarded, async { Ok(gateway::World::start(stage.cluster, &stage.messages.ccip).await?) },)?;
    let guarded = stage.guarded.insert(guarded);
    let url = |address| format!("http://{address}");
    let neighbours = Neighbours {
        guard: url(guarded.listening().grpc),
        oracle: url(stage.publisher_service.listening().grpc),
        monitor: url(stage.monitor_service.listening().grpc),
        otlp: stage.prices.traces.endpoint(),
    };
    let gateway = stage.gateway.insert(Gateway::start(tokens, &stage.gateway_binary, &neighbours).await?);
    // The first two were killed on the way, and are elsewhere since.
    let joining = [
        Watched::of("oracle-publisher", stage.publisher_service.listening()),
        Watched::of("ccip-monitor", stage.monitor_service.listening()),
        Watched::of("relayer-invariant-guard", guarded.listening()),
        Watched::of("tokenization-gateway", gateway.listening()),
    ];
    let console = stage.console.take().context("the console is gone")?;
    stage.console = Some(console.joined(joining, SOON).await?);
    step.done("");
    scenes(stage, screen).await
}

async fn scenes(stage: &Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    let (guarded, gateway) = (stage.guarded.as_ref(), stage.gateway.as_ref());
    let (guarded, gateway) = guarded.zip(gateway).context("guard or gateway is gone")?;
    let console = stage.console.as_ref().context("the console is gone")?;
    working(guarded, screen).await?;
    tokens::play(stage, gateway, screen).await?;
    let halt = stolen(guarded, screen).await?;
    let trace = traced::find(stage, "relayer-invariant-guard", "halt").await?;
    let wanted =
        ["sweep", "gather", "evaluate", "halt", "record"].map(|name| format!("relayer-invariant-guard: {name}"));
    traced::show(stage, screen, &trace, &wanted).await?;
    traced::page(stage, screen, &format!("/bridge/incidents/{}", halt.incident_id), "SUPPLY_MISMATCH").await?;
    let page = "/services/relayer-invariant-guard";
    console.shows(page, "class=\"severity\">critical", SOON).await?;
    screen.line(&format!("the operators' page says what is wrong and what to do: http://{}{page}", console.address()));
    let waiting = tokens::held(gateway, screen).await?;
    reported(guarded, &halt, screen).await?;
    way_back(guarded, &halt, screen).await?;
    tokens::released(gateway, waiting, screen).await?;
    console.shows("/events", "request_reported", SOON).await?;
    screen.line(&format!("each of its steps is on the operators' page: http://{}/events", console.address()));
    // Each event leads to its trace, and the first page says how busy each service is.
    let trace = TRACES.split('{').next().unwrap_or(TRACES);
    console.shows("/events", &format!("href=\"{trace}"), SOON).await?;
    console.shows("/", "calls a minute", SOON).await?;
    screen.line(&format!("how busy each is, and who needs whom: http://{}/", console.address()));
    Ok(())
}

async fn working(guarded: &Guarded, screen: &Screen) -> anyhow::Result<()> {
    guarded.guard.until("RUNNING", SOON).await?;
    let claimed = until_claimed(&guarded.relayer, 0).await?;
    let status = guarded.guard.status().await?;
    screen.line(&format!(
        "{claimed} messages settled; the relayer's lease is number {} of epoch {}, for a few seconds at a time",
        status.leases.first().map_or(0, |lease| lease.sequence),
        status.epoch
    ));
    guarded.guard.balances().await?.iter().for_each(|line| screen.line(line));
    Ok(())
}

/// Waits until more than so many messages were settled.
async fn until_claimed(relayer: &Running, known: u64) -> anyhow::Result<u64> {
    let claimed = async {
        loop {
            let status = relayer.status().await?;
            if status.done.claimed > known {
                return anyhow::Ok(status.done.claimed);
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    tokio::time::timeout(SOON, claimed).await.context("the relayer settles nothing")?
}

async fn stolen(guarded: &Guarded, screen: &Screen) -> anyhow::Result<Halt> {
    screen.title(
        "17. The relayer's key takes 50 tokens out of the lockbox; the bridge logs nothing, and nobody asked for leave",
    );
    let hash = guarded.relayer.misbehave(Misdeed::Steal { amount: theft() }).await?;
    screen.line(&format!("{THEFT} tokens stolen in transaction {}…", hash.get(..12).unwrap_or(&hash)));
    guarded.guard.until("HALTED", SOON).await?;
    let halt = guarded.guard.halt().await?;
    screen.line(&format!("\x1b[31mhalted: {}\x1b[0m {}", halt.code, halt.reason));
    ensure!(halt.code == "SUPPLY_MISMATCH", "a theft from the lockbox is a supply mismatch, not {}", halt.code);
    let stopped = async {
        loop {
            let standing = guarded.relayer.status().await?.clearance;
            if !standing.is_empty() && standing.iter().all(|scope| scope.refused.is_some()) {
                return anyhow::Ok(());
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    tokio::time::timeout(SOON, stopped).await.context("the relayer still has leave")??;
    // Users go on depositing; a relayer that did not obey would settle that.
    tokio::time::sleep(STOPS_WITHIN.saturating_mul(3)).await;
    let halted = halt.halted_at.as_ref().context("a halt without a time")?;
    let halted = Duration::new(u64::try_from(halted.seconds)?, u32::try_from(halted.nanos)?);
    let broadcasts = guarded.relayer.journal()?;
    ensure!(broadcasts.iter().all(|entry| !entry.is_late()), "something was sent after its lease");
    let last =
        broadcasts.iter().filter(|entry| !entry.rogue).map(|entry| Duration::from_millis(entry.wall_millis)).max();
    let after = last.unwrap_or_default().saturating_sub(halted);
    ensure!(after <= STOPS_WITHIN, "the relayer's last broadcast left {after:?} after the halt");
    screen.line(&format!(
        "the relayer's last broadcast left {} ms after the halt; since then nothing, and users still deposit",
        after.as_millis()
    ));
    Ok(halt)
}

async fn reported(guarded: &Guarded, halt: &Halt, screen: &Screen) -> anyhow::Result<()> {
    screen.title("19. The incident is written down before anybody is awake");
    let incident = guarded.guard.investigated(&halt.incident_id, SOON).await?;
    for investigation in &incident.investigations {
        screen.line(&format!("  · {}: {}", investigation.name, investigation.summary));
    }
    let report = guarded.guard.report(&halt.incident_id).await?;
    ensure!(report.contains("SUPPLY_MISMATCH"), "the report does not say why:\n{report}");
    screen.block(&report.lines().take(SHOWN).collect::<Vec<_>>().join("\n"));
    screen.line("…");
    Ok(())
}

async fn way_back(guarded: &Guarded, halt: &Halt, screen: &Screen) -> anyhow::Result<()> {
    screen.title("20. One person cannot resume; two can, and the guard looks again before it believes them");
    let (alice, bob, carol) =
        (guarded.person("alice").await?, guarded.person("bob").await?, guarded.person("carol").await?);
    decide(&alice, halt).await?;
    guarded.relayer.misbehave(Misdeed::Donate { amount: theft() }).await?;
    // Whoever approves while the balance is still off approves what the next look refuses.
    guarded.guard.until_balanced(SOON).await?;
    screen.line("alice takes the incident; the stolen tokens are put back, and the guard sees them");
    let resume = propose(&alice, halt).await?;
    match approve(&alice, &resume).await {
        Err(status) if status.code() == Code::FailedPrecondition => {
            screen.line(&format!("alice approves her own proposal: \x1b[31mrefused\x1b[0m ({})", status.message()));
        }
        Err(status) => return Err(status).context("another refusal than expected"),
        Ok(_) => anyhow::bail!("whoever proposed a resume approved it"),
    }
    approve(&bob, &resume).await?;
    let state = guarded.guard.status().await?.state;
    ensure!(state == "HALTED", "one approval is not two, and the guard is {state}");
    screen.line("bob approves: one of two, and everything stays halted");
    approve(&carol, &resume).await?;
    screen.line("carol approves: two of two");
    followed(guarded, &resume, screen).await?;
    guarded.guard.until("RUNNING", SOON).await?;
    let before = guarded.relayer.status().await?.done.claimed;
    let claimed = until_claimed(&guarded.relayer, before).await?;
    screen.line(&format!("\x1b[32mrunning\x1b[0m: {claimed} messages settled"));
    Ok(())
}

async fn decide(alice: &Guard, halt: &Halt) -> anyhow::Result<()> {
    let incident_id = halt.incident_id.clone();
    let comment = "taken".to_owned();
    alice
        .calls()
        .acknowledge_incident(AcknowledgeIncidentRequest { incident_id: incident_id.clone(), comment })
        .await?;
    let (root_cause, decision) =
        ("the keeper's key was used for a rescue".to_owned(), IncidentDecision::FixForward.into());
    alice.calls().decide_incident(DecideIncidentRequest { incident_id, root_cause, decision }).await?;
    Ok(())
}

async fn propose(alice: &Guard, halt: &Halt) -> anyhow::Result<Resume> {
    let incident = alice.investigated(&halt.incident_id, SOON).await?;
    let request = ProposeResumeRequest {
        halt_id: halt.halt_id.clone(),
        kind: ResumeKind::Resume.into(),
        plan: "the tokens are back in the lockbox, and the key is changed".to_owned(),
        evidence_hash: incident.evidence_hash,
    };
    alice.calls().propose_resume(request).await?.into_inner().resume.context("no proposal")
}

async fn approve(who: &Guard, resume: &Resume) -> Result<(), tonic::Status> {
    let request = ApproveResumeRequest {
        resume_id: resume.resume_id.clone(),
        plan_hash: resume.plan_hash.clone(),
        evidence_hash: resume.evidence_hash.clone(),
        comment: "read".to_owned(),
    };
    who.calls().approve_resume(request).await.map(drop)
}

/// Every state of the way back, until it is over.
async fn followed(guarded: &Guarded, resume: &Resume, screen: &Screen) -> anyhow::Result<()> {
    let mut shown = ResumeState::Unspecified;
    let over = async {
        loop {
            let now = guarded.guard.resume(resume).await?;
            if now.state() != shown {
                shown = now.state();
                screen.line(&format!(
                    "  · {}: {} of {} validations, {} of {} passes on probation",
                    shown.as_str_name().trim_start_matches("RESUME_STATE_").to_lowercase(),
                    now.validations,
                    now.validations_needed,
                    now.probation_passes,
                    now.probation_needed
                ));
            }
            match now.state() {
                ResumeState::Running => return anyhow::Ok(()),
                ResumeState::Ended => anyhow::bail!("the resume ended: {}", now.ended_because),
                ResumeState::Unspecified
                | ResumeState::Proposed
                | ResumeState::Approved
                | ResumeState::Validating
                | ResumeState::Probation => tokio::time::sleep(EVERY).await,
            }
        }
    };
    tokio::time::timeout(SOON, over).await.context("the way back is not over")?
}
