//! The operators' pages → wire. Pure.

use causeway_primitives::Timestamp;
use causeway_proto::{guard::v1 as wire, types::v1::Decimal};

use super::{
    tell::{self, span, time},
    verdicts::units,
};
use crate::{
    app::{AlertBoard, AssetBalance, Condition, Measure, SystemHealth},
    domain::target::Standing,
};

pub(super) fn health(page: &SystemHealth) -> wire::SystemHealth {
    let dependency = |one: &crate::app::Dependency| wire::Dependency {
        name: one.name.clone(),
        state: one.state.to_owned(),
        detail: one.detail.clone(),
    };
    wire::SystemHealth {
        balances: page.balances.iter().map(balance).collect(),
        relayer_status: relayer(page.relayer).to_owned(),
        relayer_uptime: page.uptime.and_then(span),
        cycles: page.totals.get("index_cycle").map_or(0, |total| total.good.saturating_add(total.bad)),
        errors: page.errors(),
        deposits_indexed: page.things("index_cycle"),
        batches_created: page.totals.get("batch_created").map_or(0, |total| total.good),
        batches_anchored: page.totals.get("batch_anchored").map_or(0, |total| total.good),
        success_ppm: page.success().ppm(),
        dependencies: page.dependencies.iter().map(dependency).collect(),
        updated_at: time(page.at),
    }
}

fn balance(one: &AssetBalance) -> wire::AssetBalance {
    let status = match one.holds {
        Some(true) => "VALID",
        Some(false) => "INVALID",
        None => "UNKNOWN",
    };
    wire::AssetBalance {
        asset: one.asset.to_string(),
        decimals: u32::from(one.decimals),
        database_total: one.books.map(units),
        chain_total: one.chain.map(units),
        delta: one.delta.map(units),
        status: status.to_owned(),
    }
}

/// The page's words: a relayer that is being validated is halted.
const fn relayer(condition: Condition) -> &'static str {
    match condition {
        Condition::Running => "RUNNING",
        Condition::Halted | Condition::Validating => "HALTED",
        Condition::Probation => "PROBATION",
        Condition::NoFreshPass => "NO_LEASE",
    }
}

pub(super) fn performance(measures: &[Measure], at: Timestamp) -> wire::Performance {
    let measure = |one: &Measure| wire::Measure {
        name: one.name.to_owned(),
        value: one.value.clone().map(|value| Decimal { value }),
        unit: one.unit.to_owned(),
        target: one.target.to_owned(),
        standing: standing(one.standing).to_owned(),
    };
    wire::Performance { measures: measures.iter().map(measure).collect(), updated_at: time(at) }
}

const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Met => "met",
        Standing::Missed => "missed",
        Standing::Unknown => "unknown",
    }
}

pub(super) fn board(board: AlertBoard) -> wire::AlertBoard {
    let severities = board.firing.iter().map(|(severity, count)| wire::SeverityCount {
        severity: severity.as_str().to_owned(),
        firing: u32::try_from(*count).unwrap_or(u32::MAX),
    });
    wire::AlertBoard {
        severities: severities.collect(),
        recent: board.recent.into_iter().map(tell::event).collect(),
        updated_at: time(board.at),
    }
}
