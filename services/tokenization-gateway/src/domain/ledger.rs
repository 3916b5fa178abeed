//! The books: double entry, one set per asset, in units.
//!
//! ```text
//! account            side that it grows on   what it is
//! held:<address>     debit                   in a holder's hands on this chain
//! transit:<kind>     debit                   on its way: counted out of where it was, not yet where it goes
//! redeemed           debit                   ever burned for the asset
//! bridged_out        debit                   on other chains
//! issued             credit                  ever minted
//! ```
//!
//! A request makes a pending entry when its effect is journaled, and either a posted or a voided one when the effect is
//! known; so that at any time held + transit + redeemed + bridged_out = issued.

use std::{collections::BTreeMap, fmt, str::FromStr};

use causeway_primitives::Address;

use super::{
    instruction::{Instruction, Kind, Movement},
    units::Units,
};

/// Why the books do not take an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More would be taken from an account than is in it.
    #[error("the account {account} does not have that much")]
    Overdrawn {
        /// Which one.
        account: Account,
    },
    /// A sum exceeds 256 bits.
    #[error("a sum of the account {account} does not fit 256 bits")]
    Overflow {
        /// Which one.
        account: Account,
    },
    /// Not the name of an account.
    #[error("no such account")]
    Name,
}

/// An account of the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// Ever minted.
    Issued,
    /// Ever burned for the asset.
    Redeemed,
    /// On other chains.
    BridgedOut,
    /// On its way, by what is happening to it.
    Transit(Kind),
    /// In a holder's hands.
    Held(Address),
}

impl Account {
    /// The side on which it grows.
    pub const fn grows_on(self) -> Side {
        match self {
            Self::Issued => Side::Credit,
            Self::Redeemed | Self::BridgedOut | Self::Transit(_) | Self::Held(_) => Side::Debit,
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issued => f.write_str("issued"),
            Self::Redeemed => f.write_str("redeemed"),
            Self::BridgedOut => f.write_str("bridged_out"),
            Self::Transit(kind) => write!(f, "transit:{kind}"),
            Self::Held(holder) => write!(f, "held:{holder:#x}"),
        }
    }
}

impl FromStr for Account {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.split_once(':') {
            None if text == "issued" => Ok(Self::Issued),
            None if text == "redeemed" => Ok(Self::Redeemed),
            None if text == "bridged_out" => Ok(Self::BridgedOut),
            Some(("transit", kind)) => kind.parse().map(Self::Transit).map_err(|_| Error::Name),
            Some(("held", holder)) => holder.parse().map(Self::Held).map_err(|_| Error::Name),
            None | Some(_) => Err(Error::Name),
        }
    }
}

/// A side of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Left.
    Debit,
    /// Right.
    Credit,
}

impl Side {
    /// Row and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Credit => "credit",
        }
    }
}

/// What an entry does for its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The effect may happen from now on.
    Pending,
    /// It has happened.
    Posted,
    /// It has not, and will not under this attempt.
    Voided,
}

impl Phase {
    /// Row and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Posted => "posted",
            Self::Voided => "voided",
        }
    }
}

/// An entry: so many units from the credited account to the debited one. It cannot be out of balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Where they go.
    pub debit: Account,
    /// Where they come from.
    pub credit: Account,
    /// How many.
    pub units: Units,
}

impl Entry {
    /// What an instruction does to the books in this phase.
    pub const fn of(instruction: &Instruction, phase: Phase) -> Self {
        let (origin, destination) = match instruction.movement {
            Movement::Mint { to } => (Account::Issued, Account::Held(to)),
            Movement::Transfer { from, to } => (Account::Held(from), Account::Held(to)),
            Movement::Redeem { from } => (Account::Held(from), Account::Redeemed),
            Movement::Bridge { from, .. } => (Account::Held(from), Account::BridgedOut),
        };
        let transit = Account::Transit(instruction.kind());
        let (debit, credit) = match phase {
            Phase::Pending => (transit, origin),
            Phase::Posted => (destination, transit),
            Phase::Voided => (origin, transit),
        };
        Self { debit, credit, units: instruction.units }
    }

    /// Both legs.
    pub const fn legs(&self) -> [(Account, Side); 2] {
        [(self.debit, Side::Debit), (self.credit, Side::Credit)]
    }
}

