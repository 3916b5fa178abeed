//! What became of a settlement instruction: MT548 for who speaks FIN, sese.024 for who speaks ISO 20022.
//!
//! That tokens were issued or redeemed is no settlement in a depository's books, so an instruction that was carried out is
//! told as accepted, with the transaction in words; the confirmation of the settlement is the depository's.

use causeway_fin::{Draft as FinDraft, DraftError as FinError};
use causeway_iso20022::{Draft, DraftError, MessageId as Kind};

use super::{compose::Ends, name, status::additional};
use crate::{
    adapters::store::NewAnswer,
    domain::{
        authorise::Refusal,
        request::{Origin, Request},
        saga::{Answer, Hold, Rejection},
    },
};

/// The version of the status that is written.
const STATUS: &str = "sese.024.001.10";
/// The longest line of a narrative, 35x.
const LINE: usize = 35;

/// A status in both standards: block and state of sese.024, qualifier and code of 25D, and the code of the reason.
struct Code {
    place: &'static str,
    kind: &'static str,
    code: &'static str,
    reason: Option<&'static str>,
}

const fn told(answer: Answer) -> Code {
    match answer {
        Answer::Settled => Code { place: "PrcgSts/AckdAccptd", kind: "IPRC", code: "PACK", reason: None },
        Answer::Pending(hold) => {
            Code { place: "SttlmSts/Pdg", kind: "SETT", code: "PEND", reason: Some(waiting(hold)) }
        }
        Answer::Rejected(rejection) => {
            Code { place: "PrcgSts/Rjctd", kind: "IPRC", code: "REJT", reason: Some(refused(rejection)) }
        }
        Answer::Failed(_) => Code { place: "PrcgSts/Rjctd", kind: "IPRC", code: "REJT", reason: Some("OTHR") },
    }
}

/// FUTU: the settlement date has not come. LACK: the securities are not there. OTHR: told in words.
const fn waiting(hold: Hold) -> &'static str {
    match hold {
        Hold::ValueDate => "FUTU",
        Hold::Books => "LACK",
        Hold::Duplicate | Hold::Valuation(_) | Hold::Approval | Hold::Guard | Hold::Chain => "OTHR",
    }
}

/// SAFE: the safekeeping account. DQUA: the quantity. OTHR: told in words.
const fn refused(rejection: Rejection) -> &'static str {
    match rejection {
        Rejection::Rule(Refusal::HolderNotListed | Refusal::SameHolder) => "SAFE",
        Rejection::Rule(
            Refusal::Zero | Refusal::OverRequestLimit | Refusal::OverDayLimit | Refusal::OverSupplyLimit,
        ) => "DQUA",
        Rejection::Rule(Refusal::KindNotAllowed | Refusal::NotConfirmed) | Rejection::Person => "OTHR",
    }
}

/// The status of one request.
pub(super) fn status(
    request: &Request,
    origin: &Origin,
    ends: Option<&Ends>,
    answer: Answer,
) -> Result<NewAnswer, DraftError> {
    match ends.map(|ends| fin(request, origin, ends, answer)) {
        Some(Ok(written)) => Ok(written),
        // A text that FIN cannot write is told in ISO 20022.
        Some(Err(_)) | None => iso(request, origin, answer),
    }
}

fn words(request: &Request, answer: Answer) -> Option<String> {
    let tx_hash = || request.on_chain.map(|on_chain| on_chain.tx_hash.to_string());
    additional(answer).map(str::to_owned).or_else(tx_hash)
}

fn iso(request: &Request, origin: &Origin, answer: Answer) -> Result<NewAnswer, DraftError> {
    let Code { place, reason, .. } = told(answer);
    let id = name::of(request, &format!("{STATUS}/{place}/{}", reason.unwrap_or_default()));
    let at = format!("SctiesSttlmTxStsAdvc/{place}");
    let draft = STATUS.parse::<Kind>().map(Draft::new).map_err(|_| DraftError::Path)?;
    let draft = draft.leaf("SctiesSttlmTxStsAdvc/TxId/AcctOwnrTxId", &origin.message_reference);
    let draft = match reason {
        Some(code) => draft
            .leaf(&format!("{at}/Rsn/Cd/Cd"), code)
            .maybe(&format!("{at}/Rsn/AddtlRsnInf"), words(request, answer).as_deref()),
        None => draft.leaf(&format!("{at}/NoSpcfdRsn"), "NORE"),
    };
    Ok(NewAnswer { id, message_type: STATUS.to_owned(), content: draft.finish()? })
}

fn fin(request: &Request, origin: &Origin, ends: &Ends, answer: Answer) -> Result<NewAnswer, FinError> {
    let Code { kind, code, reason, .. } = told(answer);
    let id = name::of(request, &format!("MT548/{code}/{}", reason.unwrap_or_default()));
    let instruction = origin.message_type.trim_start_matches("MT");
    let draft = FinDraft::new("548", &ends.us, &ends.sender)?
        .field("16R", "GENL")
        .field("20C", &format!(":SEME//{}", name::reference(id)))
        .field("23G", "INST")
        .field("16R", "LINK")
        .field("13A", &format!(":LINK//{instruction}"))
        .field("20C", &format!(":RELA//{}", origin.message_reference))
        .field("16S", "LINK")
        .field("16R", "STAT")
        .field("25D", &format!(":{kind}//{code}"));
    let draft = match reason {
        Some(reason) => draft
            .field("16R", "REAS")
            .field("24B", &format!(":{code}//{reason}"))
            .maybe("70D", words(request, answer).map(|words| format!(":REAS//{}", narrative(&words))).as_deref())
            .field("16S", "REAS"),
        None => draft,
    };
    let content = draft.field("16S", "STAT").field("16S", "GENL").finish()?;
    Ok(NewAnswer { id, message_type: "MT548".to_owned(), content })
}

/// Words in lines of FIN's width, without what its alphabet lacks.
fn narrative(words: &str) -> String {
    let plain: Vec<char> = words.chars().map(|c| if c == '_' { ' ' } else { c.to_ascii_uppercase() }).collect();
    plain.chunks(LINE).map(|line| line.iter().collect::<String>()).collect::<Vec<_>>().join("\n")
}
