//! Messages that get stuck, and what the monitor says about each.

use causeway_proto::ccip::v1::{DiagnoseMessageResponse, Finding, MessageStatus};
use causeway_testkit::ccip::{Send, Side, Subject};

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
    let told = monitor.explained(&id, SOON, |told| finding(told, "commit") == Some(Finding::Problem)).await?;
    show(screen, &told);
    lane.commit_all().await?;
    screen.line("the oracle network reports it, and it goes on");
    monitor.until(screen, &id, MessageStatus::Delivered, SOON).await?;
    lane.execute(&[sent.sequence_number]).await?;
    monitor.until(screen, &id, MessageStatus::Executed, SOON).await?;
    Ok(())
}

/// The risk network curses the lane.
pub(super) async fn cursed(stage: &Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    screen.title("10. A message is stuck: its lane is cursed");
    let (world, monitor) = (&stage.messages.ccip, &stage.monitor);
    let lane = world.v1_6(Side::Home);
    let sent = lane.send(&Send::new(world.away.tokens.receiver, b"caught".as_slice())).await?;
    let id = sent.message_id.to_string();
    lane.curse_destination(Subject::Lane).await?;
    monitor.until(screen, &id, MessageStatus::Sent, SOON).await?;
    let told = monitor.explained(&id, SOON, |told| finding(told, "curse") == Some(Finding::Problem)).await?;
    show(screen, &told);
    lane.uncurse_destination(Subject::Lane).await?;
    screen.line("the curse is lifted");
    lane.commit_all().await?;
    lane.execute(&[sent.sequence_number]).await?;
    monitor.until(screen, &id, MessageStatus::Executed, SOON).await?;
    Ok(())
}

fn finding(told: &DiagnoseMessageResponse, step: &str) -> Option<Finding> {
    told.steps.iter().find(|found| found.name == step).map(|found| found.finding())
}

/// A diagnosis, step by step.
pub(super) fn show(screen: &Screen, told: &DiagnoseMessageResponse) {
    for step in &told.steps {
        let mark = match step.finding() {
            Finding::Ok => "\x1b[32m✓\x1b[0m",
            Finding::Problem => "\x1b[31m✗\x1b[0m",
            Finding::Unspecified => "?",
            Finding::NotApplicable => continue,
        };
        screen.line(&format!("  {mark} {}: {}", step.name, step.detail));
    }
    screen.line(&format!("\x1b[1m{}\x1b[0m", told.verdict));
    screen.line(&format!("→ {}", told.action));
}
