//! What names a business event, and whether it was seen before.
//!
//! A payment has several names: the UETR, the sender's own reference, its content. Each one is stored with the request, and
//! a second message that shares one is the same event, or one that claims to be and is not. `NOTPROVIDED` names nothing. A
//! sender's remark that he may have sent something before (PDE, PDM, `PssblDplct`) makes a candidate, not a duplicate.

use std::{fmt, str::FromStr};

use causeway_primitives::{B256, keccak256};

use super::actor::Actor;

/// What an end-to-end reference says when there is none (ISO 20022 usage guidelines; it identifies nothing).
const NO_REFERENCE: &str = "NOTPROVIDED";

/// Not one of the words for a role or a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such role or scheme")]
pub struct WordError;

/// What a message does for an event. One UETR is shared by a payment, its cover, its status and every hop: only within
/// one role does it name one thing. The role is the same in FIN and in ISO 20022, so that a payment that comes in both
/// is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A customer's payment between banks: MT103, pacs.008.
    CustomerTransfer,
    /// A bank's own payment: MT202, MT205, pacs.009.
    BankTransfer,
    /// A customer's order to his bank: pain.001.
    Initiation,
    /// Securities to be moved: MT540 to MT543, sese.023.
    Settlement,
    /// Securities that have moved: MT544 to MT547, sese.025.
    SettlementConfirmation,
}

impl Role {
    /// Every one of them.
    pub const EVERY: [Self; 5] =
        [Self::CustomerTransfer, Self::BankTransfer, Self::Initiation, Self::Settlement, Self::SettlementConfirmation];

    /// Row value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CustomerTransfer => "customer_transfer",
            Self::BankTransfer => "bank_transfer",
            Self::Initiation => "initiation",
            Self::Settlement => "settlement",
            Self::SettlementConfirmation => "settlement_confirmation",
        }
    }
}

impl FromStr for Role {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        Self::EVERY.into_iter().find(|role| role.as_str() == text).ok_or(WordError)
    }
}

/// How an event is named, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// The UETR within a role.
    Uetr,
    /// A caller's own business reference.
    Caller,
    /// The sender's reference (20, SEME, EndToEndId) with sender, role, value date and amount.
    Reference,
    /// What the message says, without what changes from one delivery to the next.
    Content,
}

impl Scheme {
    /// Every one of them.
    pub const EVERY: [Self; 4] = [Self::Uetr, Self::Caller, Self::Reference, Self::Content];

    /// Row value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uetr => "uetr",
            Self::Caller => "caller",
            Self::Reference => "reference",
            Self::Content => "content",
        }
    }
}

impl FromStr for Scheme {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        Self::EVERY.into_iter().find(|scheme| scheme.as_str() == text).ok_or(WordError)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One name of an event: its scheme, and a digest of what the scheme asks for. The digest keeps names, accounts and
/// references of customers out of indexes and off the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessKey {
    scheme: Scheme,
    digest: B256,
}

impl BusinessKey {
    /// A key that is known.
    pub const fn new(scheme: Scheme, digest: B256) -> Self {
        Self { scheme, digest }
    }

    /// By UETR, in small letters.
    pub fn uetr(role: Role, uetr: &str) -> Self {
        Self::of(Scheme::Uetr, &[role.as_str(), uetr])
    }

    /// By the reference that the sender gave; `None` for one that names nothing.
    pub fn sender(role: Role, sender: &str, reference: &str, value_date: &str, amount: &str) -> Option<Self> {
        let names = !reference.is_empty() && reference != NO_REFERENCE && !sender.is_empty();
        names.then(|| Self::of(Scheme::Reference, &[role.as_str(), sender, reference, value_date, amount]))
    }

    /// By what a caller of the API calls it.
    pub fn caller(caller: &Actor, reference: &str) -> Self {
        Self::of(Scheme::Caller, &[caller.as_str(), reference])
    }

    /// By what the message says: a digest of its content, and the position within it.
    pub fn content(digest: B256, position: u32) -> Self {
        Self::of(Scheme::Content, &[&digest.to_string(), &position.to_string()])
    }

    /// Each part is hashed before all are, so that no two lists of parts are one text.
    fn of(scheme: Scheme, parts: &[&str]) -> Self {
        let hashed: Vec<u8> = parts.iter().flat_map(|part| keccak256(part).0).collect();
        Self { scheme, digest: keccak256(hashed) }
    }

    /// How it names.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// What it names by.
    pub const fn digest(&self) -> B256 {
        self.digest
    }
}

/// Whether the sender himself says that this may be a repetition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// He says nothing.
    Plain,
    /// PDE, PDM or `PssblDplct`.
    PossibleDuplicate,
}

/// A stored request that shares a key with what came now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<R> {
    /// The request.
    pub request: R,
    /// The key that both have.
    pub scheme: Scheme,
    /// What its message said, as [`BusinessKey::content`] takes it.
    pub content: B256,
}

