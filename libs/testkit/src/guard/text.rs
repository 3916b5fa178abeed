//! The world as a configuration file.

use super::{Papers, World};
use crate::bridge::{End, Role};

/// The configuration, with what differs from world to world in angle brackets.
const CONFIGURATION: &str = include_str!("../../data/relayer-invariant-guard.toml");

pub(super) fn configuration(world: &World, replica: &str, papers: Option<&Papers>) -> String {
    let chains: String = [End::Source, End::Destination].map(|end| chain(world, end)).concat();
    let approved = world.approved.as_ref().map(|hash| format!("\"{hash}\"")).unwrap_or_default();
    let operators = if papers.is_some() { "[\"alice\", \"bob\", \"carol\"]" } else { "[\"loopback\"]" };
    CONFIGURATION
        .replace("<REPLICA>", replica)
        .replace("<OTLP>", &world.otlp)
        .replace("<TLS>", &papers.map(tls).unwrap_or_default())
        .replace("<OPERATORS>", operators)
        .replace("<APPROVED>", &approved)
        .replace("<CHAINS>", &chains)
        .replace("<ASSET>", &asset(world))
}

fn tls(papers: &Papers) -> String {
    let Papers { certificate, key, authority } = papers;
    format!("tls_certificate_file = {certificate:?}\ntls_key_file = {key:?}\ntls_client_ca_file = {authority:?}\n")
}

fn chain(world: &World, end: End) -> String {
    let contracts = world.bridge.bridge.contracts;
    let (name, id, settlement) = match end {
        End::Source => ("home", 138, contracts.source.settlement),
        End::Destination => ("remote", 1_337, contracts.destination.settlement),
    };
    let (keeper, vault) = (world.bridge.account(Role::Keeper), world.bridge.bridge.vault(end));
    let url = world.bridge.anvil(end).url();
    let endpoint =
        |name: &str| format!("\n[[chains.endpoints]]\nname = \"{name}\"\noperator = \"{name}\"\nurl = \"{url}\"\n");
    format!(
        "\n[[chains]]\nname = \"{name}\"\nchain_id = {id}\nfinality = \"depth(1)\"\nquorum = 2\nmax_lag_blocks = 1000\n\
         settlement = \"{settlement}\"\naccounts = [\"{keeper}\"]\n{}\
         \n[[chains.slots]]\nname = \"{name}_keeper\"\ncontract = \"{vault}\"\ngetter = \"keeper()\"\nvalue = \"{keeper}\"\n",
        ["a", "b", "c"].map(endpoint).concat(),
    )
}

fn asset(world: &World) -> String {
    let contracts = world.bridge.bridge.contracts;
    let (token, lockbox, bridged) = (contracts.source.token, contracts.source.lockbox, contracts.destination.token);
    format!(
        "\n[[assets]]\nid = \"sigil\"\nhome = \"home\"\nremote = \"remote\"\ndecimals = 18\nhome_token = \"{token}\"\n\
         lockbox = \"{lockbox}\"\nremote_token = \"{bridged}\"\nremote_asset = \"{token}\"\nfirst_message = 1\n"
    )
}
