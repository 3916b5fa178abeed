//! The operators' three pages as data (GRD-11): exact figures, each with its target, and "unknown" where nothing was
//! measured. The figures are the relayer's claims; no verdict rests on them.

use std::{collections::BTreeMap, time::Duration};

use causeway_alerting::{Alarms, Severity};
use causeway_primitives::{AssetId, Timestamp};
use causeway_store::Error as StoreError;

use super::{Condition, Facts, Guard, Happened};
use crate::{
    adapters::store::{Judged, OperationSum, OperationTotal},
    domain::{
        canonical::{EVIDENCE, decode},
        equation::{Equation, Term},
        evaluate::{Balance, ChainStanding},
        evidence::{Books, Evidence, Said, Seen},
        finding::Reason,
        quantity::Quantity,
        target::{self, Rate, Standing},
    },
};

/// What is measured is measured over so long.
const WINDOW: Duration = Duration::from_secs(3_600);

/// Events of the third page.
const EVENTS: u32 = 50;

/// What the books and the chain say about one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetBalance {
    /// The asset.
    pub asset: AssetId,
    /// Its decimals; 0 where nobody said.
    pub decimals: u8,
    /// By the books, in base units.
    pub books: Option<Quantity>,
    /// On the chain, in base units.
    pub chain: Option<Quantity>,
    /// Books − chain.
    pub delta: Option<Quantity>,
    /// Whether all its balances hold; `None` where one is not known.
    pub holds: Option<bool>,
}

/// Something that the guard depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// `database`, `books` or `chain:<name>`.
    pub name: String,
    /// "up", "degraded", "down" or "unknown".
    pub state: &'static str,
    /// In words.
    pub detail: String,
}

/// Page 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemHealth {
    /// Per asset.
    pub balances: Vec<AssetBalance>,
    /// How the relayer stands.
    pub relayer: Condition,
    /// Since its last halt or its first report after it.
    pub uptime: Option<Duration>,
    /// Everything that it ever reported, by kind.
    pub totals: BTreeMap<String, OperationTotal>,
    /// What the guard depends on.
    pub dependencies: Vec<Dependency>,
    /// When this was true.
    pub at: Timestamp,
}

impl SystemHealth {
    /// What it covered of a kind, successfully.
    pub fn things(&self, kind: &str) -> u64 {
        self.totals.get(kind).map_or(0, |total| total.things)
    }

    /// Succeeded operations of all that succeeded or failed.
    pub fn success(&self) -> Rate {
        let sum = |of: fn(&OperationTotal) -> u64| self.totals.values().map(of).fold(0_u64, u64::saturating_add);
        let good = sum(|total| total.good);
        Rate { good, all: good.saturating_add(sum(|total| total.bad)) }
    }

    /// Operations that failed.
    pub fn errors(&self) -> u64 {
        self.totals.values().map(|total| total.bad).fold(0, u64::saturating_add)
    }
}

/// A figure with its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// For example "index_cycle".
    pub name: &'static str,
    /// As exact text; `None` where nothing was measured.
    pub value: Option<String>,
    /// "ms", "blocks" or "percent".
    pub unit: &'static str,
    /// What it should be.
    pub target: &'static str,
    /// How it stands to it.
    pub standing: Standing,
}

/// Page 3.
#[derive(Debug, Clone)]
pub struct AlertBoard {
    /// Most urgent first.
    pub firing: Vec<(Severity, usize)>,
    /// Newest first.
    pub recent: Vec<Happened>,
    /// When this was true.
    pub at: Timestamp,
}

