//! What a chain says when its endpoints are asked together: k independent operators that agree on the block's hash and on
//! every value at it, or nothing. Whoever was up is not evidence.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::{Address, ChainName};

use super::{
    evidence::{Answer, Reading, Said, Watermark},
    finding::{Gap, Reason},
    name::Name,
    rules::ChainRule,
};

/// What the quorum says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed<'a> {
    /// The chain at its watermark.
    pub reading: &'a Reading,
    /// Where that is.
    pub watermark: Watermark,
    /// The highest block that the quorum has reached.
    pub head: u64,
    /// The highest pending nonces that the quorum has seen.
    pub pending: BTreeMap<Address, u64>,
    /// Who agrees.
    pub voters: BTreeSet<Name>,
    /// Who says something else: worth an alert with its name, not a veto.
    pub dissenters: BTreeSet<Name>,
}

/// What the endpoints say about the chain at this watermark. The order of the answers does not matter.
///
/// # Errors
/// The [`Gap`] when they do not make evidence.
pub fn agree<'a>(
    chain: &ChainName,
    rule: ChainRule,
    watermark: Option<Watermark>,
    answers: &'a [Answer],
) -> Result<Agreed<'a>, Gap> {
    let gap = |reason, detail: String| Gap::new(reason, chain.as_str(), detail);
    let missing = || gap(Reason::WatermarkMissing, "the books do not say up to where they know this chain".to_owned());
    let watermark = watermark.ok_or_else(missing)?;
    let camp = winner(rule.quorum.max(1), answers).map_err(|(reason, detail)| gap(reason, detail))?;
    if camp.reading.hash != watermark.hash {
        let detail = format!("block {} is {}, the books have {}", watermark.height, camp.reading.hash, watermark.hash);
        return Err(gap(Reason::WatermarkOrphaned, detail));
    }
    let heights = |of: fn(&Said) -> Option<u64>| {
        let said = answers.iter().filter_map(|answer| Some((&answer.operator, of(&answer.said)?)));
        reached(rule.quorum, said).unwrap_or_default()
    };
    let (head, last_final) = (heights(head_of), heights(final_of));
    if watermark.height > last_final {
        let detail = format!("the books are at {}, final is {last_final}", watermark.height);
        return Err(gap(Reason::WatermarkNotFinal, detail));
    }
    if head.saturating_sub(watermark.height) > rule.max_lag {
        let detail = format!("the books are at {}, the head is {head}, {} are allowed", watermark.height, rule.max_lag);
        return Err(gap(Reason::WatermarkBehind, detail));
    }
    let dissenters = dissenters(answers, camp.reading);
    Ok(Agreed {
        reading: camp.reading,
        watermark,
        head,
        pending: pending(rule, answers),
        voters: camp.voters,
        dissenters,
    })
}

/// Those who say the same.
struct Camp<'a> {
    reading: &'a Reading,
    voters: BTreeSet<Name>,
    operators: BTreeSet<&'a Name>,
}

/// The one camp that has the quorum, if no other has it too.
fn winner(quorum: u32, answers: &[Answer]) -> Result<Camp<'_>, (Reason, String)> {
    let mut camps: Vec<Camp<'_>> = Vec::new();
    for answer in answers {
        let Said::Reading { reading, .. } = &answer.said else { continue };
        let index = camps.iter().position(|camp| camp.reading == reading);
        match index.and_then(|index| camps.get_mut(index)) {
            Some(camp) => {
                camp.voters.insert(answer.endpoint.clone());
                camp.operators.insert(&answer.operator);
            }
            None => camps.push(Camp {
                reading,
                voters: BTreeSet::from([answer.endpoint.clone()]),
                operators: BTreeSet::from([&answer.operator]),
            }),
        }
    }
    let strong = |camp: &Camp<'_>| u32::try_from(camp.operators.len()).unwrap_or(u32::MAX) >= quorum;
    let told: BTreeSet<String> = camps.iter().map(|camp| list(&camp.voters)).collect();
    let told = told.into_iter().collect::<Vec<_>>().join(" against ");
    let several = camps.len() > 1;
    let mut with_quorum = camps.into_iter().filter(strong);
    match (with_quorum.next(), with_quorum.next()) {
        (Some(camp), None) => Ok(camp),
        (Some(_), Some(_)) => Err((Reason::EndpointsDisagree, told)),
        (None, _) if several => Err((Reason::EndpointsDisagree, told)),
        (None, _) => {
            let silent: BTreeSet<Name> =
                answers.iter().filter(|one| is_silent(one)).map(|one| one.endpoint.clone()).collect();
            Err((Reason::NoQuorum, format!("{quorum} must agree; answered: [{told}], silent: [{}]", list(&silent))))
        }
    }
}

fn is_silent(answer: &Answer) -> bool {
    match answer.said {
        Said::Reading { .. } => false,
        Said::Nothing(_) => true,
    }
}

fn list(names: &BTreeSet<Name>) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

const fn head_of(said: &Said) -> Option<u64> {
    match said {
        Said::Reading { head, .. } => Some(*head),
        Said::Nothing(_) => None,
    }
}

