//! Messages that get stuck, and what the monitor says about each.

use causeway_proto::ccip::v1::{DiagnoseMessageResponse, Finding, MessageStatus};
use causeway_testkit::ccip::{Send, Side};

use super::play::SOON;
use crate::{screen::Screen, stage::Stage};

/// Nobody reports the message at its destination.
pub(super) async fn forgotten(stage: &Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    screen.title("9. A message is stuck: nobody reports it at its destination");
    let (world, monitor) = (&stage.messages.ccip, &stage.monitor);
    let lane = world.v1_6(Side::Home);
    let sent = lane.send(&Send::new(world.away.tokens.receiver, b"forgotten".as_slice())).await?;
    let id = sent.message_id.to_string();
    monitor.until(screen, &id, MessageStatus::Sent, SOON).await?;
    let told = monitor.explained(&id, SOON, waits_for_report).await?;
    show(screen, &told);
    lane.commit_all().await?;
    screen.line("the oracle network reports it, and it goes on");
    monitor.until(screen, &id, MessageStatus::Delivered, SOON).await?;
    lane.execute(&[sent.sequence_number]).await?;
    monitor.until(screen, &id, MessageStatus::Executed, SOON).await?;
    Ok(())
}

/// The walk came to the report and found none.
fn waits_for_report(told: &DiagnoseMessageResponse) -> bool {
    told.steps.iter().any(|step| step.name == "commit" && step.finding() == Finding::Waiting)
}

/// A diagnosis, step by step.
pub(super) fn show(screen: &Screen, told: &DiagnoseMessageResponse) {
    for step in &told.steps {
        let mark = match step.finding() {
            Finding::Ok => "\x1b[32m✓\x1b[0m",
            Finding::Waiting => "\x1b[33m…\x1b[0m",
            Finding::Problem => "\x1b[31m✗\x1b[0m",
            Finding::Unspecified => "?",
            Finding::NotApplicable => continue,
        };
        screen.line(&format!("  {mark} {}: {}", step.name, step.detail));
    }
    screen.line(&format!("\x1b[1m{}\x1b[0m", told.verdict));
    screen.line(&format!("→ {}", told.action));
}
