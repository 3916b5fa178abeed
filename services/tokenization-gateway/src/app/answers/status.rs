//! pacs.002: what became of a payment message, and that a payment waits.

use causeway_iso20022::{Draft, DraftError, MessageId as Kind};
use causeway_primitives::Timestamp;

use super::name;
use crate::{
    adapters::store::{Ended, NewAnswer, TransactionEnd},
    domain::{
        authorise::Refusal,
        request::{Origin, Request},
        saga::{Answer, Hold, Rejection, State},
    },
};

/// The version that is written.
const STATUS: &str = "pacs.002.001.10";
const BODY: &str = "FIToFIPmtStsRpt";

/// What is said of one transaction.
struct Told<'a> {
    reference: &'a str,
    end_to_end: Option<&'a str>,
    uetr: Option<&'a str>,
    /// ExternalPaymentTransactionStatus1Code
    code: &'static str,
    /// ExternalStatusReason1Code
    reason: Option<&'static str>,
    words: Option<&'a str>,
}

/// That a payment waits, and why.
pub(super) fn pending(
    request: &Request,
    origin: &Origin,
    answer: Answer,
    at: Timestamp,
) -> Result<NewAnswer, DraftError> {
    let (code, reason) = told(answer);
    let id = name::of(request, &format!("{STATUS}/{code}/{}", reason.unwrap_or_default()));
    let draft = head(&name::short(id), (&origin.message_reference, &origin.message_type), at)?;
    let said = Told {
        reference: &origin.reference,
        end_to_end: origin.end_to_end.as_deref(),
        uetr: origin.uetr.as_deref(),
        code,
        reason,
        words: additional(answer),
    };
    let draft = transaction(draft, 1, &said);
    Ok(NewAnswer { id, message_type: STATUS.to_owned(), content: draft.finish()? })
}

/// What became of a whole message: one status for each of its transactions, and one for all of them, which is `PART` when
/// they differ.
///
/// # Errors
/// [`DraftError`] when a stored text cannot stand in XML, which no text of a valid message is.
pub fn report(ended: &Ended, at: Timestamp) -> Result<NewAnswer, DraftError> {
    let id = name::hashed(&format!("{}/{STATUS}", ended.message));
    let said: Vec<_> = ended.transactions.iter().map(of_transaction).collect();
    let first = said.first().map_or("RJCT", |first| first.code);
    let group = if said.iter().all(|one| one.code == first) { first } else { "PART" };
    let draft = head(&name::short(id), (&ended.reference, &ended.message_type), at)?;
    let draft = draft.leaf(&format!("{BODY}/OrgnlGrpInfAndSts/GrpSts"), group);
    let draft = (1_usize..).zip(&said).fold(draft, |draft, (place, said)| transaction(draft, place, said));
    Ok(NewAnswer { id, message_type: STATUS.to_owned(), content: draft.finish()? })
}

/// Header and the original message.
fn head(id: &str, (reference, message_type): (&str, &str), at: Timestamp) -> Result<Draft, DraftError> {
    let draft = STATUS.parse::<Kind>().map(Draft::new).map_err(|_| DraftError::Path)?;
    Ok(draft
        .leaf(&format!("{BODY}/GrpHdr/MsgId"), id)
        .leaf(&format!("{BODY}/GrpHdr/CreDtTm"), &at.to_string())
        .leaf(&format!("{BODY}/OrgnlGrpInfAndSts/OrgnlMsgId"), reference)
        .leaf(&format!("{BODY}/OrgnlGrpInfAndSts/OrgnlMsgNmId"), message_type))
}

fn transaction(draft: Draft, place: usize, said: &Told<'_>) -> Draft {
    let at = format!("{BODY}/TxInfAndSts[{place}]");
    draft
        .maybe(&format!("{at}/OrgnlInstrId"), Some(said.reference).filter(|text| !text.is_empty()))
        .leaf(&format!("{at}/OrgnlEndToEndId"), said.end_to_end.unwrap_or("NOTPROVIDED"))
        .maybe(&format!("{at}/OrgnlUETR"), said.uetr)
        .leaf(&format!("{at}/TxSts"), said.code)
        .maybe(&format!("{at}/StsRsnInf/Rsn/Cd"), said.reason)
        .maybe(&format!("{at}/StsRsnInf/AddtlInf"), said.words)
}

