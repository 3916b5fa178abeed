//! Each rule, broken once, with the place that the finding names.

use causeway_iso20022::{Rule, SchemaCheck, Schemas, validate};

use crate::samples::{self, broken, with};

fn assert_breaks(xml: &str, changes: &[(&str, &str, Rule)]) {
    for (from, to, rule) in changes {
        assert!(xml.contains(from), "{from} is not in the sample");
        let found = broken(&xml.replacen(from, to, 1));
        assert!(found.contains(rule), "{from} to {to}: expected {rule:?}, found {found:?}");
    }
}

#[test]
fn tok_4_values_are_checked_wherever_they_stand() {
    assert_breaks(
        &samples::pacs008(),
        &[
            ("\"EUR\">100<", "\"EUR\">100.005<", Rule::AmountDecimals),
            ("\"EUR\">100<", "\"EUR\">1e2<", Rule::Amount),
            ("\"EUR\">100<", "\"EUR\">-100<", Rule::Amount),
            ("\"EUR\">100<", "\"EUR\"><", Rule::Amount),
            ("\"EUR\">100<", "\"ZZZ\">100<", Rule::Currency),
            ("BANKBEBB", "BANKZZBB", Rule::Bic),
            ("BE71096123456769", "BE71096123456768", Rule::Iban),
            ("529900T8BM49AURSDO55", "529900T8BM49AURSDO56", Rule::Lei),
            ("2a41e530cd27", "2A41E530CD27", Rule::Uetr),
            ("<Ctry>BE<", "<Ctry>ZZ<", Rule::Country),
            ("2026-07-22<", "2026-02-29<", Rule::Date),
        ],
    );
    assert_breaks(&samples::sese023(), &[("US0378331005", "US0378331006", Rule::Isin)]);
    assert_breaks(&samples::sese023(), &[(">101250<", ">101250.005<", Rule::AmountDecimals)]);
}

#[test]
fn tok_4_counts_and_sums_are_those_of_the_transactions() {
    assert_breaks(
        &samples::pacs008(),
        &[
            ("<NbOfTxs>2<", "<NbOfTxs>3<", Rule::Count),
            ("<NbOfTxs>2<", "<NbOfTxs>two<", Rule::Count),
            ("<CtrlSum>150.25<", "<CtrlSum>150.24<", Rule::ControlSum),
            ("<TtlIntrBkSttlmAmt Ccy=\"EUR\">150.25", "<TtlIntrBkSttlmAmt Ccy=\"EUR\">150.26", Rule::Total),
            ("<TtlIntrBkSttlmAmt Ccy=\"EUR\">150.25", "<TtlIntrBkSttlmAmt Ccy=\"USD\">150.25", Rule::Total),
        ],
    );
    let order = samples::pain001();
    assert_breaks(
        &order,
        &[("<NbOfTxs>2<", "<NbOfTxs>1<", Rule::Count), ("<CtrlSum>3<", "<CtrlSum>4<", Rule::ControlSum)],
    );
    let in_payment = order.replacen("<PmtInfId>P-1</PmtInfId><NbOfTxs>2<", "<PmtInfId>P-1</PmtInfId><NbOfTxs>1<", 1);
    assert_eq!(broken(&in_payment), [Rule::Count]);
}

#[test]
fn tok_4_without_a_schema_what_every_version_has_is_asked_for_and_the_answer_says_so() {
    assert_breaks(
        &samples::pacs008(),
        &[("<EndToEndId>E-1</EndToEndId>", "", Rule::Mandatory), ("<MsgId>M-1</MsgId>", "", Rule::Mandatory)],
    );
    with(&samples::pacs008(), |message| {
        assert_eq!(validate(message, &Schemas::default()).schema(), SchemaCheck::NoSchema);
    });
}

#[test]
fn tok_10_a_finding_names_path_line_and_column() {
    let xml = samples::pacs008().replace("<CdtTrfTxInf>", "\n  <CdtTrfTxInf>").replace(">50.25<", ">50.255<");
    with(&xml, |message| {
        let validation = validate(message, &Schemas::default());
        let finding = validation.findings().iter().find(|one| one.rule == Rule::AmountDecimals).unwrap();
        assert_eq!(finding.path, "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[2]/IntrBkSttlmAmt");
        assert_eq!((finding.at.line, finding.at.column), (3, 130));
        assert!(finding.to_string().starts_with("line 3, column 130, /Document/FIToFICstmrCdtTrf/CdtTrfTxInf[2]"));
    });
}

#[test]
fn tok_4_a_message_is_found_in_any_wrapper_and_under_any_prefix() {
    let inner = samples::pacs002();
    let prefixed =
        inner.replace("xmlns=", "xmlns:p=").replace("</", "\u{1}").replace('<', "<p:").replace('\u{1}', "</p:");
    let header = "<h:AppHdr xmlns:h=\"urn:iso:std:iso:20022:tech:xsd:head.001.001.02\"><h:Fr><h:FIId><h:FinInstnId>\
        <h:BICFI>BANKBEBB</h:BICFI></h:FinInstnId></h:FIId></h:Fr><h:BizMsgIdr>B-1</h:BizMsgIdr>\
        <h:MsgDefIdr>pacs.002.001.10</h:MsgDefIdr><h:PssblDplct>true</h:PssblDplct></h:AppHdr>";
    for (open, close) in
        [("<Envelope>", "</Envelope>"), ("<x:DataPDU xmlns:x=\"urn:x\"><x:Body>", "</x:Body></x:DataPDU>")]
    {
        let xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- hello -->{open}{header}{prefixed}{close}");
        with(&xml, |message| {
            let found = message.header.as_ref().unwrap();
            assert_eq!((found.message, found.is_possible_duplicate), (Some("B-1"), true));
            assert_eq!(found.from.unwrap().as_str(), "BANKBEBB");
            assert_eq!(message.body.text_at("GrpHdr/MsgId"), Some("M-4"));
        });
        let other = xml.replace("<h:MsgDefIdr>pacs.002.001.10", "<h:MsgDefIdr>pacs.002.001.11");
        assert_eq!(broken(&other), [Rule::Definition]);
    }
    // An element of another namespace is not on the path, whatever its name.
    let foreign = inner.replace("<GrpHdr><MsgId>M-4", "<GrpHdr><MsgId xmlns=\"urn:x\">EVIL</MsgId><MsgId>M-4");
    with(&foreign, |message| assert_eq!(message.body.text_at("GrpHdr/MsgId"), Some("M-4")));
}
