//! The tour's part about tokens: financial messages become tokens once, cross to another chain, and wait while the guard is
//! halted.

use anyhow::{Context as _, ensure};
use causeway_primitives::U256;
use causeway_proto::ccip::v1::MessageStatus;
use causeway_testkit::ccip::{Side, State};
use serde_json::{Value, json};

use super::{play::SOON, traced};
use crate::{
    gateway::{Gateway, Person, text},
    screen::Screen,
    stage::Stage,
};

/// An MT103 of 1,234.50 EUR.
const RENT: &str = include_str!("../../messages/rent.fin");
/// A pacs.008 of 25,000 EUR, for the same day.
const INVOICE: &str = include_str!("../../messages/invoice.xml");
/// An MT103 of 2,500 EUR.
const SALARY: &str = include_str!("../../messages/salary.fin");
const RENT_UETR: &str = "5f0c2a1e-7b1d-4c3e-9a55-0d7e6b1f4a01";

/// Units of one whole token.
const ONE: u64 = 1_000_000;
/// What the messages order, in units.
const RENT_UNITS: u64 = 1_234_500_000;
const INVOICE_UNITS: u64 = 25_000 * ONE;
const SALARY_UNITS: u64 = 2_500 * ONE;
/// What crosses to the other chain, in whole tokens.
const CROSSING: u64 = 1_000;

/// Everything while the guard gives leave.
pub(super) async fn play(stage: &Stage<'_>, gateway: &Gateway, screen: &Screen) -> anyhow::Result<()> {
    messages(stage, gateway, screen).await?;
    again(gateway, screen).await?;
    crossed(stage, gateway, screen).await?;
    stranded(stage, gateway, screen).await
}

async fn messages(stage: &Stage<'_>, gateway: &Gateway, screen: &Screen) -> anyhow::Result<()> {
    screen.title("13. An MT103 and a pacs.008 of one bank day become tokens; above the limit a second person approves");
    let rent = gateway.order("demo-rent", RENT).await?;
    let invoice = gateway.order("demo-invoice", INVOICE).await?;
    let done = gateway.until(screen, &rent, ("reported", ""), SOON).await?;
    shown(screen, &done);
    minted(gateway, RENT_UNITS).await?;
    let of_gateway = ["POST /api/v1/messages", "value", "journal", "send transaction", "receipt", "step"];
    let mut wanted = of_gateway.map(|name| format!("tokenization-gateway: {name}")).to_vec();
    wanted.push("oracle-publisher: causeway.oracle.v1.OracleService/GetPrice".to_owned());
    traced::show(stage, screen, text(&done, "/trace_id"), &wanted).await?;
    traced::page(stage, screen, &format!("/tokens/{rent}"), "reported").await?;
    gateway.until(screen, &invoice, ("held", "awaits_approval"), SOON).await?;
    let path = format!("/api/v1/requests/{invoice}/approve");
    let (status, told) = gateway.post(Person::Anna, &path, "demo-approve", "").await?;
    ensure!((status, text(&told, "/reason")) == (403, "same_person"), "anna approved her own order: {status} {told}");
    screen.line(&format!("anna approves her own order: \x1b[31mrefused\x1b[0m ({})", text(&told, "/message")));
    let (status, told) = gateway.post(Person::Bert, &path, "demo-approve", "").await?;
    ensure!(status == 200, "bert could not approve: {status} {told}");
    screen.line("bert approves");
    let done = gateway.until(screen, &invoice, ("reported", ""), SOON).await?;
    shown(screen, &done);
    let supply = minted(gateway, RENT_UNITS + INVOICE_UNITS).await?;
    screen.line(&format!("the token says on chain: {supply} units exist, all of them the holder's"));
    Ok(())
}

/// The price and the transaction of a request that is done.
fn shown(screen: &Screen, request: &Value) {
    let venues = request.pointer("/price/venues").and_then(Value::as_u64).unwrap_or_default();
    screen.line(&format!(
        "at {} by round {} of {venues} venues; tx {}",
        text(request, "/price/price"),
        text(request, "/price/round_id"),
        text(request, "/tx_hash")
    ));
}

