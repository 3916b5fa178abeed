//! The tour's second half: messages between two chains, the good ones and the others.

use anyhow::{Context as _, ensure};
use causeway_proto::ccip::v1::MessageStatus;
use causeway_testkit::{
    ccip::{Behaviour, Replay, Send, Sender, Side, State},
    service,
};

use super::{play::SOON, stuck, traced};
use crate::{
    monitor::Monitor,
    screen::Screen,
    stage::{REPLICA, Stage},
};

/// What the receiver says when it refuses.
const REASON: &str = "the vault is closed";

pub(super) async fn play(stage: &mut Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    ladders(stage, screen).await?;
    refused(stage, screen).await?;
    stuck::cursed(stage, screen).await?;
    reorganised(stage, screen).await?;
    crash(stage, screen).await
}

async fn ladders(stage: &Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    screen.title("7. Messages climb their ladder: real CCIP 1.6 contracts, and the operators' own beside them");
    screen.line("simulated here: the oracle network's keys, the relayer, and both chains (anvil)");
    let (world, monitor) = (&stage.messages.ccip, &stage.monitor);
    let receiver = world.away.tokens.receiver;
    let lane = world.v1_6(Side::Home);
    let sent = lane.send(&Send::new(receiver, b"hello".as_slice())).await?;
    let id = sent.message_id.to_string();
    monitor.until(screen, &id, MessageStatus::Sent, SOON).await?;
    lane.commit_all().await?;
    monitor.until(screen, &id, MessageStatus::Delivered, SOON).await?;
    lane.execute(&[sent.sequence_number]).await?;
    let told = monitor.until(screen, &id, MessageStatus::Executed, SOON).await?;
    traced::show(
        stage,
        screen,
        &told.trace_id,
        &["sent", "executed"].map(|step| format!("ccip-monitor: message {step}")),
    )
    .await?;
    traced::page(stage, screen, &format!("/messages/{id}"), "executed").await?;

    let lane = world.private(Side::Home);
    let relayed = lane.send(Sender::Contract, receiver, b"hello".as_slice().into()).await?;
    let id = relayed.message_id.to_string();
    monitor.until(screen, &id, MessageStatus::Sent, SOON).await?;
    lane.execute(&relayed).await?;
    let told = monitor.until(screen, &id, MessageStatus::Executed, SOON).await?;
    ensure!(told.id_derived, "the operators' events state no id: it is derived");
    screen
        .line("the operators' send states no id: it is keccak256(transaction hash, log index), and marked as derived");
    Ok(())
}

async fn refused(stage: &Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    screen.title("8. A receiver refuses, says why, and is asked again by hand");
    let (world, monitor) = (&stage.messages.ccip, &stage.monitor);
    let lane = world.v1_6(Side::Home);
    world.away.tell_receiver(&Behaviour::RevertWithReason(REASON.to_owned())).await?;
    let sent = lane.send(&Send::new(world.away.tokens.receiver, b"open".as_slice())).await?;
    let id = sent.message_id.to_string();
    lane.commit_all().await?;
    let outcome = lane.execute(&[sent.sequence_number]).await?;
    ensure!(outcome.outcomes.iter().all(|one| one.state == State::Failure), "the receiver was to refuse");
    monitor.until(screen, &id, MessageStatus::Failed, SOON).await?;
    let told = monitor.explained(&id, SOON, |told| format!("{told:?}").contains(REASON)).await?;
    stuck::show(screen, &told);
    world.away.tell_receiver(&Behaviour::Accept).await?;
    screen.line("the receiver is repaired; the message is executed by hand");
    lane.manually_execute(sent.sequence_number, None).await?;
    let told = monitor.until(screen, &id, MessageStatus::Executed, SOON).await?;
    ensure!(told.retry_count == 1, "it took one retry, told are {}", told.retry_count);
    screen.line("retry_count 1");
    Ok(())
}

async fn reorganised(stage: &Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    screen.title("10. A reorganisation takes a send back, and it returns in another block");
    let (world, monitor) = (&stage.messages.ccip, &stage.monitor);
    let lane = world.v1_6(Side::Home);
    let sent = lane.send(&Send::new(world.away.tokens.receiver, b"moved".as_slice())).await?;
    let id = sent.message_id.to_string();
    let before = monitor.until(screen, &id, MessageStatus::Sent, SOON).await?;
    let home = &world.home.anvil;
    {
        let _held = stage.chains.lock().await;
        home.mine(2).await?;
        let depth = home.block_number().await?.saturating_sub(sent.transaction.block_number).saturating_add(1);
        home.rewrite(depth, Replay::LastBlock).await?;
    }
    let block =
        |message: &causeway_proto::ccip::v1::Message| message.source.as_ref().map(|side| side.block_hash.clone());
    let old = block(&before);
    monitor.follow(screen, &id, SOON, |message| !message.orphaned && block(message) != old).await?;
    for step in &monitor.whole(&id).await?.history {
        screen.line(&format!("  · {}: {}", step.event, step.cause));
    }
    lane.commit_all().await?;
    lane.execute(&[sent.sequence_number]).await?;
    monitor.until(screen, &id, MessageStatus::Executed, SOON).await?;
    Ok(())
}

async fn crash(stage: &mut Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    screen.title("11. kill -9 while messages are on their way, and nothing is missing afterwards");
    let again = stage.messages.serve(&stage.monitor_binary, REPLICA).await?;
    std::mem::replace(&mut stage.monitor_service, again).kill().await?;
    stage.monitor = Monitor::connect(stage.monitor_service.listening().grpc).await?;
    screen.line("the monitor was killed; a second one, which waited as a standby, reads on where it stopped");
    let world = &stage.messages.ccip;
    let lane = world.private(Side::Home);
    let relayed = lane.send(Sender::Contract, world.away.tokens.receiver, b"after".as_slice().into()).await?;
    lane.execute(&relayed).await?;
    stage.monitor.until(screen, &relayed.message_id.to_string(), MessageStatus::Executed, SOON).await?;
    let configuration = stage.messages.configuration("verify").context("a file")?;
    let arguments = ["--config", &configuration.to_string_lossy(), "verify"];
    let output = service::run(&stage.monitor_binary, &arguments, &stage.messages.environment(), SOON).await?;
    screen.block(String::from_utf8_lossy(&output.stdout).trim_end());
    ensure!(output.status.success(), "verify: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
