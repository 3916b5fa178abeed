//! What a message orders, before anybody's tables are asked: whose account, which currency or security, how much.
//!
//! One order for each transaction of a message. It becomes an [`Instruction`](super::instruction::Instruction) when the
//! directory knows its accounts and its asset.

use std::{fmt, str::FromStr, sync::Arc};

use causeway_primitives::{Date, Decimal, keccak256};

use super::{
    actor::Actor,
    identity::{BusinessKey, Role, Said, Scheme},
    instruction::Kind,
};

/// Not a denomination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a denomination is a currency code or an ISIN: 3 or 12 capitals and digits")]
pub struct DenominationError;

/// What messages call an asset: a currency code or an ISIN. Whether there is such a one was checked where it was read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Denomination(Arc<str>);

impl Denomination {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Denomination {
    type Err = DenominationError;

    fn from_str(text: &str) -> Result<Self, DenominationError> {
        let is_right = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if is_right && matches!(text.len(), 3 | 12) { Ok(Self(text.into())) } else { Err(DenominationError) }
    }
}

impl fmt::Display for Denomination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Denomination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How firm the business behind an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// Somebody wants it done.
    Instructed,
    /// Somebody says that its other half is done: the payment between the banks settles, the securities have arrived.
    Confirmed,
}

/// What a number of securities counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Pieces.
    Unit,
    /// Their face amount.
    Face,
    /// What is left of it.
    Amortised,
    /// Tokens of somebody's own.
    Token,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Counts from 1 within the message.
    pub position: u32,
    /// What it makes of tokens.
    pub kind: Kind,
    /// How firm it is.
    pub basis: Basis,
    /// What its message does.
    pub role: Role,
    /// Of what.
    pub denomination: Denomination,
    /// How much, with the scale that it was written with.
    pub amount: Decimal,
    /// What the amount counts; `None` for money.
    pub measure: Option<Measure>,
    /// The account that gives, as the message writes it; of a transfer, redemption or delivery.
    pub from: Option<String>,
    /// The account that gets.
    pub to: Option<String>,
    /// BIC of the sender; empty when the message names none.
    pub sender: String,
    /// The sender's own reference, for answers.
    pub reference: String,
    /// End-to-end reference, for answers.
    pub end_to_end: Option<String>,
    /// UETR, in small letters.
    pub uetr: Option<String>,
    /// The day that it is for; `None` when the message tells none.
    pub value_date: Option<Date>,
    /// Every name that it has, the strongest first.
    pub keys: Vec<BusinessKey>,
    /// What it says, without what changes from one delivery to the next.
    pub said: Said,
}

impl Order {
    /// The name that its reference on chain follows from.
    pub fn key(&self) -> BusinessKey {
        let strongest = self.keys.iter().min_by_key(|key| key.scheme());
        strongest.copied().unwrap_or_else(|| BusinessKey::content(self.said.content, self.position))
    }

    /// The order with the name that it has by whoever hands it in, when its message does not say who sent it: a message that
    /// is made anew has another content, and its references would name nothing.
    #[must_use]
    pub fn handed_in_by(mut self, maker: &Actor) -> Self {
        if self.sender.is_empty() {
            let named = BusinessKey::handed_in(self.role, maker, self.named(), &self.told_day(), &self.told_amount());
            self.keys.extend(named);
            self.keys.sort_by_key(BusinessKey::scheme);
        }
        self
    }

    /// The name of one whose content names another request already: the same text, with something else outside of it.
    pub fn spare_key(&self) -> BusinessKey {
        let said = self.keys.iter().filter(|key| key.scheme() == Scheme::Content).map(|key| key.digest());
        let hashed: Vec<u8> = said.chain([self.said.detail]).flat_map(|digest| digest.0).collect();
        BusinessKey::content(keccak256(hashed), self.position)
    }

    /// The reference that names it: the one from end to end, or else the sender's own.
    pub fn named(&self) -> &str {
        self.end_to_end.as_deref().unwrap_or(&self.reference)
    }

    /// Year, month and day; empty when there is none.
    pub fn told_day(&self) -> String {
        self.value_date.map(|day| day.to_string()).unwrap_or_default()
    }

    /// Denomination and amount, however many zeros it was written with.
    pub fn told_amount(&self) -> String {
        format!("{} {}", self.denomination, self.amount.normalize())
    }
}

#[cfg(test)]
mod tests {
    use causeway_primitives::B256;

    use super::*;

    #[test]
    fn tok_4_a_denomination_is_a_currency_or_an_isin() {
        for good in ["EUR", "US0378331005"] {
            assert_eq!(good.parse::<Denomination>().unwrap().as_str(), good);
        }
        for bad in ["", "eur", "EURO", "US037833100", "E R"] {
            assert_eq!(bad.parse::<Denomination>(), Err(DenominationError), "{bad:?}");
        }
    }

    #[test]
    fn tok_7_the_strongest_name_makes_the_reference() {
        let content = B256::repeat_byte(1);
        let uetr = BusinessKey::uetr(Role::CustomerTransfer, "174c245f-2682-4291-ad67-2a41e530cd27");
        let weak = BusinessKey::content(content, 1);
        let order = |keys| Order {
            position: 1,
            kind: Kind::Mint,
            basis: Basis::Instructed,
            role: Role::CustomerTransfer,
            denomination: "EUR".parse().unwrap(),
            amount: Decimal::ONE,
            measure: None,
            from: None,
            to: None,
            sender: String::new(),
            reference: String::new(),
            end_to_end: None,
            uetr: None,
            value_date: None,
            keys,
            said: Said::plain(content),
        };
        assert_eq!(order(vec![weak, uetr]).key(), uetr);
        assert_eq!(order(vec![weak]).key(), weak);
        assert_eq!(order(Vec::new()).key(), weak, "a message without any name is named by what it says");
    }
}