/// The chain itself says that so much exists and that the holder has all of it.
async fn minted(gateway: &Gateway, expected: u64) -> anyhow::Result<U256> {
    let token = &gateway.world.bridge.home.token;
    let (supply, balance) = (token.total_supply().await?, token.balance_of(gateway.world.holder).await?);
    ensure!(supply == U256::from(expected), "{supply} units exist, expected are {expected}");
    ensure!(balance == supply, "the holder has {balance} of {supply} units");
    Ok(supply)
}

async fn again(gateway: &Gateway, screen: &Screen) -> anyhow::Result<()> {
    screen.title("14. A payment that comes again is no second one, and the sender hears what became of the first");
    let same = gateway.hand_in("demo-rent-again", RENT).await?;
    ensure!(same.get("known") == Some(&Value::Bool(true)), "the same payment was taken twice: {same}");
    screen.line(&format!("the same MT103 under another key: known, request {}", text(&same, "/request_id")));
    let other = gateway.hand_in("demo-rent-other", &RENT.replace("EUR1234,50", "EUR9999,99")).await?;
    let refusal = text(&other, "/refusal");
    ensure!(refusal == "name_of_another_request", "another amount under a known UETR was taken: {other}");
    screen.line(&format!("another amount under its UETR: \x1b[31mrefused\x1b[0m ({refusal})"));
    minted(gateway, RENT_UNITS + INVOICE_UNITS).await?;
    let (name, content) = gateway.answer("pacs.002", &[RENT_UETR, "ACSC"], SOON).await?;
    screen.line(&format!("the answer to the MT103, as the sender's system finds it: {name}"));
    // One element a line: as it is sent, it is one line.
    screen.block(&content.replace("><", ">\n<"));
    Ok(())
}

/// Something that left this chain.
struct Crossing {
    request: String,
    message: String,
    /// Of the lane.
    number: u64,
}

/// Orders that [`CROSSING`] tokens of the holder go to the other chain, and waits until they have left.
async fn leave(stage: &Stage<'_>, gateway: &Gateway, screen: &Screen, name: &str) -> anyhow::Result<Crossing> {
    let (holder, bridge) = (gateway.world.holder, &gateway.world.bridge);
    let order = json!({
        "asset": "eur", "amount": CROSSING.to_string(), "from": holder.to_string(), "to": holder.to_string(),
        "destination_selector": bridge.away.selector.to_string(), "business_reference": name,
    });
    let (status, told) = gateway.post(Person::Anna, "/api/v1/tokens/bridge", name, order.to_string()).await?;
    ensure!(status == 202, "the crossing was not taken: {status} {told}");
    let request = text(&told, "/request_id").to_owned();
    gateway.until(screen, &request, ("mined", ""), SOON).await?;
    let departed = bridge.home.departed().await?;
    let message = departed.last().context("nothing left the bridge")?.messageId.to_string();
    stage.monitor.until(screen, &message, MessageStatus::Sent, SOON).await?;
    let number = stage.messages.ccip.v1_6(Side::Home).next_to_send().await?.saturating_sub(1);
    Ok(Crossing { request, message, number })
}

/// What exists here, and what the holder has there.
async fn both_sides(gateway: &Gateway) -> anyhow::Result<(U256, U256)> {
    let bridge = &gateway.world.bridge;
    Ok((bridge.home.token.total_supply().await?, bridge.away.token.balance_of(gateway.world.holder).await?))
}

/// So many units moved from here to there since then.
async fn arrived(gateway: &Gateway, screen: &Screen, before: (U256, U256)) -> anyhow::Result<()> {
    let units = U256::from(CROSSING.saturating_mul(ONE));
    let (here, there) = both_sides(gateway).await?;
    ensure!(here == before.0.saturating_sub(units), "{here} units exist here, {} before the crossing", before.0);
    ensure!(there == before.1.saturating_add(units), "the holder has {there} units there, {} before", before.1);
    screen.line(&format!("{here} units exist on chain 138, {there} in the holder's hands on the other chain"));
    Ok(())
}

