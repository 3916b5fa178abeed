//! One message of each handled kind, made for these tests; all names and references are invented.

use causeway_iso20022::{Limits, Message, Rule, Schemas, Tree, validate};

/// A document of a message around its body.
pub(crate) fn document(id: &str, body: &str) -> String {
    format!("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{id}\">{body}</Document>")
}

/// Reads a message and hands it on; it borrows from the tree.
pub(crate) fn with<T>(xml: &str, then: impl FnOnce(&Message<'_, '_>) -> T) -> T {
    let tree = Tree::parse(xml.as_bytes(), Limits::default()).unwrap();
    then(&Message::find(&tree).unwrap())
}

/// The rules that a message breaks, without a schema.
pub(crate) fn broken(xml: &str) -> Vec<Rule> {
    with(xml, |message| validate(message, &Schemas::default()).findings().iter().map(|one| one.rule).collect())
}

const UETR: &str = "174c245f-2682-4291-ad67-2a41e530cd27";

/// Two transfers, of 100 and 50.25 euros.
pub(crate) fn pacs008() -> String {
    let transfer = |number: u32, amount: &str| {
        format!(
            "<CdtTrfTxInf><PmtId><InstrId>I-{number}</InstrId><EndToEndId>E-{number}</EndToEndId><UETR>{UETR}</UETR></PmtId>\
             <IntrBkSttlmAmt Ccy=\"EUR\">{amount}</IntrBkSttlmAmt><ChrgBr>SHAR</ChrgBr>\
             <InstgAgt><FinInstnId><BICFI>BANKBEBB</BICFI></FinInstnId></InstgAgt>\
             <Dbtr><Nm>Anna &amp; Sons</Nm><PstlAdr><StrtNm>Main Street</StrtNm><Ctry>BE</Ctry><AdrLine>Brussels</AdrLine></PstlAdr>\
             <Id><OrgId><LEI>529900T8BM49AURSDO55</LEI></OrgId></Id></Dbtr>\
             <DbtrAcct><Id><IBAN>BE71096123456769</IBAN></Id></DbtrAcct>\
             <DbtrAgt><FinInstnId><BICFI>BANKBEBB</BICFI></FinInstnId></DbtrAgt>\
             <CdtrAgt><FinInstnId><ClrSysMmbId><ClrSysId><Cd>USABA</Cd></ClrSysId><MmbId>021000089</MmbId></ClrSysMmbId></FinInstnId></CdtrAgt>\
             <Cdtr><Nm>Bert</Nm></Cdtr><CdtrAcct><Id><Othr><Id>4711</Id></Othr></Id></CdtrAcct>\
             <RmtInf><Ustrd>Invoice</Ustrd><Ustrd>{number}</Ustrd></RmtInf></CdtTrfTxInf>"
        )
    };
    document(
        "pacs.008.001.08",
        &format!(
            "<FIToFICstmrCdtTrf><GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-07-22T09:15:00+02:00</CreDtTm><NbOfTxs>2</NbOfTxs>\
             <CtrlSum>150.25</CtrlSum><TtlIntrBkSttlmAmt Ccy=\"EUR\">150.25</TtlIntrBkSttlmAmt>\
             <IntrBkSttlmDt>2026-07-22</IntrBkSttlmDt><SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr>{}{}\
             </FIToFICstmrCdtTrf>",
            transfer(1, "100"),
            transfer(2, "50.25")
        ),
    )
}

pub(crate) fn pacs009_cover() -> String {
    document(
        "pacs.009.001.08",
        &format!(
            "<FICdtTrf><GrpHdr><MsgId>M-2</MsgId><NbOfTxs>1</NbOfTxs></GrpHdr><CdtTrfTxInf>\
             <PmtId><EndToEndId>NOTPROVIDED</EndToEndId><UETR>{UETR}</UETR></PmtId>\
             <IntrBkSttlmAmt Ccy=\"JPY\">1000</IntrBkSttlmAmt><IntrBkSttlmDt>2026-07-22</IntrBkSttlmDt>\
             <Dbtr><FinInstnId><BICFI>BANKBEBB</BICFI></FinInstnId></Dbtr>\
             <Cdtr><FinInstnId><BICFI>BANKUS33XXX</BICFI></FinInstnId></Cdtr>\
             <UndrlygCstmrCdtTrf><Dbtr><Nm>Anna</Nm></Dbtr><Cdtr><Nm>Bert</Nm></Cdtr>\
             <InstdAmt Ccy=\"JPY\">1000</InstdAmt></UndrlygCstmrCdtTrf></CdtTrfTxInf></FICdtTrf>"
        ),
    )
}

