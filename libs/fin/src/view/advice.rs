//! MT900 and MT910: an account was debited or credited.

use causeway_identifiers::Amount;
use time::Date;

use super::{
    Error, Party,
    read::{date, money, needed, part, root, text},
};
use crate::{Part, Validation};

/// Which way money went, seen from the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Out of the account.
    Debit,
    /// Into the account.
    Credit,
}

/// An advice of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice<'a> {
    /// MT900 or MT910.
    pub side: Side,
    /// 20
    pub reference: &'a str,
    /// 21: the reference of the payment.
    pub related: &'a str,
    /// 25
    pub account: &'a str,
    /// Of 32A.
    pub value_date: Date,
    /// Of 32A.
    pub amount: Amount,
    /// 50a of MT910.
    pub ordering: Option<Party<'a>>,
    /// 52a
    pub ordering_bank: Option<Party<'a>>,
    /// 56a of MT910.
    pub intermediary: Option<Party<'a>>,
    /// 72, line ends as they stand.
    pub to_receiver: Option<&'a str>,
}

impl<'a> Advice<'a> {
    /// # Errors
    /// [`Error::Type`] for another message, [`Error::Invalid`] when validation found something.
    pub fn read(validation: &Validation<'_, 'a>) -> Result<Self, Error> {
        let root = root(validation, &["900", "910"])?;
        let entry = root.get("32A");
        let side = if validation.message().message_type() == Some("900") { Side::Debit } else { Side::Credit };
        Ok(Self {
            side,
            reference: needed(&root, "20")?,
            related: needed(&root, "21")?,
            account: part(root.numbered(25), Part::Account).ok_or(Error::Field("25"))?,
            value_date: date(entry).ok_or(Error::Field("32A"))?,
            amount: money(entry).ok_or(Error::Field("32A"))?,
            ordering: root.numbered(50).and_then(Party::read),
            ordering_bank: root.numbered(52).and_then(Party::read),
            intermediary: root.numbered(56).and_then(Party::read),
            to_receiver: text(&root, "72"),
        })
    }
}
