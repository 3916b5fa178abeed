//! That an account was credited or debited, in tokens: camt.054, and MT900 or MT910 for who speaks FIN.

use causeway_fin::{Draft as FinDraft, DraftError as FinError, write_amount, write_date};
use causeway_identifiers::{Amount, Iban, plain_decimal};
use causeway_iso20022::{Draft, DraftError, MessageId as Kind};
use causeway_primitives::Timestamp;

use super::{compose::Ends, name};
use crate::{
    adapters::store::NewAnswer,
    domain::{
        instruction::Movement,
        request::{Origin, Request},
    },
};

/// The version of the notification that is written.
const NOTIFICATION: &str = "camt.054.001.08";

/// Which way money went, seen from the account.
#[derive(Debug, Clone, Copy)]
enum Side {
    Debit,
    Credit,
}

impl Side {
    const fn code(self) -> &'static str {
        match self {
            Self::Debit => "DBIT",
            Self::Credit => "CRDT",
        }
    }

    /// MT900 confirms a debit, MT910 a credit.
    const fn advice(self) -> &'static str {
        match self {
            Self::Debit => "900",
            Self::Credit => "910",
        }
    }
}

/// One notification for each account that the movement touched.
pub(super) fn moved(
    request: &Request,
    origin: &Origin,
    ends: Option<&Ends>,
    at: Timestamp,
) -> Result<Vec<NewAnswer>, DraftError> {
    // Of a movement of securities, no notification of cash tells.
    let Some(amount) = written(&request.amount) else { return Ok(Vec::new()) };
    let sides: &[Side] = match request.instruction.movement {
        Movement::Mint { .. } => &[Side::Credit],
        Movement::Redeem { .. } | Movement::Bridge { .. } => &[Side::Debit],
        Movement::Transfer { .. } => &[Side::Debit, Side::Credit],
    };
    let mut answers = Vec::with_capacity(sides.len().saturating_mul(2));
    for side in sides {
        answers.push(notification(request, origin, (*side, amount), at)?);
        // A text of ISO 20022 that FIN cannot write is told in ISO 20022 alone.
        answers.extend(ends.and_then(|ends| advice(request, origin, (*side, amount), ends, at).ok()));
    }
    Ok(answers)
}

/// An amount as requests keep it: `EUR 1234.50`.
fn written(amount: &str) -> Option<Amount> {
    let (currency, number) = amount.split_once(' ')?;
    Amount::new(currency.parse().ok()?, plain_decimal(number).ok()?).ok()
}

/// The account of a side, as the message wrote it.
fn account(origin: &Origin, side: Side) -> Option<&str> {
    let [from, to] = &origin.accounts;
    match side {
        Side::Debit => from.as_deref(),
        Side::Credit => to.as_deref(),
    }
}

fn notification(
    request: &Request,
    origin: &Origin,
    (side, amount): (Side, Amount),
    at: Timestamp,
) -> Result<NewAnswer, DraftError> {
    let id = name::of(request, &format!("{NOTIFICATION}/{}", side.code()));
    let body = "BkToCstmrDbtCdtNtfctn";
    let (entry, owner) = (format!("{body}/Ntfctn/Ntry"), format!("{body}/Ntfctn/Acct/Id"));
    let details = format!("{entry}/NtryDtls/TxDtls");
    let account = account(origin, side).unwrap_or("NOTPROVIDED");
    let place = if account.parse::<Iban>().is_ok() { "IBAN" } else { "Othr/Id" };
    let tx_hash = request.on_chain.map(|on_chain| on_chain.tx_hash.to_string());
    let draft = NOTIFICATION.parse::<Kind>().map(Draft::new).map_err(|_| DraftError::Path)?;
    let draft = draft
        .leaf(&format!("{body}/GrpHdr/MsgId"), &name::short(id))
        .leaf(&format!("{body}/GrpHdr/CreDtTm"), &at.to_string())
        .leaf(&format!("{body}/Ntfctn/Id"), &name::short(id))
        .leaf(&format!("{owner}/{place}"), account)
        .amount(&format!("{entry}/Amt"), amount)
        .leaf(&format!("{entry}/CdtDbtInd"), side.code())
        .leaf(&format!("{entry}/Sts/Cd"), "BOOK")
        .leaf(&format!("{entry}/BkTxCd/Prtry/Cd"), "NOTPROVIDED")
        .leaf(&format!("{details}/Refs/EndToEndId"), origin.end_to_end.as_deref().unwrap_or("NOTPROVIDED"))
        .maybe(&format!("{details}/Refs/UETR"), origin.uetr.as_deref())
        .maybe(&format!("{details}/AddtlTxInf"), tx_hash.as_deref());
    Ok(NewAnswer { id, message_type: NOTIFICATION.to_owned(), content: draft.finish()? })
}

fn advice(
    request: &Request,
    origin: &Origin,
    (side, amount): (Side, Amount),
    ends: &Ends,
    at: Timestamp,
) -> Result<NewAnswer, FinError> {
    let message_type = format!("MT{}", side.advice());
    let id = name::of(request, &message_type);
    let draft = FinDraft::new(side.advice(), &ends.us, &ends.sender)?;
    let draft = origin.uetr.as_deref().and_then(|uetr| uetr.parse().ok()).into_iter().fold(draft, FinDraft::uetr);
    let content = draft
        .field("20", &name::reference(id))
        .field("21", if origin.reference.is_empty() { "NONREF" } else { &origin.reference })
        .field("25", account(origin, side).unwrap_or("NOTPROVIDED"))
        .field("32A", &format!("{}{}", write_date(at.to_datetime().date()), write_amount(amount)))
        .field("52A", &ends.bic.to_string())
        .finish()?;
    Ok(NewAnswer { id, message_type, content })
}