async fn crossed(stage: &Stage<'_>, gateway: &Gateway, screen: &Screen) -> anyhow::Result<()> {
    screen.title("15. Tokens cross to the other chain over CCIP: burned here, followed by ccip-monitor, minted there");
    let before = both_sides(gateway).await?;
    let (lane, monitor) = (stage.messages.ccip.v1_6(Side::Home), &stage.monitor);
    let Crossing { request, message, number } = leave(stage, gateway, screen, "CROSSING-1").await?;
    lane.commit_all().await?;
    monitor.until(screen, &message, MessageStatus::Delivered, SOON).await?;
    let executed = lane.execute(&[number]).await?;
    ensure!(executed.outcomes.iter().all(|one| one.state == State::Success), "not executed: {executed:?}");
    monitor.until(screen, &message, MessageStatus::Executed, SOON).await?;
    gateway.until(screen, &request, ("reported", ""), SOON).await?;
    arrived(gateway, screen, before).await
}

async fn stranded(stage: &Stage<'_>, gateway: &Gateway, screen: &Screen) -> anyhow::Result<()> {
    screen.title(
        "16. A delivery fails: ccip-monitor says so, and nothing is repeated or given back while it may yet arrive",
    );
    let before = both_sides(gateway).await?;
    let (lane, monitor, bridge) = (stage.messages.ccip.v1_6(Side::Home), &stage.monitor, &gateway.world.bridge);
    bridge.away.forget(&bridge.home).await?;
    let Crossing { request, message, number } = leave(stage, gateway, screen, "CROSSING-2").await?;
    lane.commit_all().await?;
    let executed = lane.execute(&[number]).await?;
    ensure!(executed.outcomes.iter().all(|one| one.state == State::Failure), "it was to fail: {executed:?}");
    monitor.until(screen, &message, MessageStatus::Failed, SOON).await?;
    gateway.until(screen, &request, ("unknown", "undelivered"), SOON).await?;
    bridge.away.meet(&bridge.home).await?;
    screen.line("the other chain's contract is set up again; the message is executed by hand");
    lane.manually_execute(number, None).await?;
    monitor.until(screen, &message, MessageStatus::Executed, SOON).await?;
    gateway.until(screen, &request, ("reported", ""), SOON).await?;
    arrived(gateway, screen, before).await
}

/// While the guard is halted: the next payment waits. The request, and what existed then.
pub(super) async fn held(gateway: &Gateway, screen: &Screen) -> anyhow::Result<(String, U256)> {
    screen.title("18. While the guard is halted, no token moves: the next payment is held, and its sender is told");
    let before = gateway.world.bridge.home.token.total_supply().await?;
    let id = gateway.order("demo-salary", SALARY).await?;
    gateway.until(screen, &id, ("held", "guard"), SOON).await?;
    let (name, _) = gateway.answer("pacs.002", &["SALARY-2026-07", "PDNG"], SOON).await?;
    screen.line(&format!("the sender hears that it waits: {name}"));
    Ok((id, before))
}

/// After the resume it goes its way, without anybody doing anything for it.
pub(super) async fn released(gateway: &Gateway, (id, before): (String, U256), screen: &Screen) -> anyhow::Result<()> {
    screen.title("21. What was held while the guard was halted goes its way by itself");
    gateway.until(screen, &id, ("reported", ""), SOON).await?;
    let supply = gateway.world.bridge.home.token.total_supply().await?;
    ensure!(supply == before.saturating_add(U256::from(SALARY_UNITS)), "{supply} units, {before} before the halt");
    screen.line(&format!("{} units minted once, {supply} exist on chain", SALARY_UNITS));
    Ok(())
}
