//! How many payments a second one core reads, validates and tells as values: `cargo bench -p causeway-iso20022`.
//!
//! With `CAUSEWAY_DATA` (or `shared/data` beside the checkout) also against the schema of the message's version.

use std::{fs, hint::black_box, path::Path};

use causeway_iso20022::{Limits, Message, Schemas, Tree, validate, view::Transfers};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// A pacs.008 of so many transfers, about 1.3 kB each.
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

/// Reads, validates, tells as values; whether there was nothing against it.
fn whole(xml: &str, schemas: &Schemas) -> bool {
    let Ok(tree) = Tree::parse(xml.as_bytes(), Limits::default()) else { return false };
    let Ok(message) = Message::find(&tree) else { return false };
    validate(&message, schemas).is_valid() && Transfers::read(&message).is_ok()
}

fn messages(criterion: &mut Criterion) {
    let with_schema = schemas();
    for count in [4, 1_000] {
        let xml = transfers(count);
        let mut group = criterion.benchmark_group(format!("pacs.008 of {count} ({} kB)", xml.len() / 1_000));
        group.throughput(Throughput::Elements(1)).sample_size(20);
        group.bench_function("read", |bench| {
            bench.iter(|| black_box(Tree::parse(xml.as_bytes(), Limits::default()).is_ok()))
        });
        group.bench_function("read, rules, view", |bench| bench.iter(|| black_box(whole(&xml, &Schemas::default()))));
        if with_schema.messages().next().is_some() {
            group.bench_function("read, schema, rules, view", |bench| {
                bench.iter(|| black_box(whole(&xml, &with_schema)))
            });
        }
        group.finish();
    }
}

criterion_group!(benches, messages);
criterion_main!(benches);