pub(crate) fn pain001() -> String {
    document(
        "pain.001.001.09",
        "<CstmrCdtTrfInitn><GrpHdr><MsgId>M-3</MsgId><NbOfTxs>2</NbOfTxs><CtrlSum>3</CtrlSum><InitgPty><Nm>Anna</Nm></InitgPty></GrpHdr>\
         <PmtInf><PmtInfId>P-1</PmtInfId><NbOfTxs>2</NbOfTxs><CtrlSum>3</CtrlSum><ReqdExctnDt><Dt>2026-07-23</Dt></ReqdExctnDt>\
         <Dbtr><Nm>Anna</Nm></Dbtr><DbtrAcct><Id><IBAN>BE71096123456769</IBAN></Id></DbtrAcct>\
         <CdtTrfTxInf><PmtId><EndToEndId>E-1</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"EUR\">1</InstdAmt></Amt><Cdtr><Nm>Bert</Nm></Cdtr></CdtTrfTxInf>\
         <CdtTrfTxInf><PmtId><EndToEndId>E-2</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"USD\">2</InstdAmt></Amt><Cdtr><Nm>Carl</Nm></Cdtr></CdtTrfTxInf>\
         </PmtInf></CstmrCdtTrfInitn>",
    )
}

pub(crate) fn pacs002() -> String {
    document(
        "pacs.002.001.10",
        &format!(
            "<FIToFIPmtStsRpt><GrpHdr><MsgId>M-4</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>M-1</OrgnlMsgId>\
             <OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>\
             <TxInfAndSts><OrgnlInstrId>I-1</OrgnlInstrId><OrgnlUETR>{UETR}</OrgnlUETR><TxSts>ACSC</TxSts></TxInfAndSts>\
             <TxInfAndSts><OrgnlEndToEndId>E-2</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn>\
             <AddtlInf>closed</AddtlInf></StsRsnInf></TxInfAndSts></FIToFIPmtStsRpt>"
        ),
    )
}

pub(crate) fn pacs004() -> String {
    document(
        "pacs.004.001.09",
        &format!(
            "<PmtRtr><GrpHdr><MsgId>M-5</MsgId><NbOfTxs>1</NbOfTxs></GrpHdr><TxInf><RtrId>R-1</RtrId><OrgnlUETR>{UETR}</OrgnlUETR>\
             <OrgnlIntrBkSttlmAmt Ccy=\"EUR\">100</OrgnlIntrBkSttlmAmt><RtrdIntrBkSttlmAmt Ccy=\"EUR\">95</RtrdIntrBkSttlmAmt>\
             <IntrBkSttlmDt>2026-07-22</IntrBkSttlmDt><RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn></RtrRsnInf></TxInf></PmtRtr>"
        ),
    )
}

pub(crate) fn camt053() -> String {
    let balance = |kind: &str, amount: &str| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
             <Dt><Dt>2026-07-22</Dt></Dt></Bal>"
        )
    };
    document(
        "camt.053.001.08",
        &format!(
            "<BkToCstmrStmt><GrpHdr><MsgId>M-6</MsgId></GrpHdr><Stmt><Id>S-1</Id><Acct><Id><IBAN>BE71096123456769</IBAN></Id></Acct>{}{}\
             <Ntry><NtryRef>N-1</NtryRef><Amt Ccy=\"EUR\">40.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
             <BookgDt><Dt>2026-07-22</Dt></BookgDt><ValDt><DtTm>2026-07-22T12:00:00Z</DtTm></ValDt><AcctSvcrRef>B-1</AcctSvcrRef>\
             <NtryDtls><TxDtls><Refs><EndToEndId>E-1</EndToEndId><UETR>{UETR}</UETR></Refs><Amt Ccy=\"EUR\">40.50</Amt>\
             <RltdPties><Cdtr><Pty><Nm>Bert</Nm></Pty></Cdtr></RltdPties></TxDtls></NtryDtls></Ntry>\
             <Ntry><Amt Ccy=\"EUR\">7</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts></Ntry></Stmt></BkToCstmrStmt>",
            balance("OPBD", "100"),
            balance("CLBD", "59.50")
        ),
    )
}

/// As version 2 told it: a status without element of its own, `BIC`.
pub(crate) fn camt054_old() -> String {
    document(
        "camt.054.001.02",
        "<BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>M-7</MsgId></GrpHdr><Ntfctn><Id>S-2</Id><Acct><Id><Othr><Id>4711</Id></Othr></Id></Acct>\
         <Ntry><Amt Ccy=\"EUR\">5</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>true</RvslInd><Sts>BOOK</Sts></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn>",
    )
}

