//! Securities.

use causeway_mapping::Error;

use crate::support::{enveloped, fields, fin, to_fin, to_iso, value};

const MT543: &str = "
    :16R:GENL
    :20C::SEME//INSTR-1
    :23G:NEWM
    :16S:GENL
    :16R:TRADDET
    :98A::SETT//20260722
    :98A::TRAD//20260720
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
    :95P::PSET//CEDELULL
    :16S:SETPRTY
    :16R:SETPRTY
    :95P::REAG//BANKDEFF
    :97A::SAFE//ACCOUNT-2
    :16S:SETPRTY
    :16R:SETPRTY
    :95R::BUYR/CEDE/1234
    :16S:SETPRTY
    :16R:AMT
    :19A::SETT//EUR101250,
    :16S:AMT
    :16S:SETDET";

#[test]
fn tok_4_tok_5_an_instruction_goes_there_and_back() {
    let text = fin("543", "", MT543);
    let there = to_iso(&text).unwrap();
    for (target, expected) in [
        ("SctiesSttlmTxInstr/TxId", "INSTR-1"),
        ("SctiesMvmntTp", "DELI"),
        ("SttlmTpAndAddtlParams/Pmt", "APMT"),
        ("TradDtls/SttlmDt/Dt/Dt", "2026-07-22"),
        ("FinInstrmId/ISIN", "US0378331005"),
        ("SttlmQty/Qty/Unit", "1000"),
        ("RcvgSttlmPties/Dpstry/Id/AnyBIC", "CEDELULL"),
        ("RcvgSttlmPties/Pty1/Id/AnyBIC", "BANKDEFF"),
        ("RcvgSttlmPties/Pty2/Id/PrtryId/Id", "1234"),
        ("SttlmAmt/Amt", "EUR 101250"),
        ("SttlmAmt/CdtDbtInd", "CRDT"),
    ] {
        assert_eq!(value(&there, target), expected, "{target}");
    }
    assert!(there.is_lossless(), "{:?}", there.losses);
    let back = to_fin(&enveloped("sese.023.001.09", &there.text)).unwrap().remove(0);
    assert_eq!((back.kind.as_str(), fields(&back.text)), ("543", fields(&text)));
    assert!(back.is_lossless(), "{:?}", back.losses);
}

#[test]
fn tok_4_tok_5_a_confirmation_goes_there_and_back() {
    let linked = ":23G:NEWM\n:16R:LINK\n:20C::RELA//THEIRS-1\n:16S:LINK";
    let confirmed = MT543
        .replace("::SETT", "::ESTT")
        .replace(":23G:NEWM", linked)
        .replace("::REAG", "::DEAG")
        .replace("::BUYR", "::SELL");
    let text = fin("545", "", &confirmed);
    let there = to_iso(&text).unwrap();
    assert_eq!(there.kind, "sese.025.001.09");
    assert_eq!(value(&there, "AcctOwnrTxId"), "THEIRS-1");
    assert_eq!(value(&there, "SttldAmt/CdtDbtInd"), "DBIT");
    let back = to_fin(&enveloped("sese.025.001.09", &there.text)).unwrap().remove(0);
    assert_eq!((back.kind.as_str(), fields(&back.text)), ("545", fields(&text)));
}

#[test]
fn tok_10_a_cancellation_is_no_instruction() {
    let linked = ":23G:CANC\n:16R:LINK\n:20C::PREV//INSTR-0\n:16S:LINK";
    assert_eq!(to_iso(&fin("543", "", &MT543.replace(":23G:NEWM", linked))), Err(Error::Unsupported));
}
