//! MT103 and pacs.008, MT202 and pacs.009.

use causeway_mapping::Error;
use proptest::prelude::*;

use crate::support::{enveloped, fields, fin, to_fin, to_iso, value};

const UETR: &str = "{121:174c245f-2682-4291-ad67-2a41e530cd27}";

const MT103: &str = "
    :20:PAY-1
    :23B:CRED
    :32A:260722EUR1234,5
    :33B:USD1400,
    :36:1,13
    :50F:/BE71096123456769
    1/ANNA EXAMPLE
    2/MAIN STREET 1
    3/BE/BRUSSELS
    :52A:BANKFRPP
    :56A:BANKITMM
    :57D://FW021000089
    SOME BANK
    NEW YORK
    :59:/4711
    BERT
    SIDE STREET
    :70:/ROC/E2E-1//INVOICE 7
    :71A:SHA
    :71F:USD5,
    :72:/INS/BANKDEFF
    /ACC/CALL HIM
    :77B:/ORDERRES/BE";

#[test]
fn tok_4_tok_5_a_customer_transfer_is_told_in_iso_20022_with_the_origin_of_each_value() {
    let mapped = to_iso(&fin("103", UETR, MT103)).unwrap();
    assert_eq!(mapped.kind, "pacs.008.001.08");
    for (target, expected) in [
        ("PmtId/InstrId", "PAY-1"),
        ("PmtId/EndToEndId", "E2E-1"),
        ("PmtId/UETR", "174c245f-2682-4291-ad67-2a41e530cd27"),
        ("CdtTrfTxInf/IntrBkSttlmAmt", "EUR 1234.5"),
        ("IntrBkSttlmDt", "2026-07-22"),
        ("CdtTrfTxInf/InstdAmt", "USD 1400"),
        ("XchgRate", "1.13"),
        ("ChrgBr", "SHAR"),
        ("ChrgsInf[1]/Amt", "USD 5"),
        ("PrvsInstgAgt1/FinInstnId/BICFI", "BANKDEFF"),
        ("InstgAgt/FinInstnId/BICFI", "BANKBEBBXXX"),
        ("InstdAgt/FinInstnId/BICFI", "BANKUS33XXX"),
        ("IntrmyAgt1/FinInstnId/BICFI", "BANKITMM"),
        ("Dbtr/Nm", "ANNA EXAMPLE"),
        ("Dbtr/PstlAdr/TwnNm", "BRUSSELS"),
        ("Dbtr/PstlAdr/Ctry", "BE"),
        ("Dbtr/PstlAdr/AdrLine[1]", "MAIN STREET 1"),
        ("DbtrAcct/Id/IBAN", "BE71096123456769"),
        ("DbtrAgt/FinInstnId/BICFI", "BANKFRPP"),
        ("CdtrAgt/FinInstnId/ClrSysMmbId/ClrSysId/Cd", "USABA"),
        ("CdtrAgt/FinInstnId/ClrSysMmbId/MmbId", "021000089"),
        ("Cdtr/Nm", "BERT"),
        ("CdtrAcct/Id/Othr/Id", "4711"),
        ("InstrForNxtAgt/InstrInf", "/ACC/CALL HIM"),
        ("RgltryRptg/Dtls/Inf", "/ORDERRES/BE"),
        ("SttlmInf/SttlmMtd", "INDA"),
    ] {
        assert_eq!(value(&mapped, target), expected, "{target}");
    }
    let amount = mapped.lines.iter().find(|line| line.target.ends_with("IntrBkSttlmAmt")).unwrap();
    assert_eq!(
        amount.to_string(),
        "FIToFICstmrCdtTrf/CdtTrfTxInf/IntrBkSttlmAmt = EUR 1234.5 ← field 32A, line 4: what is settled"
    );
    // 23B says only that it is a transfer.
    let losses: Vec<_> = mapped.losses.iter().map(|loss| loss.value.as_str()).collect();
    assert_eq!(losses, ["CRED"]);
}

