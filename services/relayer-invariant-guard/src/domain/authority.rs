//! Who may do what: owners, implementations, keepers. At Poly in 2021 the keeper was replaced before anything was taken:
//! this is the one check that can fire before a loss.

use super::{
    evidence::Approved,
    figures::Chains,
    finding::{Code, Detail, Finding, Gap, Outcome, Reason},
    name::Name,
    rules::Rules,
};

/// Judges the slots of a cut.
pub fn judge(rules: &Rules, approved: &Approved, chains: &Chains<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for (slot, rule) in &rules.slots {
        let Some(Ok(chain)) = chains.get(&rule.chain) else { continue };
        match chain.reading.slots.get(slot) {
            None => outcome.gaps.push(Gap::new(Reason::TermMissing, slot.as_str(), "the slot was not read")),
            Some(value) if *value == rule.value || approved.slots.contains(&(slot.clone(), *value)) => {}
            Some(value) => outcome.findings.push(Finding {
                consequence: rules.consequence(Code::AuthorityChanged),
                code: Code::AuthorityChanged,
                detail: Detail::SlotChanged,
                check: Name::literal("authority"),
                subject: slot.to_string(),
                summary: format!("{slot} on {} is {value}, it must be {}", rule.chain, rule.value),
            }),
        }
    }
    outcome
}
