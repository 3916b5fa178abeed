//! Three things are called nonce, and each is checked as what it is: the account's, the contract's message number, and
//! the set of consumed messages (which is in `proof`). The chain's number is a floor: it is never the books that decide.

use super::{
    evidence::{AccountRow, Books, MessageRow},
    figures::Chains,
    finding::{Code, Consequence, Detail, Finding, Gap, Outcome, Reason},
    name::Name,
    quorum::Agreed,
    rules::Rules,
};

/// Judges the nonces of a cut.
pub fn judge(rules: &Rules, books: &Books, chains: &Chains<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for account in &books.accounts {
        if let Some(Ok(chain)) = chains.get(&account.chain) {
            outcome.absorb(judge_account(rules, account, chain));
        }
    }
    for messages in &books.messages {
        if let Some(Ok(chain)) = chains.get(&messages.chain) {
            outcome.absorb(judge_messages(rules, messages, chain));
        }
    }
    outcome
}

fn find(consequence: Consequence, detail: Detail, subject: String, summary: String) -> Finding {
    Finding { consequence, code: Code::NonceDesync, detail, check: Name::literal("nonces"), subject, summary }
}

fn judge_account(rules: &Rules, account: &AccountRow, chain: &Agreed<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let subject = format!("{} on {}", account.address, account.chain);
    let halting = rules.consequence(Code::NonceDesync);
    let Some(mined) = chain.reading.nonces.get(&account.address).copied() else {
        outcome.gaps.push(Gap::new(Reason::TermMissing, subject, "its nonce was not read"));
        return outcome;
    };
    if account.next < mined {
        let summary = format!("the chain counts {mined} transactions, the books expect {}", account.next);
        outcome.findings.push(find(halting, Detail::ForeignSpendOrRollback, subject.clone(), summary));
    }
    if let Some(pending) = chain.pending.get(&account.address).copied().filter(|pending| *pending > account.next) {
        let summary = format!("the mempool counts {pending} transactions, the books expect {}", account.next);
        outcome.findings.push(find(halting, Detail::KeyMisuse, subject.clone(), summary));
    }
    for (slot, age) in account.gaps.range(mined..) {
        let summary = format!("nonce {slot} belongs to no transaction for {age} ms");
        if *age > rules.nonces.limit_ms {
            outcome.findings.push(find(halting, Detail::SlotGap, subject.clone(), summary));
        } else if *age > rules.nonces.settle_ms {
            outcome.findings.push(find(Consequence::alert(), Detail::SlotGap, subject.clone(), summary));
        }
    }
    outcome
}