impl Guard {
    /// Page 1.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn system_health(&self, facts: &Facts) -> Result<SystemHealth, StoreError> {
        let (store, at) = (&self.parts.store, self.parts.clock.now());
        let status = self.status().await?;
        let newest = store.list_halts(None, 1).await?.pop();
        let since = newest.map_or(Timestamp::EPOCH, |halt| halt.halt.at);
        let reported = store.find_first_report(since).await?;
        let is_halted = !status.halted.is_empty();
        let last = status.last.as_ref();
        Ok(SystemHealth {
            balances: last.map(|last| balances(last, facts)).unwrap_or_default(),
            relayer: status.condition,
            uptime: reported.filter(|_| !is_halted).map(|reported| at.since(reported)),
            totals: store.list_operation_totals().await?.into_iter().map(|total| (total.kind.clone(), total)).collect(),
            dependencies: dependencies(last),
            at,
        })
    }

    /// Page 2: index cycle, batch creation, execution latency, confirmation depth, proof success, RPC success.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn performance(&self) -> Result<(Vec<Measure>, Timestamp), StoreError> {
        let (store, at) = (&self.parts.store, self.parts.clock.now());
        let sums = store.sum_operations(earlier(at, WINDOW)).await?;
        let last = store.list_judged(None, None, 1).await?.pop();
        let evidence = match &last {
            Some(last) => store.find_verdict(last.id).await?.and_then(|row| decode(EVIDENCE, &row.evidence).ok()),
            None => None,
        };
        Ok((measures(&sums, evidence.as_ref().and_then(depth)), at))
    }

    /// Page 3.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn alert_board(&self, alarms: &Alarms) -> Result<AlertBoard, StoreError> {
        let firing = alarms.list_firing();
        let count = |severity| firing.iter().filter(|one| one.alert.severity == severity).count();
        Ok(AlertBoard {
            firing: Severity::ALL.into_iter().map(|severity| (severity, count(severity))).collect(),
            recent: self.list_events(None, EVENTS).await?,
            at: self.parts.clock.now(),
        })
    }
}

/// Per asset: the custody balance where there is one, because its sides are the books' word and the chain's; else the
/// first one.
fn balances(last: &Judged, facts: &Facts) -> Vec<AssetBalance> {
    let mut found: Vec<AssetBalance> = Vec::new();
    for equation in &last.rules.equations {
        if found.iter().any(|known| known.asset == equation.asset) {
            continue;
        }
        let own: Vec<&Equation> = last.rules.equations.iter().filter(|other| other.asset == equation.asset).collect();
        let told = own.iter().find(|one| one.name.as_str() == "custody").copied().unwrap_or(equation);
        let balance = of(last, told);
        let all: Option<Vec<bool>> = own.iter().map(|one| of(last, one).and_then(|one| one.holds)).collect();
        let broken = own.iter().any(|one| of(last, one).is_some_and(|one| one.holds == Some(false)));
        found.push(AssetBalance {
            asset: equation.asset.clone(),
            decimals: facts.decimals.get(&equation.asset).copied().unwrap_or_default(),
            books: balance.and_then(|balance| sum(&told.left, balance)),
            chain: balance.and_then(|balance| sum(&told.right, balance)),
            delta: balance.and_then(|balance| balance.delta),
            holds: if broken { Some(false) } else { all.map(|_| true) },
        });
    }
    found
}

fn of<'a>(last: &'a Judged, equation: &Equation) -> Option<&'a Balance> {
    let is_its = |balance: &&Balance| balance.name == equation.name && balance.asset == equation.asset;
    last.evaluation.balances.iter().find(is_its)
}

fn sum(terms: &[Term], balance: &Balance) -> Option<Quantity> {
    terms.iter().try_fold(Quantity::ZERO, |sum, term| {
        let (_, value) = balance.terms.iter().find(|(name, _)| *name == term.name)?;
        sum.plus((*value)?.times(term.coefficient)?)
    })
}

/// As of the newest verdict, which is the same on every replica.
fn dependencies(last: Option<&Judged>) -> Vec<Dependency> {
    let mut found = vec![dependency("database", "up", String::new())];
    let Some(last) = last else {
        found.push(dependency("books", "unknown", "nothing was evaluated yet".to_owned()));
        return found;
    };
    let gap = last.evaluation.gaps.iter().find(|gap| gap.reason == Reason::DatabaseUnreadable);
    found.push(match gap {
        Some(gap) => dependency("books", "down", gap.detail.clone()),
        None => dependency("books", "up", String::new()),
    });
    let chains = last.evaluation.chains.iter().map(|standing| {
        let (state, detail) = chain(last, standing);
        dependency(&format!("chain:{}", standing.chain), state, detail)
    });
    found.extend(chains);
    found
}

fn chain(last: &Judged, standing: &ChainStanding) -> (&'static str, String) {
    let Some(mark) = standing.watermark else {
        let gap = last.evaluation.gaps.iter().find(|gap| gap.subject == standing.chain.as_str());
        return ("down", gap.map(|gap| gap.detail.clone()).unwrap_or_default());
    };
    let detail = format!("read at block {} by {} endpoints", mark.height, standing.voters.len());
    if standing.dissenters.is_empty() {
        return ("up", detail);
    }
    ("degraded", format!("{detail}, {} of them say something else", standing.dissenters.len()))
}

