//! What names a business event, and whether it was seen before.
//!
//! A payment has several names: the UETR, the sender's own reference, its content. Each one is stored with the request, and
//! a second message that shares one is the same event, or one that claims to be and is not. `NOTPROVIDED` names nothing. A
//! sender's remark that he may have sent something before (PDE, PDM, `PssblDplct`) decides nothing: it is not made when he
//! does not know, and where nothing but its content names an order, a person looks at it in any case.

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
    /// The sender's reference (20, SEME, EndToEndId) with sender, role, value date and amount. As unique as its author makes
    /// it: alone it shows what may be the same.
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
        let parts = [role.as_str(), sender, reference, value_date, amount];
        (is_name(reference) && !sender.is_empty()).then(|| Self::of(Scheme::Reference, &parts))
    }

    /// The same where the message does not say who sent it: whoever hands it in stands for the sender.
    pub fn handed_in(role: Role, maker: &Actor, reference: &str, value_date: &str, amount: &str) -> Option<Self> {
        // One part more than a sender's own, so that no caller's name is ever a sender's.
        let parts = [role.as_str(), "", maker.as_str(), reference, value_date, amount];
        is_name(reference).then(|| Self::of(Scheme::Reference, &parts))
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

/// Whether a reference names anything.
fn is_name(reference: &str) -> bool {
    !reference.is_empty() && reference != NO_REFERENCE
}

/// What an order says, told by its digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The same in both standards: what is moved, how much, whose, when, under which UETR.
    pub content: B256,
    /// The same with what tells two payments of one reference from each other: every reference of the transaction, and who
    /// pays.
    pub detail: B256,
}

impl Said {
    /// Of what has no more to it than its content.
    pub const fn plain(content: B256) -> Self {
        Self { content, detail: content }
    }

    /// What must agree for two of one name to be the same: of a sender's reference more than of what names one event by
    /// definition.
    pub const fn under(&self, scheme: Scheme) -> B256 {
        match scheme {
            Scheme::Uetr | Scheme::Caller | Scheme::Content => self.content,
            Scheme::Reference => self.detail,
        }
    }
}

/// Whether a request answers for a transaction of this message already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It does not: the message may be a repetition of it.
    Free,
    /// An earlier transaction of the message is that request. Within one message nothing is said twice.
    Claimed,
}

/// A stored request that shares a key with what came now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<R> {
    /// The request.
    pub request: R,
    /// The key that both have.
    pub scheme: Scheme,
    /// What its message said, as [`Said::under`] that key.
    pub content: B256,
    /// Whether it answers for another transaction of the same message.
    pub claim: Claim,
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
    /// It may be this request again, or another with the same reference: a person decides. `None`: nothing but its content
    /// names it, so that a repetition in other words could not be told from another one.
    Candidate(Option<R>),
}

