//! camt.056: requests to take payments back.

use causeway_identifiers::{Amount, Uetr};

use super::{
    Error, Reason,
    read::{body, money, needed_text},
    status::reasons,
};
use crate::{Message, document::Element};

/// One payment that is to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancellation<'d> {
    /// `CxlId`
    pub id: Option<&'d str>,
    /// `OrgnlInstrId`
    pub instruction: Option<&'d str>,
    /// `OrgnlEndToEndId`
    pub end_to_end: Option<&'d str>,
    /// `OrgnlUETR`
    pub uetr: Option<Uetr>,
    /// `OrgnlIntrBkSttlmAmt`
    pub original: Option<Amount>,
    /// `CxlRsnInf`
    pub reasons: Vec<Reason<'d>>,
}

/// A message of such requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancellations<'d> {
    /// `Assgnmt/Id`
    pub message: &'d str,
    /// `Case/Id`, of the message or of its first payment.
    pub case: Option<&'d str>,
    /// `Undrlyg/TxInf`
    pub cancellations: Vec<Cancellation<'d>>,
}

impl<'d> Cancellations<'d> {
    /// # Errors
    /// [`Error::Kind`] for another message, [`Error::Value`] without an identifier.
    pub fn read(message: &Message<'d, '_>) -> Result<Self, Error> {
        let body = body(message, &[("camt", 56)])?;
        let payments = body.all("Undrlyg").flat_map(|underlying| underlying.all("TxInf"));
        Ok(Self {
            message: needed_text(body, "Assgnmt/Id")?,
            case: body.text_at("Case/Id").or_else(|| body.text_at("Undrlyg/TxInf/Case/Id")),
            cancellations: payments.map(cancellation).collect(),
        })
    }
}

fn cancellation<'d>(one: Element<'d, '_>) -> Cancellation<'d> {
    Cancellation {
        id: one.text_at("CxlId"),
        instruction: one.text_at("OrgnlInstrId"),
        end_to_end: one.text_at("OrgnlEndToEndId"),
        uetr: one.text_at("OrgnlUETR").and_then(|text| text.parse().ok()),
        original: money(one.child("OrgnlIntrBkSttlmAmt")),
        reasons: reasons(one, "CxlRsnInf"),
    }
}