#[test]
fn tok_5_correspondents_mean_cover_and_an_account_says_whose() {
    let with = |field: &str| to_iso(&fin("103", UETR, &MT103.replace(":56A:", &format!("{field}\n:56A:")))).unwrap();
    let covered = with(":53A:BANKGB22\n:54A:BANKCHZZ");
    assert_eq!(value(&covered, "SttlmMtd"), "COVE");
    assert_eq!(value(&covered, "InstgRmbrsmntAgt/FinInstnId/BICFI"), "BANKGB22");
    assert_eq!(value(&covered, "InstdRmbrsmntAgt/FinInstnId/BICFI"), "BANKCHZZ");
    let credited = with(":53B:/C/99");
    assert_eq!((value(&credited, "SttlmMtd"), value(&credited, "SttlmAcct/Id/Othr/Id")), ("INGA", "99"));
    assert_eq!(value(&with(":53B:/D/99"), "SttlmMtd"), "INDA");
}

#[test]
fn tok_5_a_customer_transfer_comes_back_as_it_was_where_both_standards_can_say_it() {
    let there = to_iso(&fin("103", UETR, MT103)).unwrap();
    let back = to_fin(&enveloped("pacs.008.001.08", &there.text)).unwrap().remove(0);
    let (before, after) = (fields(&fin("103", UETR, MT103)), fields(&back.text));
    let gone: Vec<_> = before.iter().filter(|field| !after.contains(field)).collect();
    // The regulatory line has no mapping back; the name without a country is a name with lines.
    assert_eq!(gone, ["77B:/ORDERRES/BE"]);
    assert!(back.text.contains(UETR) && back.text.starts_with("{1:F01BANKBEBBXXXX"));
    let lost: Vec<_> = back.losses.iter().map(|loss| loss.value.as_str()).collect();
    assert!(lost.contains(&"/ORDERRES/BE"), "{lost:?}");
}

const PACS008: &str = "<FIToFICstmrCdtTrf><GrpHdr><MsgId>A-MESSAGE-OF-THIRTY-CHARACTERS</MsgId><NbOfTxs>2</NbOfTxs>\
    <IntrBkSttlmDt>2026-07-22</IntrBkSttlmDt><SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr>\
    <CdtTrfTxInf><PmtId><EndToEndId>NOTPROVIDED</EndToEndId></PmtId><IntrBkSttlmAmt Ccy=\"JPY\">1000</IntrBkSttlmAmt><ChrgBr>DEBT</ChrgBr>\
    <Dbtr><Nm>Jürgen Größenwahn und Söhne Gesellschaft mit beschränkter Haftung und Compagnie</Nm></Dbtr>\
    <Cdtr><Nm>Bert</Nm><PstlAdr><StrtNm>Main Street</StrtNm><TwnNm>Boston</TwnNm><Ctry>US</Ctry></PstlAdr></Cdtr>\
    <Purp><Cd>GDDS</Cd></Purp></CdtTrfTxInf>\
    <CdtTrfTxInf><PmtId><InstrId>I-2</InstrId><EndToEndId>E-2</EndToEndId></PmtId><IntrBkSttlmAmt Ccy=\"JPY\">7</IntrBkSttlmAmt><ChrgBr>CRED</ChrgBr>\
    <Dbtr><Nm>Anna</Nm></Dbtr><Cdtr><Nm>Carl</Nm></Cdtr></CdtTrfTxInf></FIToFICstmrCdtTrf>";

#[test]
fn tok_4_each_transaction_is_a_fin_message_and_what_does_not_fit_is_said() {
    let all = to_fin(&enveloped("pacs.008.001.08", PACS008)).unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(
        fields(&all[0].text),
        [
            "20:A-MESSAGE-OF-TH+",
            "23B:CRED",
            "32A:260722JPY1000,",
            "33B:JPY1000,",
            "50K:J.rgen Gr..enwahn und S.hne Gesells|chaft mit beschr.nkter Haftung und",
            "59F:1/Bert|2/Main Street|3/US/Boston",
            "71A:OUR",
        ]
    );
    let changed: Vec<_> =
        all[0].lines.iter().filter(|line| line.original.is_some()).map(|line| line.target.as_str()).collect();
    assert_eq!(changed, ["20", "50K"]);
    let lost: Vec<_> = all[0].losses.iter().map(|loss| loss.origin.to_string()).collect();
    assert_eq!(lost, ["/Envelope/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Purp/Cd"]);
    assert!(fields(&all[1].text).contains(&"70:/ROC/E-2".to_owned()));
    assert!(fields(&all[1].text).contains(&"71F:JPY0,".to_owned()));
}