pub(crate) fn camt056() -> String {
    document(
        "camt.056.001.08",
        &format!(
            "<FIToFIPmtCxlReq><Assgnmt><Id>M-8</Id></Assgnmt><Case><Id>C-1</Id></Case><Undrlyg><TxInf><CxlId>X-1</CxlId>\
             <OrgnlInstrId>I-1</OrgnlInstrId><OrgnlUETR>{UETR}</OrgnlUETR><OrgnlIntrBkSttlmAmt Ccy=\"EUR\">100</OrgnlIntrBkSttlmAmt>\
             <CxlRsnInf><Rsn><Cd>DUPL</Cd></Rsn></CxlRsnInf></TxInf></Undrlyg></FIToFIPmtCxlReq>"
        ),
    )
}

pub(crate) fn sese023() -> String {
    document(
        "sese.023.001.09",
        "<SctiesSttlmTxInstr><TxId>T-1</TxId><SttlmTpAndAddtlParams><SctiesMvmntTp>DELI</SctiesMvmntTp><Pmt>APMT</Pmt></SttlmTpAndAddtlParams>\
         <TradDtls><TradDt><Dt><Dt>2026-07-20</Dt></Dt></TradDt><SttlmDt><Dt><Dt>2026-07-22</Dt></Dt></SttlmDt>\
         <DealPric><Val><Amt Ccy=\"EUR\">1.23456</Amt></Val></DealPric></TradDtls>\
         <FinInstrmId><ISIN>US0378331005</ISIN></FinInstrmId><QtyAndAcctDtls><SttlmQty><Qty><Unit>1000</Unit></Qty></SttlmQty>\
         <SfkpgAcct><Id>ACCOUNT-1</Id></SfkpgAcct></QtyAndAcctDtls>\
         <RcvgSttlmPties><Dpstry><Id><AnyBIC>CEDELULL</AnyBIC></Id></Dpstry><Pty1><Id><AnyBIC>BANKDEFF</AnyBIC></Id>\
         <SfkpgAcct><Id>ACCOUNT-2</Id></SfkpgAcct></Pty1></RcvgSttlmPties>\
         <SttlmAmt><Amt Ccy=\"EUR\">101250</Amt><CdtDbtInd>CRDT</CdtDbtInd></SttlmAmt></SctiesSttlmTxInstr>",
    )
}

pub(crate) fn sese024() -> String {
    document(
        "sese.024.001.10",
        "<SctiesSttlmTxStsAdvc><TxId><AcctOwnrTxId>T-1</AcctOwnrTxId></TxId><SttlmSts><Pdg><Rsn><Cd><Cd>LACK</Cd></Cd></Rsn></Pdg></SttlmSts></SctiesSttlmTxStsAdvc>",
    )
}

pub(crate) fn sese025() -> String {
    document(
        "sese.025.001.09",
        "<SctiesSttlmTxConf><TxIdDtls><AcctOwnrTxId>T-1</AcctOwnrTxId><SctiesMvmntTp>DELI</SctiesMvmntTp><Pmt>APMT</Pmt></TxIdDtls>\
         <TradDtls><EffctvSttlmDt><Dt><Dt>2026-07-22</Dt></Dt></EffctvSttlmDt></TradDtls><FinInstrmId><ISIN>US0378331005</ISIN></FinInstrmId>\
         <QtyAndAcctDtls><SttldQty><Qty><FaceAmt>1000</FaceAmt></Qty></SttldQty><SfkpgAcct><Id>ACCOUNT-1</Id></SfkpgAcct></QtyAndAcctDtls>\
         <SttldAmt><Amt Ccy=\"EUR\">101250</Amt></SttldAmt></SctiesSttlmTxConf>",
    )
}

pub(crate) fn all() -> Vec<String> {
    let payments = [pacs008(), pacs009_cover(), pain001(), pacs002(), pacs004()];
    let cash =
        [camt053(), camt054_old(), camt053().replace("camt.053", "camt.052").replace("Stmt>", "Rpt>"), camt056()];
    let securities = [sese023(), sese024(), sese025()];
    payments.into_iter().chain(cash).chain(securities).collect()
}

#[test]
fn tok_4_every_sample_has_nothing_against_it() {
    for xml in all() {
        assert_eq!(broken(&xml), [], "{xml}");
    }
}
