//! Messages that get stuck, and what the monitor says about each.

use causeway_proto::ccip::v1::{DiagnoseMessageResponse, Finding, MessageStatus};
use causeway_testkit::ccip::{Send, Side, Subject};

use super::play::SOON;
use crate::{screen::Screen, stage::Stage};

/// The destination's risk network curses the source: nobody may report or execute the message until it is lifted.
pub(super) async fn cursed(stage: &Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    screen.title("9. A message is stuck: its lane is cursed at the destination");
    let (world, monitor) = (&stage.messages.ccip, &stage.monitor);
    let lane = world.v1_6(Side::Home);
    let sent = lane.send(&Send::new(world.away.tokens.receiver, b"caught".as_slice())).await?;
    let id = sent.message_id.to_string();
    monitor.until(screen, &id, MessageStatus::Sent, SOON).await?;
    lane.curse_destination(Subject::Lane).await?;
    let told = monitor.explained(&id, SOON, is_held_by_the_curse).await?;
    show(screen, &told);
    lane.uncurse_destination(Subject::Lane).await?;
    lane.commit_all().await?;
    screen.line("the curse is lifted, the oracle network reports the message, and it goes on");
    monitor.until(screen, &id, MessageStatus::Delivered, SOON).await?;
    lane.execute(&[sent.sequence_number]).await?;
    monitor.until(screen, &id, MessageStatus::Executed, SOON).await?;
    Ok(())
}

/// It is called stuck, and for this reason.
fn is_held_by_the_curse(told: &DiagnoseMessageResponse) -> bool {
    let is_cursed = told.steps.iter().any(|step| step.name == "curse" && step.finding() == Finding::Problem);
    told.outcome == "stuck" && is_cursed
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
