//! What the settings come to, in words: `config check` prints it, so that people approve what they have read.

use std::fmt::Write as _;

use super::{AssetSettings, Config};
use crate::domain::{
    equation::{Equation, Side, Source, Term},
    preset::Preset,
};

/// As TOML comments.
pub fn explain(config: &Config) -> String {
    let mut text = format!(
        "# rules {}{}\n",
        config.rules.hash(),
        if config.approved.rules.contains(&config.rules.hash()) {
            " (approved)"
        } else {
            ": put this into approved.rules"
        }
    );
    for asset in &config.assets {
        explain_asset(&mut text, asset, config);
    }
    text
}

fn explain_asset(text: &mut String, asset: &AssetSettings, config: &Config) {
    let bridge = &asset.bridge;
    let why = match asset.preset {
        Some(Preset::LockMint) => {
            "lock_mint: units are locked at home and minted at the remote end, so lockbox and supply are the same value \
             twice and are each compared with the books"
        }
        Some(Preset::BurnMint) => {
            "burn_mint: units are burned at one end and minted at the other; nothing is in custody"
        }
        Some(Preset::SplitInventory) => {
            "split_inventory: units move between two inventories, so lockbox and supply together are what the books have"
        }
        None => "none: only the equations below",
    };
    // Writing to a text does not fail.
    let _ = writeln!(text, "# {} from {} to {}, preset {why}", bridge.asset, bridge.home, bridge.remote);
    // Those of the rules: a mode for everything is in them.
    for equation in config.rules.equations.iter().filter(|equation| equation.asset == bridge.asset) {
        let (left, right) = (sum(&equation.left), sum(&equation.right));
        let _ = writeln!(
            text,
            "#   {}: {left} {} {right} ({}); {}",
            equation.name,
            equation.relation.as_str(),
            equation.explanation,
            consequences(equation),
        );
    }
}

fn consequences(equation: &Equation) -> String {
    let side = |word: &str, side: &Side| {
        let (tier, mode) = (side.consequence.tier, side.consequence.mode);
        format!("{word} by more than {} units: {} ({tier}, {mode})", side.tolerance.units(), side.detail)
    };
    format!("{}; {}", side("above", &equation.above), side("below", &equation.below))
}

fn sum(terms: &[Term]) -> String {
    let mut text = String::new();
    for term in terms {
        let times = term.coefficient.unsigned_abs();
        let sign = match (text.is_empty(), term.coefficient < 0) {
            (true, false) => "",
            (true, true) => "-",
            (false, false) => " + ",
            (false, true) => " - ",
        };
        let factor = if times == 1 { String::new() } else { format!("{times} × ") };
        let _ = write!(text, "{sign}{factor}{}{}", term.name, place(&term.source));
    }
    text
}

fn place(source: &Source) -> String {
    match source {
        Source::Books(chain) => format!("[books of {chain}]"),
        Source::Chain(chain) => format!("[{chain}]"),
        Source::InFlight | Source::Adjustment => String::new(),
    }
}
