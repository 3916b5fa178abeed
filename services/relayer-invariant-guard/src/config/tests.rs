//! What settings come to, and what each wrong one is answered with.

use causeway_primitives::{Scope, U256};
use causeway_runtime::config::Environment;

use super::{Config, load};
use crate::{
    adapters::chain::{Ask, Slot},
    domain::{
        finding::{Code, Mode, Tier},
        preset::Preset,
    },
};

/// A bridge of one asset between two chains.
const BRIDGE: &str = include_str!("tests/bridge.toml");

fn from_text(text: &str) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guard.toml");
    std::fs::write(&file, text).unwrap();
    let environment = Environment::from([
        ("DATABASE_URL", "postgres://guard:hunter2@127.0.0.1/guard"),
        ("RELAYER_DATABASE_URL", "postgres://reader:hunter3@127.0.0.1/relayer"),
    ]);
    load(Some(&file), &environment, None).map_err(|error| error.to_string())
}

fn changed(right: &str, wrong: &str) -> Result<Config, String> {
    assert!(BRIDGE.contains(right), "the file has no {right}");
    from_text(&BRIDGE.replacen(right, wrong, 1))
}

#[test]
fn grd_15_a_bridge_is_declared_as_data() {
    let config = from_text(BRIDGE).unwrap();
    let asset = &config.assets[0];
    assert_eq!((asset.preset, asset.bridge.tolerance.units()), (Some(Preset::LockMint), U256::from(10_u64.pow(15))));
    let names: Vec<_> = config.rules.equations.iter().map(|equation| equation.name.as_str()).collect();
    assert_eq!(names, ["custody", "supply", "backing", "vault_backing"]);
    let own = &config.rules.equations[3];
    assert_eq!(own.below.consequence.tier, Tier::Halt);
    assert_eq!(config.rules.consequence(Code::VelocityExceeded).tier, Tier::Alert, "as [consequences] says");
    assert_eq!(config.rules.consequence(Code::DuplicateBatch).scope, Scope::BatchCreation, "as ever");
    assert_eq!(config.rules.velocity[0].share_ppm, Some(100_000));
    let besu = config.plan(&config.chains[0]);
    let asked = |wanted: fn(&Ask) -> bool| besu.asks.iter().filter(|ask| wanted(ask)).count();
    assert_eq!(asked(|ask| matches!(ask, Ask::Amount { .. })), 2, "the lockbox and the vault");
    assert_eq!(asked(|ask| matches!(ask, Ask::Counter(_))), 1);
    assert!(besu.asks.iter().any(|ask| matches!(ask, Ask::Slot { of: Slot::Getter(_, data), .. } if data.len() == 4)));
    assert_eq!(besu.emitters.len(), 2);
    assert_eq!(config.caps[0].total, U256::MAX, "no cap was set");
    assert_eq!(config.caps[0].per_operation, U256::from(10).pow(U256::from(21)), "1,000 tokens");
}

#[test]
fn grd_13_what_a_gateway_issues_is_covered_by_leases_and_is_no_bridge() {
    let issued = "[[issued]]\nid = \"eur\"\nmax_per_operation_units = \"1000\"\nmax_total_units = \"5000\"\n";
    let config = from_text(&format!("{BRIDGE}{issued}")).unwrap();
    let cap = config.caps.iter().find(|cap| cap.asset.as_str() == "eur").unwrap();
    assert_eq!((cap.per_operation, cap.total), (U256::from(1_000), U256::from(5_000)));
    let less = config.probation.caps.iter().find(|cap| cap.asset.as_str() == "eur").unwrap();
    assert_eq!((less.per_operation, less.total), (U256::from(100), U256::from(500)), "a tenth on probation");
    assert_eq!(config.rules.hash(), from_text(BRIDGE).unwrap().rules.hash(), "nothing is judged otherwise");
    let wrong = |right: &str, wrong: &str| from_text(&format!("{BRIDGE}{}", issued.replacen(right, wrong, 1)));
    for (right, other, complaint) in [
        ("\"eur\"", "\"sigil\"", "issued.0.id"),
        ("\"1000\"", "\"0x10\"", "issued.0.max_per_operation_units"),
        ("\"1000\"", "\"5001\"", "issued.0.max_per_operation_units"),
        ("\"5000\"", "\"-1\"", "issued.0.max_total_units"),
    ] {
        let told = wrong(right, other).unwrap_err();
        assert!(told.contains(complaint), "{told}");
    }
}

