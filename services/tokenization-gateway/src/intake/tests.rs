//! What messages order: both standards, and everything that is refused.

use causeway_iso20022::Schemas;
use proptest::prelude::*;

use super::{read::at_most, *};
use crate::domain::{
    actor::Actor,
    identity::{Claim, Known, Novelty, Said, Scheme, novelty},
    instruction::Kind,
    order::{Basis, Measure, Order},
};

const UETR: &str = "174c245f-2682-4291-ad67-2a41e530cd27";
const IBAN: &str = "DE89370400440532013000";

/// A message around fields, one a line, with these blocks 3 and 5.
fn fin(message_type: &str, user: &str, fields: &str, trailer: &str) -> String {
    let text = fields.trim().lines().map(str::trim).collect::<Vec<_>>().join("\r\n");
    format!("{{1:F01BANKBEBBAXXX0001000001}}{{2:I{message_type}BANKUS33XXXXN}}{user}{{4:\r\n{text}\r\n-}}{trailer}")
}

const MT103: &str = "
    :20:PAY-2026-0001
    :23B:CRED
    :32A:260722EUR1234,5
    :33B:EUR1234,5
    :50K:/BE71096123456769
    ANNA EXAMPLE
    :59:/DE89370400440532013000
    BERT EXAMPLE
    :71A:SHA";

fn user() -> String {
    format!("{{3:{{121:{UETR}}}}}")
}

fn mt103(trailer: &str) -> String {
    fin("103", &user(), MT103, trailer)
}

fn document(id: &str, body: &str) -> String {
    format!("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{id}\">{body}</Document>")
}

fn pacs008(uetr: &str, amount: &str) -> String {
    let body = format!(
        "<FIToFICstmrCdtTrf><GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-07-22T09:15:00+02:00</CreDtTm><NbOfTxs>1</NbOfTxs>\
         <IntrBkSttlmDt>2026-07-22</IntrBkSttlmDt><SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr>\
         <CdtTrfTxInf><PmtId><InstrId>PAY-2026-0001</InstrId><EndToEndId>NOTPROVIDED</EndToEndId><UETR>{uetr}</UETR></PmtId>\
         <IntrBkSttlmAmt Ccy=\"EUR\">{amount}</IntrBkSttlmAmt><ChrgBr>SHAR</ChrgBr>\
         <InstgAgt><FinInstnId><BICFI>BANKBEBBXXX</BICFI></FinInstnId></InstgAgt>\
         <Dbtr><Nm>Anna</Nm></Dbtr><DbtrAcct><Id><IBAN>BE71096123456769</IBAN></Id></DbtrAcct>\
         <DbtrAgt><FinInstnId><BICFI>BANKBEBB</BICFI></FinInstnId></DbtrAgt>\
         <CdtrAgt><FinInstnId><BICFI>BANKUS33</BICFI></FinInstnId></CdtrAgt>\
         <Cdtr><Nm>Bert</Nm></Cdtr><CdtrAcct><Id><IBAN>{IBAN}</IBAN></Id></CdtrAcct></CdtTrfTxInf></FIToFICstmrCdtTrf>"
    );
    document("pacs.008.001.08", &body)
}

fn sese023(direction: &str) -> String {
    let body = format!(
        "<SctiesSttlmTxInstr><TxId>SEC-1</TxId><SttlmTpAndAddtlParams><SctiesMvmntTp>{direction}</SctiesMvmntTp><Pmt>FREE</Pmt>\
         </SttlmTpAndAddtlParams><TradDtls><SttlmDt><Dt><Dt>2026-07-22</Dt></Dt></SttlmDt></TradDtls>\
         <FinInstrmId><ISIN>US0378331005</ISIN></FinInstrmId><QtyAndAcctDtls><SttlmQty><Qty><Unit>100</Unit></Qty></SttlmQty>\
         <SfkpgAcct><Id>4711</Id></SfkpgAcct></QtyAndAcctDtls></SctiesSttlmTxInstr>"
    );
    document("sese.023.001.09", &body)
}

fn take(text: &str) -> Result<Vec<Read>, Refusal> {
    read(text.as_bytes(), &Schemas::default())
}

/// The one order of the one message.
fn order(text: &str) -> Order {
    let found = take(text).unwrap();
    assert_eq!((found.len(), found[0].orders.len()), (1, 1), "{found:?}");
    found[0].orders[0].clone()
}

