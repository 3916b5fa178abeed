//! The verdict. The service's sweep, `replay` and the back-test all call [`evaluate`] and nothing beneath it, so that what
//! is replayed is what ran.
//!
//! A violation halts at once: the noise is kept out by the standard of evidence and not by waiting. What falls short of
//! that standard is Indeterminate, which renews nothing and halts nothing.

use std::collections::BTreeSet;

use causeway_primitives::{AssetId, ChainName, Scope};

use super::{
    authority, batch,
    checkpoint::{self, Checkpoint},
    equation::{Equation, Standing},
    evidence::{Books, Evidence, Seen, Watermark},
    figures::{Chains, Figures},
    finding::{Code, Detail, Finding, Gap, Outcome, Reason},
    matching::{self, Matched, Pairing},
    name::Name,
    nonce, proof,
    quantity::{Quantity, Tolerance},
    quorum, recount,
    rules::Rules,
    velocity,
};

/// What the evidence says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was read and everything holds. Only this renews a lease.
    Pass,
    /// Something does not hold that halts.
    Violation {
        /// The family of the first finding that halts.
        code: Code,
        /// Its case: the direction, for a balance.
        detail: Detail,
        /// What all findings together halt.
        scopes: BTreeSet<Scope>,
    },
    /// It could not be found out.
    Indeterminate {
        /// Why: the first gap.
        reason: Reason,
    },
}

/// One balance with its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The equation.
    pub name: Name,
    /// Its asset.
    pub asset: AssetId,
    /// left − right; `None` where it is not known.
    pub delta: Option<Quantity>,
    /// The value of each term, left then right, as far as they are known.
    pub terms: Vec<(Name, Option<Quantity>)>,
    /// Whether it holds; `None` where it is not known.
    pub holds: Option<bool>,
}

/// Who said what about a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainStanding {
    /// The chain.
    pub chain: ChainName,
    /// Where it was read; `None` where no quorum stands.
    pub watermark: Option<Watermark>,
    /// Who agreed.
    pub voters: BTreeSet<Name>,
    /// Who said something else.
    pub dissenters: BTreeSet<Name>,
}

/// Everything that an evaluation results in. The same evidence and rules give the same, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// What it says.
    pub verdict: Verdict,
    /// What does not hold, what halts first; also what only alerts, is counted, or would have halted in shadow mode.
    pub findings: Vec<Finding>,
    /// What could not be found out.
    pub gaps: Vec<Gap>,
    /// The balances, in the order of the rules.
    pub balances: Vec<Balance>,
    /// The chains, by name.
    pub chains: Vec<ChainStanding>,
    /// Messages that are not over: the next evidence needs them.
    pub open: Vec<Pairing>,
    /// The next checkpoint; only a Pass has one.
    pub checkpoint: Option<Checkpoint>,
}

/// Evaluates a bridge once. Total: whatever the evidence is, this answers.
pub fn evaluate(rules: &Rules, evidence: &Evidence) -> Evaluation {
    match &evidence.books {
        Seen::Known(books) => with_books(rules, evidence, books),
        Seen::Missing(gap) => Evaluation {
            verdict: Verdict::Indeterminate { reason: gap.reason },
            findings: Vec::new(),
            gaps: vec![gap.clone()],
            balances: Vec::new(),
            chains: Vec::new(),
            open: evidence.ledger.clone(),
            checkpoint: None,
        },
    }
}

/// Every message that moved since the last Pass or was open at it, also those that are over: what people look at after a
/// halt. Empty where the books could not be read.
pub fn pairings(rules: &Rules, evidence: &Evidence) -> Vec<Pairing> {
    match &evidence.books {
        Seen::Known(books) => matching::judge(rules, &evidence.ledger, &chains(rules, evidence, books)).pairings,
        Seen::Missing(_) => Vec::new(),
    }
}

fn with_books(rules: &Rules, evidence: &Evidence, books: &Books) -> Evaluation {
    let chains = chains(rules, evidence, books);
    let Matched { outcome, in_flight, skewed, pairings } = matching::judge(rules, &evidence.ledger, &chains);
    let figures = Figures::new(evidence, books, &chains, in_flight);
    let (balances, of_equations) = balances(rules, &figures, &skewed);

    let mut all = unread(&chains);
    all.absorb(outcome);
    all.absorb(of_equations);
    all.absorb(batch::judge(rules, books));
    all.absorb(proof::judge(rules, evidence.checkpoint.as_ref(), books, &chains));
    all.absorb(nonce::judge(rules, books, &chains));
    all.absorb(authority::judge(rules, &evidence.approved, &chains));
    all.absorb(velocity::judge(rules, books, &chains));
    all.absorb(checkpoint::judge(rules, evidence.checkpoint.as_ref(), &evidence.approved, books, &chains));
    all.absorb(recount::judge(rules, evidence.checkpoint.as_ref(), &evidence.approved, books));

    let Outcome { mut findings, mut gaps } = all;
    findings.sort();
    findings.dedup();
    gaps.sort();
    gaps.dedup();
    let verdict = verdict(&findings, &gaps);
    let passed = evidence.checkpoint.as_ref().filter(|_| verdict == Verdict::Pass);
    Evaluation {
        checkpoint: passed.map(|before| before.succeeded_by(rules.hash(), books, &chains)),
        findings,
        gaps,
        balances,
        chains: standings(&chains),
        open: kept(pairings, &evidence.ledger, &verdict),
        verdict,
    }
}

