//! pacs.004: payments that come back.

use causeway_identifiers::{Amount, Uetr};
use time::Date;

use super::{
    Error, Reason,
    read::{body, day, money, needed_money, needed_text},
    status::reasons,
};
use crate::{Message, document::Element};

/// One payment that comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return<'d> {
    /// `RtrId`
    pub id: Option<&'d str>,
    /// `OrgnlInstrId`
    pub instruction: Option<&'d str>,
    /// `OrgnlEndToEndId`
    pub end_to_end: Option<&'d str>,
    /// `OrgnlUETR`
    pub uetr: Option<Uetr>,
    /// `OrgnlIntrBkSttlmAmt`
    pub original: Option<Amount>,
    /// `RtrdIntrBkSttlmAmt`: what comes back, which may be less.
    pub returned: Amount,
    /// `IntrBkSttlmDt` of the return or else of the group.
    pub date: Option<Date>,
    /// `RtrRsnInf`
    pub reasons: Vec<Reason<'d>>,
}

/// A message of returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returns<'d> {
    /// `GrpHdr/MsgId`
    pub message: &'d str,
    /// `TxInf`
    pub returns: Vec<Return<'d>>,
}

impl<'d> Returns<'d> {
    /// # Errors
    /// [`Error::Kind`] for another message, [`Error::Value`] when a return has no amount.
    pub fn read(message: &Message<'d, '_>) -> Result<Self, Error> {
        let body = body(message, &[("pacs", 4)])?;
        let date = day(body, "GrpHdr/IntrBkSttlmDt");
        let read = |one: Element<'d, '_>| {
            Ok(Return {
                id: one.text_at("RtrId"),
                instruction: one.text_at("OrgnlInstrId"),
                end_to_end: one.text_at("OrgnlEndToEndId"),
                uetr: one.text_at("OrgnlUETR").and_then(|text| text.parse().ok()),
                original: money(one.child("OrgnlIntrBkSttlmAmt")),
                returned: needed_money(one, "RtrdIntrBkSttlmAmt")?,
                date: day(one, "IntrBkSttlmDt").or(date),
                reasons: reasons(one, "RtrRsnInf"),
            })
        };
        let returns = body.all("TxInf").map(read).collect::<Result<_, Error>>()?;
        Ok(Self { message: needed_text(body, "GrpHdr/MsgId")?, returns })
    }
}