#[test]
fn grd_14_in_shadow_mode_nothing_halts() {
    let config = from_text(&format!("[guard]\nmode = \"shadow\"\n{BRIDGE}")).unwrap();
    let sides = config.rules.equations.iter().flat_map(|equation| [equation.above, equation.below]);
    assert!(sides.into_iter().all(|side| side.consequence.mode == Mode::Shadow));
    let told = super::explain(&config);
    assert!(told.contains("shadow") && !told.contains("enforce"), "{told}");
    assert!(Code::EVERY.iter().all(|code| !config.rules.consequence(*code).halts()));
    assert_ne!(
        config.rules.hash(),
        from_text(BRIDGE).unwrap().rules.hash(),
        "a mode is a rule, and is approved as one"
    );
}

#[test]
fn grd_15_the_settings_are_explained_in_words() {
    let text = super::explain(&from_text(BRIDGE).unwrap());
    assert!(text.contains("put this into approved.rules"), "{text}");
    assert!(text.contains("lock_mint"), "{text}");
    assert!(
        text.contains("deposits[books of besu] - withdrawals[books of besu] + custody_adjustment = custody[besu]"),
        "{text}"
    );
}

/// Changes of a good file, and what the one line has to hold.
const WRONG: &[(&str, &str, &[&str])] = &[
    ("preset = \"lock_mint\"", "preset = \"lock\"", &["assets.0.preset = `lock`", "`split_inventory`"]),
    ("quorum = 2", "quorum = 3", &["chains.0.quorum = 3", "1 to 2", "different operators"]),
    ("quorum = 2", "quorum = 0", &["chains.0.quorum = 0", "1 to 2"]),
    ("home = \"besu\"", "home = \"besuu\"", &["assets.0.home = `besuu`", "one of the [[chains]]"]),
    ("remote = \"mainnet\"", "remote = \"besu\"", &["assets.0.remote", "another chain than home"]),
    ("decimals = 18", "decimals = 2", &["assets.0.decimals = 2", "3 to 77"]),
    ("tolerance_tokens = \"0.001\"", "tolerance_tokens = \"1e-3\"", &["tolerance_tokens = `1e-3`", "number of tokens"]),
    ("getter = \"keeper()\"", "getter = \"keeper(address)\"", &["chains.0.slots.0.getter", "without arguments"]),
    ("balance_of = ", "balance_off = ", &["balance_off", "unknown setting"]),
    ("relation = \">=\"", "relation = \">\"", &["assets.0.equations.0.relation = `>`", "`<=`"]),
    ("detail = \"UNBACKED\"", "detail = \"BROKE\"", &["below.detail = `BROKE`", "UNBACKED"]),
    ("source = \"chain:besu\"", "source = \"chain:moon\"", &["left.0.source = `chain:moon`", "in_flight"]),
    ("finality = \"instant\"", "finality = \"soon\"", &["chains.0.finality = `soon`", "depth(n)"]),
    ("chain_id = 1\n", "chain_id = 138\n", &["chains.1.chain_id = 138", "no other chain has"]),
    ("name = \"besu-b\"", "name = \"besu-a\"", &["chains.0.endpoints.1.name", "no other endpoint"]),
    ("max_share_percent = \"10\"", "max_share_percent = \"101\"", &["max_share_percent = `101`", "between 0 and 100"]),
    ("[consequences.velocity_exceeded]", "[consequences.velocity]", &["consequences.velocity", "velocity_exceeded"]),
    ("url = \"http://besu-a.example/v3/s3cr3t\"", "url = \"besu s3cr3t\"", &["endpoints.0.url = [redacted]", "http"]),
    ("lockbox = \"0x", "lockbox = \"0xq", &["assets.0.lockbox", "an address"]),
    ("balance_of = ", "sql = \"SELECT $1\"\nbalance_of = ", &["assets.0.terms.0.sql", "either sql"]),
    ("balance_of = ", "balance = ", &["balance", "unknown setting"]),
];

