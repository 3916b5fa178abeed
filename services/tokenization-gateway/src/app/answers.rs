//! What the sender of a message is told, in the standard's own words: pacs.002 for payments, camt.054 for what was credited.
//!
//! An answer is written with the step that causes it, and goes out through the outbox under a name of its own, by which
//! receivers know it when it comes again.

use causeway_identifiers::{Amount, plain_decimal};
use causeway_iso20022::{Draft, DraftError, MessageId as Kind};
use causeway_primitives::{Timestamp, keccak256};

use crate::{
    adapters::store::NewAnswer,
    domain::{
        authorise::Refusal,
        identity::Role,
        instruction::Movement,
        request::{AnswerId, Origin, Request},
        saga::{Answer, Hold, Rejection},
    },
};

/// The version of the status report that is written.
const STATUS: &str = "pacs.002.001.10";
/// The version of the notification that is written.
const NOTIFICATION: &str = "camt.054.001.08";

/// Everything that is told of an answer. Whoever called directly asks for the state of his request instead.
///
/// # Errors
/// [`DraftError`] when a stored text cannot stand in XML, which no text of a valid message is.
pub fn compose(request: &Request, answer: Answer, at: Timestamp) -> Result<Vec<NewAnswer>, DraftError> {
    let Some(origin) = &request.origin else { return Ok(Vec::new()) };
    match origin.role {
        Role::CustomerTransfer | Role::BankTransfer | Role::Initiation => {
            let mut answers = vec![status(request, origin, answer, at)?];
            if answer == Answer::Settled && matches!(request.instruction.movement, Movement::Mint { .. }) {
                answers.push(notification(request, origin, at)?);
            }
            Ok(answers)
        }
        Role::Settlement | Role::SettlementConfirmation => Ok(Vec::new()),
    }
}

fn status(request: &Request, origin: &Origin, answer: Answer, at: Timestamp) -> Result<NewAnswer, DraftError> {
    let (code, reason) = told(answer);
    let id = name(request, &format!("{STATUS}/{code}/{}", reason.unwrap_or_default()));
    let body = "FIToFIPmtStsRpt";
    let transaction = format!("{body}/TxInfAndSts");
    let or_none = |text: Option<&str>| text.unwrap_or("NOTPROVIDED").to_owned();
    let draft = draft(STATUS)?
        .leaf(&format!("{body}/GrpHdr/MsgId"), &short(id))
        .leaf(&format!("{body}/GrpHdr/CreDtTm"), &at.to_string())
        .leaf(&format!("{transaction}/OrgnlGrpInf/OrgnlMsgId"), &origin.message_reference)
        .leaf(&format!("{transaction}/OrgnlGrpInf/OrgnlMsgNmId"), &origin.message_type)
        .maybe(&format!("{transaction}/OrgnlInstrId"), Some(origin.reference.as_str()).filter(|text| !text.is_empty()))
        .leaf(&format!("{transaction}/OrgnlEndToEndId"), &or_none(origin.end_to_end.as_deref()))
        .maybe(&format!("{transaction}/OrgnlUETR"), origin.uetr.as_deref())
        .leaf(&format!("{transaction}/TxSts"), code)
        .maybe(&format!("{transaction}/StsRsnInf/Rsn/Cd"), reason)
        .maybe(&format!("{transaction}/StsRsnInf/AddtlInf"), additional(answer));
    Ok(NewAnswer { id, message_type: STATUS.to_owned(), content: draft.finish()? })
}