/// What the next evidence needs of the messages. Where the checkpoint stays, the logs above it are read again: an effect among
/// them must find its cause below it, also when the message is over by now.
fn kept(pairings: Vec<Pairing>, ledger: &[Pairing], verdict: &Verdict) -> Vec<Pairing> {
    let known: BTreeSet<_> = ledger.iter().map(|pairing| (pairing.leg, pairing.id)).collect();
    let stays = *verdict != Verdict::Pass;
    let is_needed = |pairing: &Pairing| pairing.is_open() || (stays && known.contains(&(pairing.leg, pairing.id)));
    pairings.into_iter().filter(is_needed).collect()
}

fn verdict(findings: &[Finding], gaps: &[Gap]) -> Verdict {
    let mut halting = findings.iter().filter(|finding| finding.consequence.halts());
    match (halting.next(), gaps.first()) {
        (Some(first), _) => {
            let scopes = halting.chain([first]).map(|finding| finding.consequence.scope).collect();
            Verdict::Violation { code: first.code, detail: first.detail, scopes }
        }
        (None, Some(gap)) => Verdict::Indeterminate { reason: gap.reason },
        (None, None) => Verdict::Pass,
    }
}

fn chains<'a>(rules: &Rules, evidence: &'a Evidence, books: &Books) -> Chains<'a> {
    let agree = |chain: &ChainName, rule| match evidence.chains.get(chain) {
        Some(answers) => quorum::agree(chain, rule, books.watermarks.get(chain).copied(), answers),
        None => Err(Gap::new(Reason::ChainNotRead, chain.as_str(), "nobody was asked")),
    };
    rules.chains.iter().map(|(chain, rule)| (chain.clone(), agree(chain, *rule))).collect()
}

/// Every chain that has no quorum is a gap, whether or not an equation asks for it: its events are missing.
fn unread(chains: &Chains<'_>) -> Outcome {
    let gaps = chains.values().filter_map(|chain| chain.as_ref().err().cloned()).collect();
    Outcome { gaps, ..Outcome::default() }
}

fn standings(chains: &Chains<'_>) -> Vec<ChainStanding> {
    let standing = |(chain, agreed): (&ChainName, &Result<quorum::Agreed<'_>, Gap>)| match agreed {
        Ok(agreed) => ChainStanding {
            chain: chain.clone(),
            watermark: Some(agreed.watermark),
            voters: agreed.voters.clone(),
            dissenters: agreed.dissenters.clone(),
        },
        Err(_) => ChainStanding {
            chain: chain.clone(),
            watermark: None,
            voters: BTreeSet::new(),
            dissenters: BTreeSet::new(),
        },
    };
    chains.iter().map(standing).collect()
}

fn balances(rules: &Rules, figures: &Figures<'_>, skewed: &BTreeSet<AssetId>) -> (Vec<Balance>, Outcome) {
    let mut outcome = Outcome::default();
    let mut balances = Vec::new();
    for equation in &rules.equations {
        let standing = solve(equation, figures, skewed);
        match &standing {
            Standing::Holds { .. } => {}
            Standing::Broken { delta, side } => outcome.findings.push(Finding {
                consequence: side.consequence,
                code: Code::SupplyMismatch,
                detail: side.detail,
                check: equation.name.clone(),
                subject: equation.asset.to_string(),
                summary: told(equation, figures, *delta, side.tolerance),
            }),
            // What could not halt must not keep from passing either.
            Standing::Unknown(gap) if equation.is_required() => outcome.gaps.push(gap.clone()),
            Standing::Unknown(_) => {}
        }
        balances.push(balance(equation, figures, &standing));
    }
    (balances, outcome)
}

/// While an effect is visible whose cause is not, a sum over both chains is off by exactly that, and says nothing.
fn solve(equation: &Equation, figures: &Figures<'_>, skewed: &BTreeSet<AssetId>) -> Standing {
    if equation.spans_chains() && skewed.contains(&equation.asset) {
        let detail = format!("a message of {} is visible on one chain only", equation.asset);
        return Standing::Unknown(Gap::new(Reason::EffectBeforeCause, equation.name.as_str(), detail));
    }
    equation.solve(figures)
}

fn balance(equation: &Equation, figures: &Figures<'_>, standing: &Standing) -> Balance {
    let (delta, holds) = match standing {
        Standing::Holds { delta } => (Some(*delta), Some(true)),
        Standing::Broken { delta, .. } => (Some(*delta), Some(false)),
        Standing::Unknown(_) => (None, None),
    };
    let terms = equation.left.iter().chain(&equation.right);
    let terms = terms.map(|term| (term.name.clone(), figures.value(&equation.asset, term).ok())).collect();
    Balance { name: equation.name.clone(), asset: equation.asset.clone(), delta, terms, holds }
}

/// The breakdown of a balance, for the page and the report (GRD-7).
fn told(equation: &Equation, figures: &Figures<'_>, delta: Quantity, tolerance: Tolerance) -> String {
    let side = |terms: &[super::equation::Term]| {
        let words = terms.iter().map(|term| {
            let value = figures.value(&equation.asset, term).map_or_else(|_| "?".to_owned(), |value| value.to_string());
            format!("{:+} × {} ({value})", term.coefficient, term.name)
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let (left, right) = (side(&equation.left), side(&equation.right));
    let relation = equation.relation.as_str();
    format!("{left} {relation} {right} is off by {delta}, {} may be", tolerance.units())
}
