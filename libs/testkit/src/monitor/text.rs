//! The world as a configuration file.

use alloy::primitives::Address;

use super::{World, chain_name, dialect_name, lane_name};
use crate::ccip::{ChainPlan, Family, LanePlan, Side};

/// The configuration, with what differs from world to world in angle brackets.
const CONFIGURATION: &str = include_str!("../../data/ccip-monitor.toml");

pub(super) fn configuration(world: &World, replica: &str) -> String {
    let plan = world.ccip.plan();
    let chains: String = plan.chains.iter().map(|one| chain(world, one)).collect();
    let listed = plan.lanes.iter().filter(|lane| world.plan.families.contains(&lane.family));
    CONFIGURATION
        .replace("<REPLICA>", replica)
        .replace("<OTLP>", &world.traces.endpoint())
        .replace("<EXPIRE>", &world.plan.expire_after_seconds.to_string())
        .replace("<LOG_BLOCKS>", &world.plan.log_blocks.to_string())
        .replace("<MORE>", &world.plan.more)
        .replace("<CHAINS>", &chains)
        .replace("<LANES>", &listed.map(lane).collect::<String>())
}

fn chain(world: &World, chain: &ChainPlan) -> String {
    let endpoints = world.plan.endpoints.get(&chain.side).cloned();
    let endpoints = endpoints.unwrap_or_else(|| vec![chain.url.clone()]);
    format!(
        "\n[[chains]]\nname = \"{}\"\nchain_id = {}\nselector = \"{}\"\nrpc_urls = {endpoints:?}\nfinality = \"{}\"\n\
         router = \"{}\"\nlink_token = \"{}\"\nlink_accounts = [\"{}\"]\n",
        chain_name(chain.side),
        chain.chain_id,
        chain.selector,
        world.plan.finality,
        router(world, chain.side),
        chain.tokens.link,
        chain.tokens.sender,
    )
}

fn router(world: &World, side: Side) -> Address {
    let chain = world.ccip.chain(side);
    match world.plan.router {
        Family::Private => chain.private.router,
        Family::V1_5 => chain.v1_5.router,
        Family::V1_6 => chain.v1_6.router,
        Family::V2_0 => chain.v2_0.router,
    }
}

fn lane(lane: &LanePlan) -> String {
    let ramp = |field: &str, address: Address| format!("{field} = [{{ address = \"{address}\" }}]\n");
    // Of 1.6 the off-ramp takes the reports itself.
    let commits = lane.commits.filter(|commits| *commits != lane.off_ramp);
    let commits = commits.map(|address| ramp("commit_stores", address)).unwrap_or_default();
    let nonces = lane.nonce_manager.map(|address| ramp("nonce_managers", address)).unwrap_or_default();
    format!(
        "\n[[lanes]]\nname = \"{}\"\nsource = \"{}\"\ndestination = \"{}\"\ndialect = \"{}\"\n{}{}{commits}{nonces}",
        lane_name(lane.family, lane.source),
        chain_name(lane.source),
        chain_name(lane.source.other()),
        dialect_name(lane.family),
        ramp("on_ramps", lane.on_ramp),
        ramp("off_ramps", lane.off_ramp),
    )
}
