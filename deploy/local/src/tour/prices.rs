//! The tour's first half: prices become rounds.

use anyhow::{Context as _, ensure};
use causeway_proto::oracle::v1::{ExplainRoundResponse, Round};
use causeway_testkit::{
    service,
    venues::{Venue, Venues},
};

use super::{play::SOON, traced};
use crate::{
    publisher::Publisher,
    screen::Screen,
    stage::{REPLICA, Stage},
};

/// How far the lying venue is off: three percent.
const LIE_PPM: i64 = 30_000;

pub(super) async fn play(stage: &mut Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    rounds(stage, screen).await?;
    trace(stage, screen).await?;
    lie(stage, screen).await?;
    heartbeat(stage, screen).await?;
    crash(stage, screen).await?;
    replay(stage, screen).await
}

async fn rounds(stage: &mut Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    screen.title("1. Prices of simulated venues (a real EUR/USD path) become rounds on chain");
    let client = &mut stage.publisher;
    let first = client.round("eur-usd", "first round", SOON, |round| round.reason == "first_round").await?;
    show(screen, &first);
    let moved = client.round("eur-usd", "round by deviation", SOON, |round| round.reason == "deviation").await?;
    show(screen, &moved);
    explained(screen, &client.explain("eur-usd", moved.decision_id).await?);
    let derived = client.round("usd-eur", "derived round", SOON, |_| true).await?;
    screen.line("the derived feed USD/EUR follows by its route (1 ÷ EUR/USD):");
    show(screen, &derived);
    Ok(())
}

async fn trace(stage: &mut Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    screen.title("2. One trace from the tick to the receipt");
    let round = stage.publisher.round("eur-usd", "round", SOON, |round| !round.trace_id.is_empty()).await?;
    let wanted = ["price_tick", "send transaction", "receipt"].map(|name| format!("oracle-publisher: {name}"));
    traced::show(stage, screen, &round.trace_id, &wanted).await?;
    traced::page(stage, screen, "/oracle/eur-usd", "EUR").await
}

async fn lie(stage: &mut Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    screen.title("3. A venue lies, is quarantined, and earns its vote back");
    let client = &mut stage.publisher;
    let bitstamp = stage.prices.venues.handle(Venue::Bitstamp);
    bitstamp.offset_ppm(LIE_PPM);
    screen.line("bitstamp now says 3 % too much");
    let source = client.source("bitstamp-eur-usd", "quarantined", SOON).await?;
    screen.line(&format!("bitstamp-eur-usd is {} ({})", source.state, source.cause));
    let rounds = client.rounds("eur-usd").await?;
    let latest = rounds.first().context("no round")?;
    let told = client.explain("eur-usd", latest.decision_id).await?;
    explained(screen, &told);
    bitstamp.heal();
    screen.line("bitstamp tells the truth again");
    let source = client.source("bitstamp-eur-usd", "probation", SOON).await?;
    screen.line(&format!("bitstamp-eur-usd is on {} ({})", source.state, source.cause));
    let source = client.source("bitstamp-eur-usd", "healthy", SOON).await?;
    screen.line(&format!("bitstamp-eur-usd is {} ({})", source.state, source.cause));
    Ok(())
}

async fn heartbeat(stage: &mut Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    screen.title("4. A market that stands still is published on the heartbeat");
    hold_still(&stage.prices.venues);
    let known = newest(&mut stage.publisher).await?;
    let client = &mut stage.publisher;
    let round = client
        .round("eur-usd", "heartbeat", SOON, |round| round.reason == "heartbeat" && number(round) > known)
        .await?;
    show(screen, &round);
    Venue::ALL.into_iter().for_each(|venue| stage.prices.venues.handle(venue).heal());
    Ok(())
}

/// Every venue repeats the price that it has.
fn hold_still(venues: &Venues) {
    Venue::ALL.into_iter().for_each(|venue| venues.handle(venue).freeze());
}

async fn crash(stage: &mut Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    screen.title("5. kill -9, and no round is lost or doubled");
    let known = newest(&mut stage.publisher).await?;
    let again = stage.prices.serve(&stage.publisher_binary, REPLICA);
    let service = std::mem::replace(&mut stage.publisher_service, again.await?);
    service.kill().await?;
    screen.line("the publisher was killed; a second one, which waited as a standby, takes over");
    stage.publisher = Publisher::connect(stage.publisher_service.listening().grpc).await?;
    let client = &mut stage.publisher;
    let round = client.round("eur-usd", "round after the crash", SOON, |round| number(round) > known).await?;
    show(screen, &round);
    let on_chain = stage.prices.eur_usd.rounds(&stage.prices.anvil).await?;
    let stored = client.rounds("eur-usd").await?;
    let confirmed = stored.iter().filter(|round| round.state == "confirmed");
    for round in confirmed {
        let same = on_chain.iter().filter(|found| found.id.to_string() == id(round)).count();
        ensure!(round.round_id.is_none() || same == 1, "round {} is {same} times on chain", id(round));
    }
    screen.line(&format!("{} rounds on chain, each of them decided once", on_chain.len()));
    Ok(())
}

async fn replay(stage: &mut Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    screen.title("6. Every decision, computed again from its record, byte for byte");
    let configuration = stage.prices.configuration(REPLICA)?;
    let configuration = configuration.to_string_lossy();
    let key = stage.prices.key();
    let environment = stage.prices.environment(&key);
    let output =
        service::run(&stage.publisher_binary, &["--config", &configuration, "replay"], &environment, SOON).await?;
    screen.block(String::from_utf8_lossy(&output.stdout).trim_end());
    ensure!(output.status.success(), "replay: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

async fn newest(client: &mut Publisher) -> anyhow::Result<u128> {
    Ok(client.rounds("eur-usd").await?.iter().map(number).max().unwrap_or(0))
}

fn id(round: &Round) -> String {
    round.round_id.as_ref().map(|id| id.value.clone()).unwrap_or_default()
}

fn number(round: &Round) -> u128 {
    id(round).parse().unwrap_or(0)
}

fn show(screen: &Screen, round: &Round) {
    let answer = round.answer.as_ref().map(|answer| answer.value.as_str()).unwrap_or_default();
    let hash = round.tx_hash.get(..12).unwrap_or(&round.tx_hash);
    screen.line(&format!(
        "\x1b[36m{}\x1b[0m round {} answer {answer} ({}) block {} tx {hash}…",
        round.feed_id,
        id(round),
        round.reason,
        round.block_number,
    ));
}

fn explained(screen: &Screen, told: &ExplainRoundResponse) {
    screen.line(&told.summary);
    for contribution in &told.contributions {
        screen.line(&format!("  · {}: {}", contribution.source_id, contribution.sentence));
    }
}