fn judge_messages(rules: &Rules, messages: &MessageRow, chain: &Agreed<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let subject = format!("{} on {}", messages.contract, messages.chain);
    let halting = rules.consequence(Code::NonceDesync);
    let Some(counted) = chain.reading.counters.get(&messages.contract).copied() else {
        outcome.gaps.push(Gap::new(Reason::TermMissing, subject, "its counter was not read"));
        return outcome;
    };
    let expected = messages.highest.map_or(messages.first, |highest| highest.saturating_add(1));
    let detail = match counted.cmp(&expected) {
        std::cmp::Ordering::Greater => Some(Detail::MissedEvent),
        std::cmp::Ordering::Less => Some(Detail::InventedEvent),
        std::cmp::Ordering::Equal => None,
    };
    if let Some(detail) = detail {
        let summary = format!("the contract's next message is {counted}, the books expect {expected}");
        outcome.findings.push(find(halting, detail, subject.clone(), summary));
    }
    let span = expected.saturating_sub(messages.first);
    if messages.distinct != span || messages.rows != messages.distinct {
        let MessageRow { first, rows, distinct, .. } = messages;
        let summary =
            format!("from {first} on {span} messages are expected, there are {rows} rows of {distinct} numbers");
        outcome.findings.push(find(halting, Detail::NotContiguous, subject, summary));
    }
    outcome
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use causeway_primitives::Address;

    use super::*;
    use crate::domain::{
        evidence::{Reading, Watermark},
        rules::NonceRule,
    };

    const SIGNER: Address = Address::repeat_byte(1);
    const CONTRACT: Address = Address::repeat_byte(2);

    fn details(
        account: Option<AccountRow>,
        messages: Option<MessageRow>,
        mined: u64,
        pending: u64,
        counted: u64,
    ) -> Vec<(Detail, bool)> {
        let nonces = BTreeMap::from([(SIGNER, mined)]);
        let reading = Reading { nonces, counters: BTreeMap::from([(CONTRACT, counted)]), ..Reading::default() };
        let watermark = Watermark { height: 1, hash: reading.hash };
        let agreed = Agreed {
            reading: &reading,
            watermark,
            head: 1,
            pending: BTreeMap::from([(SIGNER, pending)]),
            voters: BTreeSet::new(),
            dissenters: BTreeSet::new(),
        };
        let chains = Chains::from([("home".parse().unwrap(), Ok(agreed))]);
        let books = Books {
            accounts: account.into_iter().collect(),
            messages: messages.into_iter().collect(),
            ..Books::default()
        };
        let rules = Rules { nonces: NonceRule { settle_ms: 2_000, limit_ms: 60_000 }, ..Rules::default() };
        let outcome = judge(&rules, &books, &chains);
        outcome.findings.iter().map(|finding| (finding.detail, finding.consequence.halts())).collect()
    }

    fn account(next: u64, gaps: &[(u64, u64)]) -> Option<AccountRow> {
        let gaps = gaps.iter().copied().collect();
        Some(AccountRow { chain: "home".parse().unwrap(), address: SIGNER, next, gaps })
    }

    fn messages(first: u64, highest: Option<u64>, distinct: u64, rows: u64) -> Option<MessageRow> {
        Some(MessageRow { chain: "home".parse().unwrap(), contract: CONTRACT, first, highest, distinct, rows })
    }

    #[test]
    fn grd_1_an_account_s_nonce_may_run_ahead_of_the_chain_and_never_behind_it() {
        assert_eq!(details(account(7, &[]), None, 5, 7, 0), []);
        assert_eq!(details(account(7, &[]), None, 8, 8, 0).first(), Some(&(Detail::ForeignSpendOrRollback, true)));
        assert_eq!(details(account(7, &[]), None, 7, 8, 0), [(Detail::KeyMisuse, true)]);
    }

    #[test]
    fn grd_1_a_nonce_gap_settles_then_alerts_then_halts() {
        assert_eq!(details(account(7, &[(5, 2_000)]), None, 5, 5, 0), []);
        assert_eq!(details(account(7, &[(5, 2_001)]), None, 5, 5, 0), [(Detail::SlotGap, false)]);
        assert_eq!(details(account(7, &[(5, 60_001)]), None, 5, 5, 0), [(Detail::SlotGap, true)]);
        assert_eq!(details(account(7, &[(4, 60_001)]), None, 5, 5, 0), [], "the chain has passed it");
    }

    #[test]
    fn grd_1_the_contract_s_own_count_of_messages_must_be_the_books() {
        assert_eq!(details(None, messages(1, Some(4), 4, 4), 0, 0, 5), []);
        assert_eq!(details(None, messages(1, None, 0, 0), 0, 0, 1), [], "before the first message");
        assert_eq!(details(None, messages(1, Some(4), 4, 4), 0, 0, 6), [(Detail::MissedEvent, true)]);
        assert_eq!(details(None, messages(1, Some(4), 4, 4), 0, 0, 4), [(Detail::InventedEvent, true)]);
        assert_eq!(details(None, messages(1, Some(4), 3, 3), 0, 0, 5), [(Detail::NotContiguous, true)]);
        assert_eq!(details(None, messages(1, Some(4), 4, 5), 0, 0, 5), [(Detail::NotContiguous, true)], "a row twice");
    }
}