fn of_transaction(end: &TransactionEnd) -> Told<'_> {
    let (code, reason, words) = match &end.outcome {
        Ok(State::Rejected(rejection)) => {
            let answer = Answer::Rejected(*rejection);
            ("RJCT", told(answer).1, additional(answer))
        }
        Ok(State::Failed(failure)) => {
            let answer = Answer::Failed(*failure);
            ("RJCT", told(answer).1, additional(answer))
        }
        Ok(
            State::Received
            | State::Parsed
            | State::Validated
            | State::Mapped
            | State::Valued
            | State::Approved
            | State::Guarded
            | State::Submitting
            | State::Submitted
            | State::Mined
            | State::Reconciled
            | State::Held(_)
            | State::Unknown(_)
            | State::Compensating,
        ) => ("PDNG", None, None),
        Ok(State::Reported) => ("ACSC", None, None),
        // Refused at the door: the transaction never became a request.
        Err(label) => ("RJCT", Some(at_the_door(label)), Some(label.as_str())),
    };
    let (end_to_end, uetr) = (end.end_to_end.as_deref(), end.uetr.as_deref());
    Told { reference: &end.reference, end_to_end, uetr, code, reason, words }
}

/// AC01: no such account. AM12: the amount is none of the token's. AM03: the currency is not dealt in. AM05: duplicate.
fn at_the_door(label: &str) -> &'static str {
    match label {
        "account_unknown" => "AC01",
        "amount_not_in_units" => "AM12",
        "asset_unknown" => "AM03",
        "name_of_another_request" => "AM05",
        _ => "NARR",
    }
}

/// Status and reason codes of ISO 20022's external code sets.
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
        Hold::ValueDate | Hold::Valuation(_) | Hold::Approval | Hold::Guard | Hold::Chain => "NARR",
    }
}

/// The reason in words; what is wrong inside is nobody's business outside.
pub(super) const fn additional(answer: Answer) -> Option<&'static str> {
    match answer {
        Answer::Settled => None,
        Answer::Pending(Hold::ValueDate) => Some("awaits its value date"),
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

#[cfg(test)]
mod tests {
    use causeway_iso20022::{Limits, Message, Tree, view::StatusReport};

    use super::*;
    use crate::domain::request::MessageId;

    fn group(outcomes: &[Result<State, &str>]) -> (String, Vec<String>) {
        let end = |(position, outcome): (u32, &Result<State, &str>)| TransactionEnd {
            position,
            reference: format!("I-{position}"),
            end_to_end: None,
            uetr: None,
            outcome: (*outcome).map_err(str::to_owned),
        };
        let ended = Ended {
            message: MessageId::new(1),
            message_type: "pacs.008.001.08".to_owned(),
            reference: "M-1".to_owned(),
            transactions: (1..).zip(outcomes).map(end).collect(),
        };
        let answer = report(&ended, Timestamp::EPOCH).unwrap();
        let tree = Tree::parse(answer.content.as_bytes(), Limits::default()).unwrap();
        let message = Message::find(&tree).unwrap();
        let report = StatusReport::read(&message).unwrap();
        let codes = report.transactions.iter().map(|one| one.status.unwrap_or_default().to_owned());
        (report.group.unwrap_or_default().to_owned(), codes.collect())
    }

    #[test]
    fn tok_4_a_message_whose_transactions_ended_differently_is_told_in_part() {
        let no = State::Rejected(Rejection::Rule(Refusal::Zero));
        type Case<'a> = (&'a [Result<State, &'a str>], &'a str, &'a [&'a str]);
        let cases: [Case<'_>; 4] = [
            (&[Ok(State::Reported), Ok(State::Reported)], "ACSC", &["ACSC", "ACSC"]),
            (&[Ok(no), Err("account_unknown")], "RJCT", &["RJCT", "RJCT"]),
            (&[Ok(State::Reported), Ok(no)], "PART", &["ACSC", "RJCT"]),
            (&[Err("account_unknown"), Ok(State::Reported)], "PART", &["RJCT", "ACSC"]),
        ];
        for (outcomes, all, each) in cases {
            let (told, codes) = group(outcomes);
            assert_eq!((told.as_str(), codes), (all, each.iter().map(|code| (*code).to_owned()).collect()));
        }
    }
}
