//! Advices and statements.

use crate::support::{enveloped, fields, fin, to_fin, to_iso, value};

#[test]
fn tok_5_advices_go_there_and_back() {
    for (kind, payer) in [("900", ":52A:BANKFRPP"), ("910", ":50K:/1\nANNA\n:56A:BANKFRPP")] {
        let text = fin(kind, "", &format!(":20:A-1\n:21:PAY-1\n:25:BE71096123456769\n:32A:260722EUR12,50\n{payer}"));
        let there = to_iso(&text).unwrap();
        assert_eq!(value(&there, "Ntry/CdtDbtInd"), if kind == "900" { "DBIT" } else { "CRDT" });
        assert!(there.is_lossless(), "{:?}", there.losses);
        let back = to_fin(&enveloped("camt.054.001.08", &there.text)).unwrap().remove(0);
        assert_eq!((back.kind.as_str(), fields(&back.text)), (kind, fields(&text)));
    }
}

#[test]
fn tok_4_a_credit_without_payer_says_so() {
    let body = "<BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>M</MsgId></GrpHdr><Ntfctn><Id>N-1</Id><Acct><Id><Othr><Id>4711</Id></Othr></Id></Acct>\
        <Ntry><Amt Ccy=\"EUR\">5</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><ValDt><Dt>2026-07-22</Dt></ValDt></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn>";
    let mapped = to_fin(&enveloped("camt.054.001.08", body)).unwrap().remove(0);
    assert_eq!(fields(&mapped.text), ["20:N-1", "21:NONREF", "25:4711", "32A:260722EUR5,", "52D:NOTPROVIDED"]);
}

const MT940: &str = "
    :20:S-1
    :25:4711
    :28C:12/2
    :60F:C260721EUR100,
    :61:2607220722D40,5NTRFPAY-1//BANK-1
    :86:BERT EXAMPLE
    :61:260722C10,NTRFNONREF
    :61:260722RD1,NTRFPAY-2
    :62F:C260722EUR70,5
    :64:C260722EUR70,5";

#[test]
fn tok_5_a_statement_goes_there_and_back() {
    let text = fin("940", "", MT940);
    let there = to_iso(&text).unwrap();
    assert_eq!(value(&there, "LglSeqNb"), "12");
    assert_eq!(value(&there, "Bal[2]/Amt"), "EUR 70.5");
    assert_eq!(value(&there, "Ntry[1]/BkTxCd/Prtry/Cd"), "NTRF");
    assert_eq!(value(&there, "Ntry[3]/RvslInd"), "true");
    assert!(there.losses.is_empty(), "{:?}", there.losses);
    let back = to_fin(&enveloped("camt.053.001.08", &there.text)).unwrap().remove(0);
    assert_eq!(fields(&back.text), fields(&text));
}

#[test]
fn tok_4_an_entry_that_is_not_booked_is_a_loss_and_not_an_entry() {
    let there = to_iso(&fin("940", "", MT940)).unwrap();
    let pending = there.text.replacen("<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>", 1);
    let back = to_fin(&enveloped("camt.053.001.08", &pending)).unwrap().remove(0);
    assert_eq!(fields(&back.text).iter().filter(|field| field.starts_with("61:")).count(), 2);
    assert!(back.losses.iter().any(|loss| loss.value == "40.5"));
}
