//! How many messages a second one core reads and validates: `cargo bench -p causeway-fin`.

use std::hint::black_box;

use causeway_fin::{parse, validate, view::Transfer};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const MT103: &str = "{1:F01BANKBEBBAXXX0001000001}{2:I103BANKUS33XXXXN}{3:{108:PAY-2026-0001}\
{121:174c245f-2682-4291-ad67-2a41e530cd27}}{4:\r\n:20:PAY-2026-0001\r\n:13C:/SNDTIME/0915+0200\r\n:23B:CRED\r\n\
:32A:260722EUR1234567,89\r\n:33B:EUR1234567,89\r\n:50F:/BE71096123456769\r\n1/ANNA EXAMPLE\r\n2/MAIN STREET 1\r\n\
3/BE/BRUSSELS\r\n:52A:BANKBEBB\r\n:53B:/C/123456\r\n:57A:BANKDEFF\r\n:59:/DE89370400440532013000\r\nBERT EXAMPLE\r\n\
SIDE STREET 2\r\n:70:/RFB/INVOICE 4711\r\n:71A:SHA\r\n:72:/INS/BANKFRPP\r\n-}{5:{CHK:123456789ABC}}";

/// A statement of so many entries.
fn statement(entries: usize) -> String {
    let entry = ":61:2607220722D40,50NTRFPAY-1//BANK-1\r\nFIRST LINE\r\n:86:BERT EXAMPLE\r\nINVOICE 4711\r\n";
    format!(
        "{{1:F01BANKBEBBAXXX0001000001}}{{2:I940BANKUS33XXXXN}}{{4:\r\n:20:S\r\n:25:BE71096123456769\r\n:28C:1/1\r\n\
         :60F:C260721EUR100,\r\n{}:62F:C260722EUR100,\r\n-}}",
        entry.repeat(entries)
    )
}

fn messages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mt103");
    group.throughput(Throughput::Elements(1));
    group.bench_function("parse", |bench| bench.iter(|| black_box(parse(black_box(MT103.as_bytes())))));
    group.bench_function("parse and validate", |bench| {
        bench.iter(|| {
            let message = parse(black_box(MT103.as_bytes())).ok()?;
            Some(black_box(validate(&message)).is_valid())
        });
    });
    group.bench_function("parse, validate, view", |bench| {
        bench.iter(|| {
            let message = parse(black_box(MT103.as_bytes())).ok()?;
            let validation = validate(&message);
            black_box(Transfer::read(&validation)).ok().map(|transfer| transfer.settled)
        });
    });
    group.finish();

    let long = statement(400);
    let mut group = criterion.benchmark_group("mt940 of 400 entries");
    group.throughput(Throughput::Bytes(long.len().try_into().unwrap_or_default()));
    group.bench_function("parse and validate", |bench| {
        bench.iter(|| {
            let message = parse(black_box(long.as_bytes())).ok()?;
            Some(black_box(validate(&message)).is_valid())
        });
    });
    group.finish();
}

criterion_group!(benches, messages);
criterion_main!(benches);
