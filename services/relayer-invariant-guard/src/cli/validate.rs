//! `validate-invariant`: what an evaluation would say now.
//!
//! Exit code 0: everything was read and everything holds. 1: something does not hold. 4: it could not be found out, which
//! is never to be read as valid.

use std::fmt::Write as _;

use causeway_runtime::process::Failure;
use causeway_service::cli::print;

use crate::{
    config::Config,
    domain::evaluate::{Evaluation, Verdict},
    serve,
};

/// The lines above say what does not hold.
#[derive(Debug, thiserror::Error)]
#[error("INVARIANT VIOLATED: {0} findings")]
struct Violated(usize);

/// The lines above say what is not known.
#[derive(Debug, thiserror::Error)]
#[error("INVARIANT NOT KNOWN: {0} gaps")]
struct Unknown(usize);

pub(super) async fn run(config: &Config) -> Result<(), Failure> {
    let guard = serve::examiner(config).await?;
    let evaluation = guard.examine().await.map_err(Failure::new)?;
    print(&as_text(&evaluation));
    match evaluation.verdict {
        Verdict::Pass => Ok(()),
        Verdict::Violation { .. } => Err(Failure::new(Violated(evaluation.findings.len()))),
        Verdict::Indeterminate { .. } => Err(Failure::undetermined(Unknown(evaluation.gaps.len()))),
    }
}

fn as_text(evaluation: &Evaluation) -> String {
    let mut text = String::new();
    // Writing to a text does not fail.
    if evaluation.verdict == Verdict::Pass {
        text.push_str("INVARIANT VALID\n");
    }
    for finding in &evaluation.findings {
        let tier = finding.consequence.tier;
        let _ = writeln!(
            text,
            "{} {} ({tier}, {}) {}: {}",
            finding.code, finding.detail, finding.consequence.mode, finding.subject, finding.summary
        );
    }
    for gap in &evaluation.gaps {
        let _ = writeln!(text, "{} {}: {}", gap.reason, gap.subject, gap.detail);
    }
    text
}