const MT202: &str = "
    :20:COVER-1
    :21:PAY-1
    :32A:260722EUR1234,5
    :52A:BANKBEBB
    :57A:BANKDEFF
    :58A:/123
    BANKITMM
    :72:/INS/BANKFRPP
    :50K:/BE71096123456769
    ANNA
    :59:/4711
    BERT
    :70:INVOICE
    :33B:EUR1234,5";

#[test]
fn tok_5_a_cover_goes_there_and_back() {
    let text = fin("202", "{119:COV}{121:174c245f-2682-4291-ad67-2a41e530cd27}", MT202);
    let there = to_iso(&text).unwrap();
    assert_eq!(there.kind, "pacs.009.001.08");
    assert_eq!(value(&there, "CdtTrfTxInf/Dbtr/FinInstnId/BICFI"), "BANKBEBB");
    assert_eq!(value(&there, "Cdtr/FinInstnId/BICFI"), "BANKITMM");
    assert_eq!(value(&there, "UndrlygCstmrCdtTrf/Dbtr/Nm"), "ANNA");
    assert!(there.is_lossless(), "{:?}", there.losses);
    let back = to_fin(&enveloped("pacs.009.001.08", &there.text)).unwrap().remove(0);
    assert_eq!(fields(&back.text), fields(&text));
    assert!(back.is_lossless(), "{:?}", back.losses);
}

#[test]
fn tok_10_what_cannot_be_told_is_an_error_that_says_why() {
    assert_eq!(to_iso(&fin("199", "", ":20:A\n:79:B")), Err(Error::Unsupported));
    assert_eq!(to_iso(&fin("103", "", ":20:A")), Err(Error::Invalid));
    let without = PACS008.replace("<Cdtr><Nm>Carl</Nm></Cdtr>", "<Cdtr><Nm></Nm></Cdtr>");
    assert_eq!(to_fin(&enveloped("pacs.008.001.08", &without)), Err(Error::Missing("the creditor's name")));
    let undated = PACS008.replace("<IntrBkSttlmDt>2026-07-22</IntrBkSttlmDt>", "");
    assert_eq!(to_fin(&enveloped("pacs.008.001.08", &undated)), Err(Error::Missing("a settlement date")));
}

#[test]
fn tok_7_a_return_is_never_told_as_a_new_payment() {
    for code in ["/RETN/99", "/REJT/99"] {
        let returned = MT103.replace(":72:/INS/BANKDEFF", &format!(":72:{code}\n/AC04/"));
        assert_eq!(to_iso(&fin("103", UETR, &returned)), Err(Error::Return));
    }
}

#[test]
fn tok_5_a_bank_transfer_tells_the_beneficiary_through_72() {
    let body = MT202.split("    :50K:").next().unwrap();
    let text =
        fin("202", UETR, &body.replace(":72:/INS/BANKFRPP", ":72:/INS/BANKFRPP\n/BNF/INVOICE\n//4711\n/REC/CALL"));
    let there = to_iso(&text).unwrap();
    assert_eq!(value(&there, "RmtInf/Ustrd"), "/BNF/INVOICE 4711");
    assert_eq!(value(&there, "InstrForNxtAgt/InstrInf"), "/REC/CALL");
    let back = to_fin(&enveloped("pacs.009.001.08", &there.text)).unwrap().remove(0);
    assert!(fields(&back.text).contains(&"72:/INS/BANKFRPP|/REC/CALL|/BNF/INVOICE 4711".to_owned()));
}

proptest! {
    #[test]
    fn tok_10_any_texts_make_a_valid_message_or_an_error(name in "\\PC{1,200}", street in "\\PC{0,100}", purpose in "\\PC{0,300}", reference in "\\PC{1,40}") {
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let xml = PACS008
            .replace("<Nm>Anna</Nm>", &format!("<Nm>{}</Nm><PstlAdr><StrtNm>{}</StrtNm><Ctry>BE</Ctry></PstlAdr>", escaped(&name), escaped(&street)))
            .replace("<InstrId>I-2</InstrId>", &format!("<InstrId>{}</InstrId>", escaped(&reference)))
            .replace("<Cdtr><Nm>Carl</Nm></Cdtr>", &format!("<Cdtr><Nm>Carl</Nm></Cdtr><RmtInf><Ustrd>{}</Ustrd></RmtInf>", escaped(&purpose)));
        // The helper asserts that whatever is given out is valid.
        let _ = to_fin(&enveloped("pacs.008.001.08", &xml));
    }
}