/// Both sides of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Everything ever debited.
    pub debits: Units,
    /// Everything ever credited.
    pub credits: Units,
}

impl Sums {
    /// What is in the account; `None` when it is overdrawn.
    pub fn balance(&self, grows_on: Side) -> Option<Units> {
        match grows_on {
            Side::Debit => self.debits.checked_sub(self.credits),
            Side::Credit => self.credits.checked_sub(self.debits),
        }
    }
}

/// The books of one asset.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Books {
    accounts: BTreeMap<Account, Sums>,
}

/// The sums of one asset, as reconciliation sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Ever minted.
    pub issued: Units,
    /// Ever burned for the asset.
    pub redeemed: Units,
    /// On other chains.
    pub bridged_out: Units,
    /// In all holders' hands.
    pub held: Units,
    /// Being moved between holders: exists in any case.
    pub in_transfer: Units,
    /// Being minted, burned or bridged: may exist or not.
    pub uncertain: Units,
}

impl Books {
    /// Books that are known.
    pub fn of(accounts: impl IntoIterator<Item = (Account, Sums)>) -> Self {
        Self { accounts: accounts.into_iter().collect() }
    }

    /// Takes an entry, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Overdrawn`] or [`Error::Overflow`].
    pub fn post(&mut self, entry: &Entry) -> Result<(), Error> {
        let mut fresh = Vec::with_capacity(2);
        for (account, side) in entry.legs() {
            let mut sums = self.accounts.get(&account).copied().unwrap_or_default();
            let sum = match side {
                Side::Debit => &mut sums.debits,
                Side::Credit => &mut sums.credits,
            };
            *sum = sum.checked_add(entry.units).ok_or(Error::Overflow { account })?;
            sums.balance(account.grows_on()).ok_or(Error::Overdrawn { account })?;
            fresh.push((account, sums));
        }
        self.accounts.extend(fresh);
        Ok(())
    }

    /// What is in an account.
    pub fn balance(&self, account: Account) -> Units {
        self.accounts.get(&account).and_then(|sums| sums.balance(account.grows_on())).unwrap_or_default()
    }

    /// Everybody who ever held something.
    pub fn holders(&self) -> impl Iterator<Item = Address> {
        self.accounts.keys().filter_map(|account| match account {
            Account::Held(holder) => Some(*holder),
            Account::Issued | Account::Redeemed | Account::BridgedOut | Account::Transit(_) => None,
        })
    }