fn dependency(name: &str, state: &'static str, detail: String) -> Dependency {
    Dependency { name: name.to_owned(), state, detail }
}

/// How deep the shallowest chain was read below its head: by the lowest head that an endpoint named.
fn depth(evidence: &Evidence) -> Option<u64> {
    let Seen::Known(Books { watermarks, .. }) = &evidence.books else { return None };
    let depths = watermarks.iter().filter_map(|(chain, mark)| {
        let heads = evidence.chains.get(chain)?.iter().filter_map(|answer| match &answer.said {
            Said::Reading { head, .. } => Some(*head),
            Said::Nothing(_) => None,
        });
        heads.min().map(|head| head.saturating_sub(mark.height))
    });
    depths.min()
}

fn measures(sums: &[OperationSum], depth: Option<u64>) -> Vec<Measure> {
    let of = |kind: &str| sums.iter().find(|sum| sum.kind == kind);
    let p95 = |kind| of(kind).and_then(|sum| sum.p95);
    let rate = |kind| {
        of(kind).map_or(Rate { good: 0, all: 0 }, |sum| Rate { good: sum.good, all: sum.good.saturating_add(sum.bad) })
    };
    let latency = |name, kind, limit: u64, target| Measure {
        name,
        value: p95(kind).map(millis),
        unit: "ms",
        target,
        standing: target::under(p95(kind), Duration::from_millis(limit)),
    };
    let share = |name, rate: Rate, standing, target| Measure {
        name,
        value: rate.ppm().map(percent),
        unit: "percent",
        target,
        standing,
    };
    let (proofs, calls) = (rate("proof_verified"), rate("chain_call"));
    vec![
        latency("index_cycle", "index_cycle", 100, "< 100"),
        latency("batch_creation", "batch_created", 50, "< 50"),
        latency("execution_latency", "broadcast", 500, "< 500"),
        Measure {
            name: "confirmation_depth",
            value: depth.map(|depth| depth.to_string()),
            unit: "blocks",
            target: ">= 10",
            standing: target::at_least(depth, 10),
        },
        share("proof_success", proofs, target::proof_success(proofs), "> 99.9"),
        share("rpc_success", calls, target::rpc_success(calls), "> 99"),
    ]
}

/// Microseconds as milliseconds with three decimals.
fn millis(duration: Duration) -> String {
    let micros = duration.as_micros();
    format!("{}.{:03}", micros / 1_000, micros % 1_000)
}

/// Parts per million as percent with four decimals.
fn percent(ppm: u32) -> String {
    format!("{}.{:04}", ppm / 10_000, ppm % 10_000)
}

fn earlier(at: Timestamp, span: Duration) -> Timestamp {
    let span = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(at.as_millis().saturating_sub(span)).unwrap_or(Timestamp::EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum_of(kind: &str, good: u64, bad: u64, micros: u64) -> OperationSum {
        let p95 = Some(Duration::from_micros(micros));
        OperationSum { kind: kind.to_owned(), good, bad, things: good, gas_misses: 0, p95 }
    }

    #[test]
    fn grd_11_six_figures_stand_with_their_targets_in_the_operators_order() {
        let sums =
            [sum_of("index_cycle", 10, 0, 99_999), sum_of("broadcast", 3, 0, 500_000), sum_of("chain_call", 99, 1, 1)];
        let told = measures(&sums, Some(9));
        let names: Vec<_> = told.iter().map(|measure| measure.name).collect();
        let order = [
            "index_cycle",
            "batch_creation",
            "execution_latency",
            "confirmation_depth",
            "proof_success",
            "rpc_success",
        ];
        assert_eq!(names, order);
        let standings: Vec<_> = told.iter().map(|measure| measure.standing).collect();
        use Standing::{Met, Missed, Unknown};
        assert_eq!(standings, [Met, Unknown, Missed, Missed, Unknown, Missed], "99 % is not more than 99 %");
        let values: Vec<_> = told.iter().map(|measure| measure.value.as_deref()).collect();
        assert_eq!(values, [Some("99.999"), None, Some("500.000"), Some("9"), None, Some("99.0000")]);
    }
}
