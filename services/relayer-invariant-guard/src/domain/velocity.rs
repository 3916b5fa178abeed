//! How fast value may leave: a cap bounds what the first theft takes, however it is done.

use causeway_primitives::{AssetId, U256};

use super::{
    evidence::Books,
    figures::Chains,
    finding::{Code, Detail, Finding, Gap, Outcome, Reason},
    name::Name,
    preset::terms,
    quantity::Quantity,
    rules::Rules,
};

/// A cap on what leaves within a window of blocks. Absolute and relative ones catch different thieves: a tenth of a large
/// vault is a fortune, all of a small one is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cap {
    /// The asset.
    pub asset: AssetId,
    /// The window, as the books' part of the evidence names its sum.
    pub window: Name,
    /// At most so much, in base units.
    pub amount: Option<U256>,
    /// At most such a part of what was in custody before it left, in parts per million.
    pub share_ppm: Option<u32>,
}

/// Judges the outflows of a cut.
pub fn judge(rules: &Rules, books: &Books, chains: &Chains<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for cap in &rules.velocity {
        let subject = format!("{} in {}", cap.asset, cap.window);
        let Some(left) = books.outflows.get(&(cap.asset.clone(), cap.window.clone())).copied() else {
            outcome.gaps.push(Gap::new(Reason::TermMissing, subject, "the outflow was not summed"));
            continue;
        };
        let mut over = |detail, summary| {
            outcome.findings.push(Finding {
                consequence: rules.consequence(Code::VelocityExceeded),
                code: Code::VelocityExceeded,
                detail,
                check: Name::literal("velocity"),
                subject: subject.clone(),
                summary,
            });
        };
        if let Some(most) = cap.amount.filter(|most| left > *most) {
            over(Detail::OverAmount, format!("{left} left, {most} may"));
        }
        if let (Some(share), Some(held)) = (cap.share_ppm, custody(rules, &cap.asset, chains))
            && exceeds_share(left, held, share)
        {
            over(Detail::OverShare, format!("{left} of {left} + {held} left, {share} ppm may"));
        }
    }
    outcome
}

/// What is in custody now. Not known is no gap of this check: the custody equation says so itself.
fn custody(rules: &Rules, asset: &AssetId, chains: &Chains<'_>) -> Option<U256> {
    let route = rules.routes.get(asset)?;
    let chain = chains.get(&route.home)?.as_ref().ok()?;
    chain.reading.values.get(&(asset.clone(), Name::literal(terms::CUSTODY))).copied()
}

/// `left × 10⁶ > (left + held) × ppm`, in 512 bits.
fn exceeds_share(left: U256, held: U256, ppm: u32) -> bool {
    let (left, held) = (Quantity::from(left), Quantity::from(held));
    let (Some(part), Some(whole)) = (left.times(1_000_000), left.plus(held)) else { return true };
    let Some(most) = i32::try_from(ppm).ok().and_then(|ppm| whole.times(ppm)) else { return false };
    part > most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_of_what_was_there_before() {
        let of = |units: u64| U256::from(units);
        assert!(!exceeds_share(of(100), of(900), 100_000), "exactly a tenth");
        assert!(exceeds_share(of(101), of(899), 100_000));
        assert!(exceeds_share(of(1), of(0), 999_999));
        assert!(!exceeds_share(U256::MAX, U256::MAX, 500_000), "half of the largest numbers");
        assert!(!exceeds_share(of(0), of(0), 0));
    }

    #[test]
    fn grd_15_an_outflow_over_its_cap_halts_and_one_that_was_not_summed_is_unknown() {
        let (asset, window): (AssetId, Name) = ("sigil".parse().unwrap(), "day".parse().unwrap());
        let cap = Cap { asset: asset.clone(), window: window.clone(), amount: Some(U256::from(10)), share_ppm: None };
        let rules = Rules { velocity: vec![cap], ..Rules::default() };
        let judged = |left: Option<u64>| {
            let outflows = left.map(|left| ((asset.clone(), window.clone()), U256::from(left))).into_iter().collect();
            judge(&rules, &Books { outflows, ..Books::default() }, &Chains::new())
        };
        assert_eq!(judged(Some(10)), Outcome::default());
        assert_eq!(judged(Some(11)).findings[0].detail, Detail::OverAmount);
        assert_eq!(judged(None).gaps[0].reason, Reason::TermMissing);
    }
}