#[test]
fn grd_15_each_wrong_line_is_answered_with_one_line_that_names_it_and_no_secret() {
    for (right, wrong, parts) in WRONG {
        let refused = changed(right, wrong).expect_err(wrong);
        assert_eq!(refused.lines().count(), 1, "{wrong}: {refused}");
        assert!(parts.iter().all(|part| refused.contains(part)), "{parts:?}: {refused}");
        assert!(["s3cr3t", "hunter2", "hunter3"].iter().all(|secret| !refused.contains(secret)), "{refused}");
    }
}

/// How the file's one term is declared.
const CALL: &str = "contract = \"0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0\"\n\
                    balance_of = \"0xdc64a140aa3e981100a9beca4e685f962f0cf6c9\"";

#[test]
fn grd_15_a_term_may_be_a_statement_that_says_up_to_which_block_it_counts() {
    let config = changed(CALL, "sql = \"SELECT SUM(units) FROM escrow WHERE block <= $1\"").unwrap();
    assert_eq!(config.scope.terms[0].name.as_str(), "vault");
    assert!(
        !config
            .plan(&config.chains[0])
            .asks
            .iter()
            .any(|ask| matches!(ask, Ask::Amount { term, .. } if term.as_str() == "vault"))
    );
    let refused = changed(CALL, "sql = \"SELECT SUM(units) FROM escrow\"").unwrap_err();
    assert!(refused.contains("assets.0.terms.0.sql") && refused.contains("$1"), "{refused}");
    let refused = changed(CALL, "").unwrap_err();
    assert!(refused.contains("assets.0.terms.0.contract"), "{refused}");
    let taken = format!("name = \"vault\"\nchain = \"besu\"\n{CALL}");
    let refused = changed(&taken, "name = \"mints\"\nchain = \"besu\"\nsql = \"SELECT $1\"").unwrap_err();
    assert!(refused.contains("assets.0.terms.0.name = `mints`"), "{refused}");
}

#[test]
fn grd_15_where_an_old_chain_begins_is_a_rule_that_people_approve() {
    let config = changed("max_lag_blocks = 100", "max_lag_blocks = 100\nfirst_block = 7").unwrap();
    assert_eq!(config.plan(&config.chains[0]).first_block, 7);
    assert_ne!(config.rules.hash(), from_text(BRIDGE).unwrap().rules.hash());
}

#[test]
fn grd_17_a_change_of_the_past_is_approved_by_the_figures_of_its_finding() {
    let checkpoint = format!("0x{}", "ab".repeat(32));
    let of = |term: &str, units: &str| {
        let correction = format!(
            "[[approved.corrections]]\ncheckpoint = \"{checkpoint}\"\nasset = \"sigil\"\nterm = \"{term}\"\n\
             difference_units = \"{units}\"\n"
        );
        from_text(&format!("{correction}{BRIDGE}"))
    };
    let approved = of("deposits", "-3000000000000000000").unwrap().approved;
    let correction = approved.corrections.first().unwrap();
    assert_eq!(correction.checkpoint.to_string(), checkpoint);
    assert_eq!(correction.difference.to_string(), "-3000000000000000000");
    assert!(of("deposits", "0").unwrap_err().contains("approved.corrections.0.difference_units = `0`"));
    assert!(of("deposits", "1.5").unwrap_err().contains("approved.corrections.0.difference_units"));
    assert!(of("custody", "1").unwrap_err().contains("approved.corrections.0.term = `custody`"));
}

#[test]
fn grd_5_tables_are_mapped_and_a_wrong_word_is_named() {
    let mapped = from_text(&format!("[books.names]\ndeposits = \"bridge.deposit\"\n{BRIDGE}")).unwrap();
    assert_eq!(mapped.books.mapping.deposits.to_string(), "\"bridge\".\"deposit\"");
    let refused = from_text(&format!("[books.names]\ndeposit = \"bridge.deposit\"\n{BRIDGE}")).unwrap_err();
    assert!(refused.contains("books.names.deposit = `bridge.deposit`"), "{refused}");
}

#[test]
fn grd_13_evidence_may_not_take_longer_than_a_verdict_is_fresh() {
    let refused = from_text(&format!("[lease]\nmax_verdict_age_ms = 20000\n{BRIDGE}")).unwrap_err();
    assert!(
        refused.contains("guard.gather_timeout_ms = 20000: expected less than lease.max_verdict_age_ms"),
        "{refused}"
    );
}
