//! How long a message takes from its bytes to the other standard, account included: `cargo bench -p causeway-mapping`.
//!
//! With `CAUSEWAY_DATA` (or `shared/data` beside the checkout) the schema of pacs.008 is applied on the way.

use std::{fs, hint::black_box, path::Path};

use causeway_iso20022::{Limits, Message, Schemas, Tree};
use causeway_mapping::{Context, to_fin, to_iso};
use criterion::{Criterion, criterion_group, criterion_main};

const MT103: &str = "{1:F01BANKBEBBAXXX0001000001}{2:I103BANKUS33XXXXN}{3:{121:174c245f-2682-4291-ad67-2a41e530cd27}}{4:\r\n\
:20:PAY-1\r\n:23B:CRED\r\n:32A:260722EUR1234,5\r\n:33B:EUR1234,5\r\n:50F:/BE71096123456769\r\n1/ANNA EXAMPLE\r\n\
2/MAIN STREET 1\r\n3/BE/BRUSSELS\r\n:52A:BANKBEBB\r\n:57A:BANKDEFF\r\n:59:/DE89370400440532013000\r\nBERT EXAMPLE\r\n\
:70:/ROC/E2E-1//INVOICE 4711\r\n:71A:SHA\r\n-}";

/// A pacs.008 of so many transfers.
fn transfers(count: u32) -> String {
    let transfer = |number: u32| {
        format!(
            "<CdtTrfTxInf><PmtId><InstrId>I-{number}</InstrId><EndToEndId>E-{number}</EndToEndId>\
             <UETR>174c245f-2682-4291-ad67-2a41e530cd27</UETR></PmtId><IntrBkSttlmAmt Ccy=\"EUR\">10.50</IntrBkSttlmAmt>\
             <IntrBkSttlmDt>2026-07-22</IntrBkSttlmDt><ChrgBr>SHAR</ChrgBr>\
             <InstgAgt><FinInstnId><BICFI>BANKBEBBXXX</BICFI></FinInstnId></InstgAgt>\
             <InstdAgt><FinInstnId><BICFI>BANKDEFFXXX</BICFI></FinInstnId></InstdAgt>\
             <Dbtr><Nm>Anna Example</Nm><PstlAdr><StrtNm>Main Street</StrtNm><BldgNb>1</BldgNb><PstCd>1000</PstCd>\
             <TwnNm>Brussels</TwnNm><Ctry>BE</Ctry></PstlAdr></Dbtr>\
             <DbtrAcct><Id><IBAN>BE71096123456769</IBAN></Id></DbtrAcct>\
             <DbtrAgt><FinInstnId><BICFI>BANKBEBBXXX</BICFI></FinInstnId></DbtrAgt>\
             <CdtrAgt><FinInstnId><BICFI>BANKDEFFXXX</BICFI></FinInstnId></CdtrAgt>\
             <Cdtr><Nm>Bert Example</Nm><PstlAdr><TwnNm>Frankfurt</TwnNm><Ctry>DE</Ctry></PstlAdr></Cdtr>\
             <CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct>\
             <RmtInf><Ustrd>Invoice {number}</Ustrd></RmtInf></CdtTrfTxInf>\n"
        )
    };
    let all: String = (0..count).map(transfer).collect();
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08\"><FIToFICstmrCdtTrf><GrpHdr><MsgId>M-1</MsgId>\
         <CreDtTm>2026-07-22T09:15:00+02:00</CreDtTm><NbOfTxs>{count}</NbOfTxs><SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf>\
         </GrpHdr>{all}</FIToFICstmrCdtTrf></Document>"
    )
}

fn schemas() -> Schemas {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = Path::new(option_env!("CAUSEWAY_DATA").unwrap_or(beside));
    let mut schemas = Schemas::default();
    if let Ok(text) = fs::read_to_string(folder.join("tokenization/xsd/pacs.008.001.08.xsd")) {
        let _ = schemas.add(&text);
    }
    schemas
}

/// Bytes to FIN messages: how many.
fn whole(xml: &str, schemas: &Schemas) -> Option<usize> {
    let tree = Tree::parse(xml.as_bytes(), Limits::default()).ok()?;
    let message = Message::find(&tree).ok()?;
    let validation = causeway_iso20022::validate(&message, schemas);
    Some(to_fin(&message).ok().filter(|_| validation.is_valid())?.len())
}

fn mappings(criterion: &mut Criterion) {
    let schemas = schemas();
    let applied = if schemas.messages().next().is_some() { "schema" } else { "no schema" };
    let context = Context { created: "2026-07-22T09:15:00+00:00".to_owned() };
    let mut group = criterion.benchmark_group("mapping");
    group.sample_size(20);
    group.bench_function("MT103 to pacs.008", |bench| {
        bench.iter(|| {
            let message = causeway_fin::parse(MT103.as_bytes()).ok()?;
            black_box(to_iso(&causeway_fin::validate(&message), &context)).ok()
        });
    });
    for count in [4, 1_000] {
        let xml = transfers(count);
        assert_eq!(whole(&xml, &schemas), usize::try_from(count).ok());
        group.bench_function(format!("pacs.008 of {count} to MT103, {applied}"), |bench| {
            bench.iter(|| black_box(whole(&xml, &schemas)))
        });
    }
    group.finish();
}

criterion_group!(benches, mappings);
criterion_main!(benches);