/// What a message is, seen beside what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Novelty<R> {
    /// Nobody has seen it.
    New,
    /// It is this request again, word for word: the stored answer is the answer.
    Same(R),
    /// It has a name of this request and says something else. Never carried out.
    Conflict(R, Scheme),
    /// It may be this request again, or another with the same reference: a person decides. `None`: the sender says so, and
    /// nothing but its content names it.
    Candidate(Option<R>),
}

/// Judges a message by the requests that share a key with it.
///
/// A UETR, or a caller's reference, that comes with other content is a conflict, because it names one event by definition.
/// A sender's reference is only as unique as its author makes it, so other content behind it makes a candidate. Without any
/// key but the content, a sender's own remark is all there is to go by.
pub fn novelty<R: Copy>(keys: &[BusinessKey], content: B256, delivery: Delivery, known: &[Known<R>]) -> Novelty<R> {
    if let Some(same) = known.iter().find(|known| known.content == content) {
        return Novelty::Same(same.request);
    }
    let strongest = known.iter().min_by_key(|known| known.scheme);
    match strongest.map(|known| (known.scheme, known.request)) {
        Some((scheme @ (Scheme::Uetr | Scheme::Caller), request)) => Novelty::Conflict(request, scheme),
        Some((Scheme::Reference | Scheme::Content, request)) => Novelty::Candidate(Some(request)),
        None => {
            let is_named = keys.iter().any(|key| key.scheme() != Scheme::Content);
            match delivery {
                Delivery::PossibleDuplicate if !is_named => Novelty::Candidate(None),
                Delivery::PossibleDuplicate | Delivery::Plain => Novelty::New,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UETR: &str = "174c245f-2682-4291-ad67-2a41e530cd27";

    fn known(scheme: Scheme, content: u8) -> Known<u8> {
        Known { request: 1, scheme, content: B256::repeat_byte(content) }
    }

    fn judge(delivery: Delivery, known: &[Known<u8>]) -> Novelty<u8> {
        novelty(&[BusinessKey::uetr(Role::CustomerTransfer, UETR)], B256::repeat_byte(1), delivery, known)
    }

    #[test]
    fn tok_7_the_same_content_is_the_same_request_whatever_key_found_it() {
        for scheme in Scheme::EVERY {
            for delivery in [Delivery::Plain, Delivery::PossibleDuplicate] {
                assert_eq!(judge(delivery, &[known(scheme, 1)]), Novelty::Same(1), "{scheme}");
            }
        }
    }

    #[test]
    fn tok_7_a_name_with_other_content_is_refused_or_shown_to_a_person() {
        use Delivery::Plain;
        assert_eq!(judge(Plain, &[known(Scheme::Uetr, 2)]), Novelty::Conflict(1, Scheme::Uetr));
        assert_eq!(judge(Plain, &[known(Scheme::Caller, 2)]), Novelty::Conflict(1, Scheme::Caller));
        assert_eq!(judge(Plain, &[known(Scheme::Reference, 2)]), Novelty::Candidate(Some(1)));
        let both = [known(Scheme::Reference, 2), known(Scheme::Uetr, 2)];
        assert_eq!(judge(Plain, &both), Novelty::Conflict(1, Scheme::Uetr), "the strongest key decides");
    }

    #[test]
    fn tok_7_a_possible_duplicate_is_a_candidate_only_where_nothing_names_it() {
        let content = [BusinessKey::content(B256::repeat_byte(1), 1)];
        let of = |keys: &[BusinessKey], delivery| novelty::<u8>(keys, B256::repeat_byte(1), delivery, &[]);
        assert_eq!(of(&content, Delivery::PossibleDuplicate), Novelty::Candidate(None));
        assert_eq!(of(&content, Delivery::Plain), Novelty::New);
        assert_eq!(judge(Delivery::PossibleDuplicate, &[]), Novelty::New, "the UETR would have found the first");
    }

    #[test]
    fn tok_7_one_uetr_names_one_thing_per_role_and_notprovided_names_nothing() {
        let keys: Vec<_> = Role::EVERY.into_iter().map(|role| BusinessKey::uetr(role, UETR)).collect();
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        let by = |sender: &str, reference: &str| {
            BusinessKey::sender(Role::CustomerTransfer, sender, reference, "2026-07-22", "EUR 1.00")
        };
        assert!(by("BANKDEFF", "NOTPROVIDED").is_none() && by("BANKDEFF", "").is_none() && by("", "R1").is_none());
        assert_ne!(by("BANKDEFF", "R1"), by("BANKBEBB", "R1"));
        assert_ne!(
            by("BANKDEFF", "R1"),
            BusinessKey::sender(Role::BankTransfer, "BANKDEFF", "R1", "2026-07-22", "EUR 1.00")
        );
    }

    #[test]
    fn tok_7_parts_do_not_run_into_each_other() {
        let role = Role::Settlement;
        assert_ne!(BusinessKey::sender(role, "AB", "C", "", ""), BusinessKey::sender(role, "A", "BC", "", ""));
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        assert!(Role::EVERY.into_iter().all(|role| role.as_str().parse() == Ok(role)));
        assert!(Scheme::EVERY.into_iter().all(|scheme| scheme.as_str().parse() == Ok(scheme)));
    }
}