/// Judges an order by the requests that share a key with it.
///
/// A UETR, or a caller's reference, that comes with other content is a conflict, because it names one event by definition; so
/// is one that another transaction of the same message has. A sender's reference is only as unique as its author makes it, so
/// anything else behind it makes a candidate. So does an order without any name but its content.
pub fn novelty<R: Copy>(keys: &[BusinessKey], said: Said, known: &[Known<R>]) -> Novelty<R> {
    let same = known.iter().filter(|known| known.claim == Claim::Free && known.content == said.under(known.scheme));
    // What is one request's alone says which one, where two have one reference.
    if let Some(same) = same.min_by_key(|known| (known.scheme == Scheme::Reference, known.scheme)) {
        return Novelty::Same(same.request);
    }
    let strongest = known.iter().min_by_key(|known| known.scheme);
    match strongest.map(|known| (known.scheme, known.request)) {
        Some((scheme @ (Scheme::Uetr | Scheme::Caller), request)) => Novelty::Conflict(request, scheme),
        Some((Scheme::Reference | Scheme::Content, request)) => Novelty::Candidate(Some(request)),
        None if keys.iter().all(|key| key.scheme() == Scheme::Content) => Novelty::Candidate(None),
        None => Novelty::New,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UETR: &str = "174c245f-2682-4291-ad67-2a41e530cd27";

    /// Says 1, in detail 11.
    const SAID: Said = Said { content: B256::repeat_byte(1), detail: B256::repeat_byte(11) };

    fn known(scheme: Scheme, content: u8) -> Known<u8> {
        Known { request: 1, scheme, content: B256::repeat_byte(content), claim: Claim::Free }
    }

    fn judge(known: &[Known<u8>]) -> Novelty<u8> {
        novelty(&[BusinessKey::uetr(Role::CustomerTransfer, UETR)], SAID, known)
    }

    #[test]
    fn tok_7_what_says_the_same_under_a_name_is_the_same_request() {
        for scheme in [Scheme::Uetr, Scheme::Caller, Scheme::Content] {
            assert_eq!(judge(&[known(scheme, 1)]), Novelty::Same(1), "{scheme}");
        }
        assert_eq!(judge(&[known(Scheme::Reference, 11)]), Novelty::Same(1));
    }

    #[test]
    fn tok_7_a_name_with_other_content_is_refused_or_shown_to_a_person() {
        assert_eq!(judge(&[known(Scheme::Uetr, 2)]), Novelty::Conflict(1, Scheme::Uetr));
        assert_eq!(judge(&[known(Scheme::Caller, 2)]), Novelty::Conflict(1, Scheme::Caller));
        assert_eq!(judge(&[known(Scheme::Reference, 2)]), Novelty::Candidate(Some(1)));
        let both = [known(Scheme::Reference, 2), known(Scheme::Uetr, 2)];
        assert_eq!(judge(&both), Novelty::Conflict(1, Scheme::Uetr), "the strongest key decides");
    }

    #[test]
    fn tok_7_one_reference_and_one_amount_are_not_enough_to_be_the_same() {
        let stored_before_details_were = known(Scheme::Reference, 1);
        assert_eq!(judge(&[stored_before_details_were]), Novelty::Candidate(Some(1)));
        let word_for_word = [known(Scheme::Reference, 1), Known { request: 2, ..known(Scheme::Content, 1) }];
        assert_eq!(judge(&word_for_word), Novelty::Same(2));
        let two_of_one_reference = [known(Scheme::Reference, 11), Known { request: 2, ..known(Scheme::Content, 1) }];
        assert_eq!(judge(&two_of_one_reference), Novelty::Same(2), "the one that it repeats to the letter");
    }

    #[test]
    fn tok_7_within_one_message_nothing_is_the_same() {
        let claimed = |scheme, content| Known { claim: Claim::Claimed, ..known(scheme, content) };
        assert_eq!(judge(&[claimed(Scheme::Reference, 11)]), Novelty::Candidate(Some(1)));
        assert_eq!(judge(&[claimed(Scheme::Uetr, 1)]), Novelty::Conflict(1, Scheme::Uetr));
        let twins = [claimed(Scheme::Reference, 11), Known { request: 2, ..known(Scheme::Reference, 11) }];
        assert_eq!(judge(&twins), Novelty::Same(2), "two that came together come together again");
    }

    #[test]
    fn tok_7_what_nothing_but_its_content_names_is_shown_to_a_person() {
        let content = BusinessKey::content(B256::repeat_byte(1), 1);
        let own = BusinessKey::sender(Role::CustomerTransfer, "BANKDEFF", "R1", "", "").unwrap();
        let of = |keys: &[BusinessKey]| novelty::<u8>(keys, SAID, &[]);
        assert_eq!(of(&[content]), Novelty::Candidate(None));
        assert_eq!(of(&[own, content]), Novelty::New);
        assert_eq!(judge(&[]), Novelty::New);
    }

    #[test]
    fn tok_7_where_no_sender_is_named_whoever_hands_it_in_stands_for_him() {
        let maker = |name: &str| name.parse::<Actor>().unwrap();
        let by = |name: &str, reference: &str| {
            BusinessKey::handed_in(Role::Initiation, &maker(name), reference, "2026-07-22", "EUR 1.00")
        };
        assert_eq!(by("shop", "R1"), by("shop", "R1"));
        assert!(by("shop", "R1").is_some() && by("shop", "NOTPROVIDED").is_none() && by("shop", "").is_none());
        assert_ne!(by("shop", "R1"), by("other", "R1"));
        let sender = BusinessKey::sender(Role::Initiation, "BANKDEFF", "R1", "2026-07-22", "EUR 1.00");
        assert_ne!(by("BANKDEFF", "R1"), sender, "a caller's name is no sender's");
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