/// What an order is beside one that is stored with all of its names.
fn beside(order: &Order, stored: &Order) -> Novelty<u8> {
    let shared = stored.keys.iter().filter(|key| order.keys.contains(key)).map(|key| key.scheme());
    let known: Vec<_> = shared
        .map(|scheme| Known { request: 1, scheme, content: stored.said.under(scheme), claim: Claim::Free })
        .collect();
    novelty(&order.keys, order.said, &known)
}

fn unwanted(text: &str) -> Unwanted {
    match take(text) {
        Err(Refusal::Unwanted { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

const MT542: &str = "
    :16R:GENL
    :20C::SEME//INSTR-1
    :23G:NEWM
    :98C::PREP//20260722091500
    :16S:GENL
    :16R:TRADDET
    :98A::TRAD//20260720
    :98A::SETT//20260722
    :90B::DEAL//ACTU/EUR101,25
    :35B:ISIN US0378331005
    EXAMPLE SHARES
    :16S:TRADDET
    :16R:FIAC
    :36B::SETT//UNIT/1000,
    :97A::SAFE//ACCOUNT-1
    :16S:FIAC
    :16R:SETDET
    :22F::SETR//TRAD
    :16R:SETPRTY
    :95P::REAG//BANKDEFF
    :97A::SAFE//ACCOUNT-2
    :16S:SETPRTY
    :16R:SETPRTY
    :95P::BUYR//BANKFRPP
    :16S:SETPRTY
    :16R:SETPRTY
    :95P::PSET//CEDELULL
    :16S:SETPRTY
    :16S:SETDET";

/// A customer's order without header and without the BIC of his bank.
fn pain001(message: &str, instruction: &str, end_to_end: &str) -> String {
    let body = format!(
        "<CstmrCdtTrfInitn><GrpHdr><MsgId>{message}</MsgId><CreDtTm>2026-07-22T09:15:00Z</CreDtTm><NbOfTxs>1</NbOfTxs>\
         <InitgPty><Nm>Anna</Nm></InitgPty></GrpHdr><PmtInf><PmtInfId>P-1</PmtInfId><PmtMtd>TRF</PmtMtd>\
         <ReqdExctnDt><Dt>2026-07-22</Dt></ReqdExctnDt><Dbtr><Nm>Anna</Nm></Dbtr>\
         <DbtrAcct><Id><IBAN>BE71096123456769</IBAN></Id></DbtrAcct>\
         <DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>\
         <CdtTrfTxInf><PmtId>{instruction}<EndToEndId>{end_to_end}</EndToEndId></PmtId>\
         <Amt><InstdAmt Ccy=\"EUR\">50.00</InstdAmt></Amt><Cdtr><Nm>Bert</Nm></Cdtr>\
         <CdtrAcct><Id><IBAN>{IBAN}</IBAN></Id></CdtrAcct></CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn>"
    );
    document("pain.001.001.09", &body)
}

#[test]
fn tok_7_an_order_that_names_no_sender_is_known_again_by_whoever_hands_it_in() {
    let maker = |name: &str| name.parse::<Actor>().unwrap();
    let (first, anew) = (order(&pain001("M-1", "", "RENT")), order(&pain001("M-2", "", "RENT")));
    assert!(first.sender.is_empty() && first.keys.iter().all(|key| !anew.keys.contains(key)), "{first:?}");
    let by = |order: &Order, name: &str| order.clone().handed_in_by(&maker(name));
    assert_eq!(by(&first, "shop").key().scheme(), Scheme::Reference);
    assert_eq!(beside(&by(&anew, "shop"), &by(&first, "shop")), Novelty::Same(1));
    assert_eq!(beside(&by(&anew, "other"), &by(&first, "shop")), Novelty::New);
    let instructed = order(&pain001("M-3", "<InstrId>I-9</InstrId>", "RENT"));
    assert_eq!(beside(&by(&instructed, "shop"), &by(&first, "shop")), Novelty::Candidate(Some(1)));
    let nameless = order(&pain001("M-4", "", "NOTPROVIDED"));
    assert_eq!(beside(&by(&nameless, "shop"), &by(&first, "shop")), Novelty::Candidate(None));
    let named = order(&mt103(""));
    assert_eq!(named.clone().handed_in_by(&maker("shop")), named, "a message that says who sent it has his names");
}

#[test]
fn tok_7_two_payments_of_one_reference_are_told_apart_by_who_pays_and_by_every_other_reference() {
    let uetr = format!("<UETR>{UETR}</UETR>");
    let rent = pacs008(UETR, "50").replace(&uetr, "<TxId>T-1</TxId>").replace("NOTPROVIDED", "RENT");
    let first = order(&rent);
    assert_eq!(first.key().scheme(), Scheme::Reference);
    let other = |from: &str, to: &str| {
        assert!(rent.contains(from));
        beside(&order(&rent.replace(from, to)), &first)
    };
    assert_eq!(other("<MsgId>M-1", "<MsgId>M-2"), Novelty::Same(1), "the same, told anew");
    assert_eq!(other("T-1", "T-2"), Novelty::Candidate(Some(1)));
    assert_eq!(other("PAY-2026-0001", "PAY-2026-0002"), Novelty::Candidate(Some(1)));
    assert_eq!(other("BE71096123456769", "GB82WEST12345698765432"), Novelty::Candidate(Some(1)));
    let orders = |text: &str| take(&fin("101", "", text, "")).unwrap()[0].orders[0].clone();
    let of_another = orders(&MT101.replace("ORDERS-1", "ORDERS-2"));
    assert_eq!(beside(&of_another, &orders(MT101)), Novelty::Candidate(Some(1)), "21 is unique within its 20");
}

#[test]
fn tok_7_the_same_text_under_another_uetr_has_a_name_of_its_own() {
    let (first, other) = (order(&mt103("")), order(&mt103("").replace(UETR, &UETR.replace("174c", "274c"))));
    assert_eq!(beside(&other, &first), Novelty::Candidate(Some(1)));
    let content = |order: &Order| *order.keys.iter().find(|key| key.scheme() == Scheme::Content).unwrap();
    assert_eq!(content(&other), content(&first), "whose text it is");
    assert!(other.spare_key() != content(&other) && other.spare_key() != first.spare_key());
    assert_eq!(other.spare_key().scheme(), Scheme::Content);
    let plain = Order { said: Said::plain(other.said.content), ..other.clone() };
    assert_ne!(plain.spare_key(), other.spare_key());
}

const MT101: &str = "
    :20:ORDERS-1
    :28D:1/1
    :50H:/BE71096123456769
    ANNA EXAMPLE
    :30:260722
    :21:ONE
    :32B:EUR100,
    :59:/DE89370400440532013000
    BERT
    :71A:SHA
    :21:TWO
    :32B:EUR7,5
    :59:/GB82WEST12345698765432
    CARL
    :71A:SHA";

#[test]
fn tok_5_an_mt101_orders_a_transfer_for_each_of_its_transactions() {
    let found = take(&fin("101", "", MT101, "")).unwrap();
    let [one, two] = &found[0].orders[..] else { panic!("{found:?}") };
    assert_eq!((found[0].reference.as_str(), one.kind, one.reference.as_str()), ("ORDERS-1", Kind::Transfer, "ONE"));
    assert_eq!((one.from.as_deref(), one.to.as_deref()), (Some("BE71096123456769"), Some(IBAN)));
    assert_eq!((two.position, two.amount.to_string().as_str()), (2, "7.5"));
    assert!(one.keys.iter().all(|key| !two.keys.contains(key)), "each is its own");
    let nameless = MT101.replace("50H:/BE71096123456769", "50G:/4711").replace("ANNA EXAMPLE", "BANKBEBB");
    assert_eq!(take(&fin("101", "", &nameless, "")).unwrap()[0].orders[0].from.as_deref(), Some("4711"));
}

#[test]
fn tok_5_an_mt103_orders_tokens_for_its_beneficiary() {
    let order = order(&mt103(""));
    assert_eq!((order.kind, order.basis), (Kind::Mint, Basis::Instructed));
    assert_eq!((order.denomination.as_str(), order.amount.to_string()), ("EUR", "1234.5".to_owned()));
    assert_eq!((order.to.as_deref(), order.from.as_deref()), (Some(IBAN), None));
    assert_eq!((order.reference.as_str(), order.uetr.as_deref()), ("PAY-2026-0001", Some(UETR)));
    assert_eq!(order.key().scheme(), Scheme::Uetr);
}

#[test]
fn tok_4_tok_5_one_payment_in_both_standards_is_one_business_event() {
    let (told, again) = (order(&mt103("")), order(&pacs008(UETR, "1234.50")));
    assert_eq!(told.key(), again.key());
    assert_eq!(told.said.content, again.said.content);
    let other = order(&pacs008(UETR, "1234.51"));
    assert_eq!(told.key(), other.key());
    assert_ne!(told.said.content, other.said.content, "another amount under the same UETR is a conflict");
    assert_eq!(beside(&again, &told), Novelty::Same(1));
    assert_eq!(beside(&other, &told), Novelty::Conflict(1, Scheme::Uetr));
}

#[test]
fn tok_7_a_second_delivery_has_the_same_names() {
    let first = order(&mt103(""));
    let second = mt103("{5:{CHK:123456789ABC}{PDE:}}").replace("0001000001", "0002000007");
    let second = order(&second);
    assert_eq!((second.keys, second.said), (first.keys, first.said));
}

#[test]
fn tok_7_test_and_training_never_orders_anything() {
    assert_eq!(unwanted(&mt103("{5:{CHK:123456789ABC}{TNG:}}")), Unwanted::Training);
    let to_a_test_address = mt103("").replace("BANKUS33XXXX", "BANKUS30XXXX");
    assert_eq!(unwanted(&to_a_test_address), Unwanted::Training);
}

#[test]
fn tok_7_what_would_move_money_a_second_time_is_refused() {
    assert_eq!(unwanted(&mt103("").replace(":71A:SHA", ":71A:SHA\r\n:72:/RETN/99")), Unwanted::Return);
    let bank = ":20:COVER-1\n:21:PAY-2026-0001\n:32A:260722EUR1234,5\n:58A:/123\nBANKITMM";
    assert_eq!(order(&fin("202", &user(), bank, "")).kind, Kind::Mint);
    let covered = format!("{bank}\n:50K:/BE71096123456769\nANNA\n:59:/{IBAN}\nBERT");
    let cover = fin("202", &format!("{{3:{{119:COV}}{{121:{UETR}}}}}"), &covered, "");
    assert_eq!(unwanted(&cover), Unwanted::Cover);
}

#[test]
fn tok_4_tok_5_reports_and_acknowledgements_order_nothing() {
    let status = document(
        "pacs.002.001.10",
        "<FIToFIPmtStsRpt><GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-07-22T09:15:00Z</CreDtTm></GrpHdr></FIToFIPmtStsRpt>",
    );
    assert_eq!(unwanted(&status), Unwanted::NotAnInstruction);
    assert_eq!(unwanted("{1:F21BANKBEBBAXXX0001000001}{4:{177:2607220915}{451:0}}"), Unwanted::NotAnInstruction);
    let told = |word: &str| format!("{{1:F21BANKBEBBAXXX0001000001}}{{4:{{177:2607220915}}{word}}}{}", mt103(""));
    assert_eq!(order(&told("{451:0}")).kind, Kind::Mint, "the message behind its acknowledgement counts");
}

#[test]
fn tok_5_a_message_that_the_network_refused_orders_nothing() {
    let behind = |words: &str| format!("{{1:F21BANKBEBBAXXX0001000001}}{{4:{{177:2607220915}}{words}}}{}", mt103(""));
    assert_eq!(unwanted(&behind("{451:1}{405:T27}")), Unwanted::Nacked);
    assert_eq!(unwanted(&behind("{451:1}")), Unwanted::Nacked, "without a reason too");
    let both = format!("{}${}", behind("{451:0}"), behind("{451:1}{405:T27}").replace("174c245f", "274c245f"));
    assert_eq!(unwanted(&both), Unwanted::Nacked, "each acknowledgement is of the message behind it");
    let mut second = behind("{451:0}").replace("174c245f", "274c245f").replace("PAY-2026-0001", "PAY-2026-0002");
    second.push('$');
    second.push_str(&mt103(""));
    assert_eq!(take(&second).unwrap().len(), 2);
}

#[test]
fn tok_4_securities_that_come_in_are_issued_and_those_that_go_out_redeemed() {
    let received = order(&sese023("RECE"));
    assert_eq!((received.kind, received.to.as_deref()), (Kind::Mint, Some("4711")));
    assert_eq!((received.denomination.as_str(), received.amount.to_string()), ("US0378331005", "100".to_owned()));
    let delivered = order(&sese023("DELI"));
    assert_eq!((delivered.kind, delivered.from.as_deref(), delivered.to), (Kind::Redeem, Some("4711"), None));
    assert_ne!(received.said.content, delivered.said.content);
}

#[test]
fn tok_4_tok_5_what_a_quantity_counts_is_told_in_both_standards() {
    let counted = |code: &str| order(&fin("542", "", &MT542.replace("UNIT", code), "")).measure;
    let iso = |name: &str| order(&sese023("RECE").replace("Unit>", &format!("{name}>"))).measure;
    for (code, name, measure) in
        [("UNIT", "Unit", Measure::Unit), ("FAMT", "FaceAmt", Measure::Face), ("AMOR", "AmtsdVal", Measure::Amortised)]
    {
        assert_eq!((counted(code), iso(name)), (Some(measure), Some(measure)), "{code}");
    }
    assert_eq!(order(&mt103("")).measure, None, "money is counted in nothing else");
}

#[test]
fn tok_4_what_is_worth_an_amount_of_another_currency_is_not_taken_for_that_amount() {
    let ordered = pain001("M-1", "", "E-1");
    let equivalent = "<Amt><EqvtAmt><Amt Ccy=\"EUR\">50.00</Amt><CcyOfTrf>USD</CcyOfTrf></EqvtAmt></Amt>";
    let worth = ordered.replace("<Amt><InstdAmt Ccy=\"EUR\">50.00</InstdAmt></Amt>", equivalent);
    assert_ne!(worth, ordered);
    assert_eq!(unwanted(&worth), Unwanted::Equivalent);
}

#[test]
fn tok_10_a_message_of_more_transactions_than_are_stored_at_once_is_refused() {
    let two = fin("101", "", MT101, "");
    let within = |most: usize| at_most(most, two.as_bytes(), &Schemas::default());
    assert_eq!(within(2), take(&two));
    let Err(Refusal::Unwanted { why, message_type }) = within(1) else { panic!("two are more than one") };
    assert_eq!((why, message_type.as_str()), (Unwanted::TooMany, "MT101"));
}

#[test]
fn tok_10_what_is_wrong_is_said_with_its_place_and_nothing_is_taken() {
    let wrong = mt103("").replace(":32A:260722EUR1234,5", ":32A:260722EUR1234.5");
    let Err(Refusal::Invalid { findings, message_type }) = take(&wrong) else { panic!("a point for a comma") };
    assert_eq!(
        (message_type.as_str(), findings[0].line, findings[0].place.as_str()),
        ("MT103", 4, "block 4, field 32A")
    );
    let wrong = pacs008(UETR, "1234.505");
    let Err(Refusal::Invalid { findings, .. }) = take(&wrong) else { panic!("a third decimal of a euro") };
    assert_eq!(findings[0].rule, "AmountDecimals");
    assert_eq!(findings[0].place, "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/IntrBkSttlmAmt");
    let two = format!("{}${}", mt103(""), wrong_currency());
    assert!(matches!(take(&two), Err(Refusal::Invalid { .. })), "the second message of a file takes the first with it");
}

fn wrong_currency() -> String {
    mt103("").replace("EUR1234,5", "ZZZ1234,5")
}

#[test]
fn tok_10_of_a_file_each_message_is_kept_by_itself_and_not_the_whole_file_with_each() {
    let second = mt103("").replace("PAY-2026-0001", "PAY-2026-0002").replace("174c245f", "274c245f");
    let found = take(&format!("{}${second}", mt103(""))).unwrap();
    let texts: Vec<_> = found.iter().map(|message| message.text.clone()).collect();
    assert_eq!(texts, [mt103(""), second]);
    let xml = pacs008(UETR, "1.00");
    assert_eq!(take(&xml).unwrap()[0].text, xml);
}

#[test]
fn tok_10_what_is_no_message_is_malformed() {
    let entities = "<!DOCTYPE x [<!ENTITY a \"b\">]><Document>&a;</Document>";
    let deep = "<a>".repeat(10_000);
    for bad in ["", "hello", "{1:F01", "<Document", "\u{feff}<Document/>", entities, &deep] {
        assert!(matches!(take(bad), Err(Refusal::Malformed(_))), "{:?}", bad.get(..40));
    }
}

proptest! {
    #[test]
    fn tok_10_no_bytes_make_the_intake_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, &Schemas::default());
    }

    #[test]
    fn tok_10_a_mutated_message_is_taken_whole_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>(), xml in any::<bool>()) {
        let mut bytes = if xml { pacs008(UETR, "1234.50") } else { mt103("") }.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(found) = read(&bytes, &Schemas::default()) {
            prop_assert!(found.iter().all(|one| !one.orders.is_empty()));
        }
    }
}