    /// The sums.
    ///
    /// # Errors
    /// [`Error::Overdrawn`] or [`Error::Overflow`], which no books have that entries made.
    pub fn totals(&self) -> Result<Totals, Error> {
        let mut totals = Totals::default();
        for (account, sums) in &self.accounts {
            let account = *account;
            let balance = sums.balance(account.grows_on()).ok_or(Error::Overdrawn { account })?;
            let sum = match account {
                Account::Issued => &mut totals.issued,
                Account::Redeemed => &mut totals.redeemed,
                Account::BridgedOut => &mut totals.bridged_out,
                Account::Held(_) => &mut totals.held,
                Account::Transit(Kind::Transfer) => &mut totals.in_transfer,
                Account::Transit(Kind::Mint | Kind::Redeem | Kind::Bridge) => &mut totals.uncertain,
            };
            *sum = sum.checked_add(balance).ok_or(Error::Overflow { account })?;
        }
        Ok(totals)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::instruction::samples::{ANNA, BERT, instruction, movement};

    fn units(value: u64) -> Units {
        value.to_string().parse().unwrap()
    }

    fn play(steps: &[(Kind, u64, Phase)]) -> Books {
        let mut books = Books::default();
        for (kind, amount, phase) in steps {
            books.post(&Entry::of(&instruction(*kind, *amount), *phase)).unwrap();
        }
        books
    }

    #[test]
    fn tok_7_each_kind_ends_in_its_account() {
        use Phase::{Pending, Posted};
        let minted = [(Kind::Mint, 100, Pending), (Kind::Mint, 100, Posted)];
        let cases = [
            (Kind::Transfer, Account::Held(BERT)),
            (Kind::Redeem, Account::Redeemed),
            (Kind::Bridge, Account::BridgedOut),
        ];
        for (kind, account) in cases {
            let books = play(&[&minted[..], &[(kind, 40, Pending)]].concat());
            assert_eq!(books.balance(Account::Transit(kind)), units(40), "{kind}");
            assert_eq!(books.balance(account), Units::ZERO, "{kind}: not yet");
            let books = play(&[&minted[..], &[(kind, 40, Pending), (kind, 40, Posted)]].concat());
            assert_eq!(books.balance(account), units(40), "{kind}");
            assert_eq!(books.balance(Account::Held(ANNA)), units(60), "{kind}");
            assert_eq!(books.balance(Account::Transit(kind)), Units::ZERO, "{kind}");
        }
    }

    #[test]
    fn tok_7_what_is_voided_is_as_if_it_had_never_been() {
        use Phase::{Pending, Posted, Voided};
        let before = play(&[(Kind::Mint, 100, Pending), (Kind::Mint, 100, Posted)]);
        for kind in Kind::EVERY {
            let mut books = before.clone();
            for phase in [Pending, Voided] {
                books.post(&Entry::of(&instruction(kind, 40), phase)).unwrap();
            }
            let balances = |books: &Books| {
                let held = books.balance(Account::Held(ANNA));
                (held, books.balance(Account::Transit(kind)), books.balance(Account::Issued))
            };
            assert_eq!(balances(&books), balances(&before), "{kind}");
            assert_eq!(books.totals(), before.totals(), "{kind}");
        }
    }

    #[test]
    fn tok_7_nobody_gives_what_he_does_not_have_and_the_books_stay_whole() {
        let mut books = play(&[(Kind::Mint, 10, Phase::Pending), (Kind::Mint, 10, Phase::Posted)]);
        let before = books.clone();
        let refused = books.post(&Entry::of(&instruction(Kind::Redeem, 11), Phase::Pending));
        assert_eq!(refused, Err(Error::Overdrawn { account: Account::Held(ANNA) }));
        let unbegun = books.post(&Entry::of(&instruction(Kind::Mint, 1), Phase::Posted));
        assert_eq!(
            unbegun,
            Err(Error::Overdrawn { account: Account::Transit(Kind::Mint) }),
            "posted and never pending"
        );
        assert_eq!(books, before);
        let most = Entry { debit: Account::Transit(Kind::Mint), credit: Account::Issued, units: Units::MAX };
        assert!(matches!(books.post(&most), Err(Error::Overflow { .. })));
        assert_eq!(books, before);
    }

    #[test]
    fn accounts_are_read_as_they_are_written() {
        let kinds = Kind::EVERY.map(Account::Transit);
        for account in kinds.into_iter().chain([Account::Issued, Account::Redeemed, Account::BridgedOut]) {
            assert_eq!(account.to_string().parse(), Ok(account));
        }
        assert_eq!(Account::Held(ANNA).to_string().parse(), Ok(Account::Held(ANNA)));
        for bad in ["", "held", "held:", "held:anna", "transit:gift", "issued:1"] {
            assert_eq!(bad.parse::<Account>(), Err(Error::Name), "{bad:?}");
        }
    }

    fn entry() -> impl Strategy<Value = Entry> {
        let kinds = prop::sample::select(Kind::EVERY.to_vec());
        let phases = prop::sample::select(vec![Phase::Pending, Phase::Posted, Phase::Voided]);
        (kinds, 0_u64..100, phases).prop_map(|(kind, amount, phase)| {
            let mut wanted = instruction(kind, amount);
            wanted.movement = movement(kind);
            Entry::of(&wanted, phase)
        })
    }

    proptest! {
        #[test]
        fn tok_7_the_books_balance_after_every_entry_that_they_take(entries in prop::collection::vec(entry(), 0..60)) {
            let mut books = Books::default();
            for entry in &entries {
                let before = books.clone();
                if books.post(entry).is_err() {
                    prop_assert_eq!(&books, &before);
                }
                let totals = books.totals().unwrap();
                let parts = [totals.redeemed, totals.bridged_out, totals.held, totals.in_transfer, totals.uncertain];
                let sum = parts.into_iter().fold(Units::ZERO, |sum, part| sum.checked_add(part).unwrap());
                prop_assert_eq!(sum, totals.issued);
            }
        }
    }
}