/// That the beneficiary's account was credited, in tokens.
fn notification(request: &Request, origin: &Origin, at: Timestamp) -> Result<NewAnswer, DraftError> {
    let id = name(request, NOTIFICATION);
    let body = "BkToCstmrDbtCdtNtfctn";
    let entry = format!("{body}/Ntfctn/Ntry");
    let details = format!("{entry}/NtryDtls/TxDtls");
    let holder = request.instruction.movement.to().map(|holder| format!("{holder:#x}")).unwrap_or_default();
    let mut draft = draft(NOTIFICATION)?
        .leaf(&format!("{body}/GrpHdr/MsgId"), &short(id))
        .leaf(&format!("{body}/GrpHdr/CreDtTm"), &at.to_string())
        .leaf(&format!("{body}/Ntfctn/Id"), &short(id))
        .leaf(&format!("{body}/Ntfctn/Acct/Id/Othr/Id"), holder.get(..34).unwrap_or(&holder));
    if let Some(amount) = written(&request.amount) {
        draft = draft.amount(&format!("{entry}/Amt"), amount);
    }
    let tx_hash = request.on_chain.map(|on_chain| on_chain.tx_hash.to_string());
    let draft = draft
        .leaf(&format!("{entry}/CdtDbtInd"), "CRDT")
        .leaf(&format!("{entry}/Sts/Cd"), "BOOK")
        .leaf(&format!("{entry}/BkTxCd/Prtry/Cd"), "NOTPROVIDED")
        .leaf(&format!("{details}/Refs/EndToEndId"), origin.end_to_end.as_deref().unwrap_or("NOTPROVIDED"))
        .maybe(&format!("{details}/Refs/UETR"), origin.uetr.as_deref())
        .maybe(&format!("{details}/AddtlTxInf"), tx_hash.as_deref());
    Ok(NewAnswer { id, message_type: NOTIFICATION.to_owned(), content: draft.finish()? })
}

/// An amount as requests keep it: `EUR 1234.50`. `None` for one of securities, which no notification of cash tells.
fn written(amount: &str) -> Option<Amount> {
    let (currency, number) = amount.split_once(' ')?;
    Amount::new(currency.parse().ok()?, plain_decimal(number).ok()?).ok()
}

fn draft(kind: &str) -> Result<Draft, DraftError> {
    kind.parse::<Kind>().map(Draft::new).map_err(|_| DraftError::Path)
}

/// Status and reason codes of ISO 20022's external code sets (ExternalPaymentTransactionStatus1Code,
/// ExternalStatusReason1Code).
const fn told(answer: Answer) -> (&'static str, Option<&'static str>) {
    match answer {
        Answer::Settled => ("ACSC", None),
        Answer::Pending(hold) => ("PDNG", Some(waiting(hold))),
        Answer::Rejected(Rejection::Person) => ("RJCT", Some("AG01")),
        Answer::Rejected(Rejection::Rule(refusal)) => ("RJCT", Some(refused(refusal))),
        Answer::Failed(_) => ("RJCT", Some("NARR")),
    }
}

const fn refused(refusal: Refusal) -> &'static str {
    match refusal {
        // AM01: the amount is zero. AM02: more than allowed. AG01: not allowed for this. AC06: the account is blocked.
        Refusal::Zero => "AM01",
        Refusal::OverRequestLimit | Refusal::OverDayLimit | Refusal::OverSupplyLimit => "AM02",
        Refusal::KindNotAllowed | Refusal::NotConfirmed => "AG01",
        Refusal::HolderNotListed => "AC06",
        Refusal::SameHolder => "AC14",
    }
}

const fn waiting(hold: Hold) -> &'static str {
    match hold {
        // AM05: may be a duplicate. AM04: not enough funds. NARR: the reason is told in words.
        Hold::Duplicate => "AM05",
        Hold::Books => "AM04",
        Hold::Valuation(_) | Hold::Approval | Hold::Guard | Hold::Chain => "NARR",
    }
}

/// The reason in words; what is wrong inside is nobody's business outside.
const fn additional(answer: Answer) -> Option<&'static str> {
    match answer {
        Answer::Settled => None,
        Answer::Pending(Hold::Approval) => Some("awaits a second person"),
        Answer::Pending(Hold::Valuation(_)) => Some("awaits a price"),
        Answer::Pending(Hold::Guard) => Some("settlement is stopped"),
        Answer::Pending(Hold::Duplicate) => Some("possible duplicate under review"),
        Answer::Pending(Hold::Books | Hold::Chain) => Some("under review"),
        Answer::Rejected(Rejection::Person) => Some("refused after review"),
        Answer::Rejected(Rejection::Rule(refusal)) => Some(refusal.as_str()),
        Answer::Failed(_) => Some("could not be settled"),
    }
}

/// The same for the same request, attempt and telling: whoever waits, goes on and waits again for the same is told once.
fn name(request: &Request, what: &str) -> AnswerId {
    let digest = keccak256(format!("{}/{what}/{}", request.id, request.saga.attempt));
    let half = digest.0.first_chunk::<16>().copied().unwrap_or_default();
    AnswerId::new(u128::from_be_bytes(half))
}

/// An identifier of at most 35 characters, as `Max35Text` wants it.
fn short(id: AnswerId) -> String {
    format!("{:032x}", id.get())
}