const fn final_of(said: &Said) -> Option<u64> {
    match said {
        Said::Reading { final_height, .. } => Some(*final_height),
        Said::Nothing(_) => None,
    }
}

/// The highest number that at least the quorum of operators has reached: the k-th highest of the operators' highest.
fn reached<'a>(quorum: u32, said: impl Iterator<Item = (&'a Name, u64)>) -> Option<u64> {
    let mut highest: BTreeMap<&Name, u64> = BTreeMap::new();
    for (operator, number) in said {
        highest.entry(operator).and_modify(|known| *known = number.max(*known)).or_insert(number);
    }
    let mut numbers: Vec<u64> = highest.into_values().collect();
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    numbers.get(usize::try_from(quorum.saturating_sub(1)).ok()?).copied()
}

fn pending(rule: ChainRule, answers: &[Answer]) -> BTreeMap<Address, u64> {
    let mut said: BTreeMap<Address, Vec<(&Name, u64)>> = BTreeMap::new();
    for answer in answers {
        if let Said::Reading { pending, .. } = &answer.said {
            for (address, nonce) in pending {
                said.entry(*address).or_default().push((&answer.operator, *nonce));
            }
        }
    }
    said.into_iter()
        .filter_map(|(address, nonces)| Some((address, reached(rule.quorum, nonces.into_iter())?)))
        .collect()
}

fn dissenters(answers: &[Answer], agreed: &Reading) -> BTreeSet<Name> {
    let dissents = |answer: &&Answer| match &answer.said {
        Said::Reading { reading, .. } => reading != agreed,
        Said::Nothing(_) => false,
    };
    answers.iter().filter(dissents).map(|answer| answer.endpoint.clone()).collect()
}

#[cfg(test)]
mod tests {
    use causeway_primitives::B256;

    use super::*;

    const RULE: ChainRule = ChainRule { quorum: 2, max_lag: 100, first_block: 0 };
    const AT: Watermark = Watermark { height: 10, hash: B256::repeat_byte(1) };

    fn answer(endpoint: &str, operator: &str, hash: u8, head: u64) -> Answer {
        let reading = Reading { hash: B256::repeat_byte(hash), ..Reading::default() };
        let said = Said::Reading { head, final_height: head, pending: BTreeMap::new(), reading };
        Answer { endpoint: endpoint.parse().unwrap(), operator: operator.parse().unwrap(), said }
    }

    fn silent(endpoint: &str) -> Answer {
        let said = Said::Nothing(Gap::new(Reason::NoQuorum, endpoint, "timeout"));
        Answer { endpoint: endpoint.parse().unwrap(), operator: endpoint.parse().unwrap(), said }
    }

    fn judged(answers: &[Answer]) -> Result<Agreed<'_>, Reason> {
        agree(&"home".parse().unwrap(), RULE, Some(AT), answers).map_err(|gap| gap.reason)
    }

    #[test]
    fn grd_14_a_lying_minority_is_named_and_has_no_say() {
        let answers = [answer("a", "a", 1, 20), answer("b", "b", 2, 99), answer("c", "c", 1, 20)];
        let agreed = judged(&answers).unwrap();
        assert_eq!(list(&agreed.voters), "a, c");
        assert_eq!(list(&agreed.dissenters), "b");
        assert_eq!(agreed.head, 20, "nor on how far the chain is");
    }

    #[test]
    fn grd_14_two_endpoints_of_one_operator_are_one_voice() {
        let answers = [answer("a-1", "a", 1, 20), answer("a-2", "a", 1, 20), silent("b")];
        assert_eq!(judged(&answers), Err(Reason::NoQuorum));
    }

    #[test]
    fn grd_14_whoever_is_up_is_not_evidence() {
        assert_eq!(judged(&[answer("a", "a", 1, 20), silent("b"), silent("c")]), Err(Reason::NoQuorum));
        assert_eq!(judged(&[]), Err(Reason::NoQuorum));
    }

    #[test]
    fn grd_14_contradiction_without_a_sole_quorum_is_disagreement() {
        assert_eq!(judged(&[answer("a", "a", 1, 20), answer("b", "b", 2, 20)]), Err(Reason::EndpointsDisagree));
        let even: Vec<_> = [("a", 1), ("b", 1), ("c", 2), ("d", 2)].map(|(n, h)| answer(n, n, h, 20)).into();
        assert_eq!(judged(&even), Err(Reason::EndpointsDisagree));
    }

    #[test]
    fn grd_14_books_on_another_fork_ahead_of_finality_or_far_behind_are_no_cut() {
        let fork = [answer("a", "a", 2, 20), answer("b", "b", 2, 20)];
        assert_eq!(judged(&fork), Err(Reason::WatermarkOrphaned));
        let early = [answer("a", "a", 1, 9), answer("b", "b", 1, 20)];
        assert_eq!(judged(&early), Err(Reason::WatermarkNotFinal));
        let far = [answer("a", "a", 1, 111), answer("b", "b", 1, 111)];
        assert_eq!(judged(&far), Err(Reason::WatermarkBehind));
        let none = agree(&"home".parse().unwrap(), RULE, None, &fork).unwrap_err();
        assert_eq!(none.reason, Reason::WatermarkMissing);
    }
}
