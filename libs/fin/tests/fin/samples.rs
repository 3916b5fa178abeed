//! One valid message of each handled type, made for these tests; all names and references are invented.

use causeway_fin::{Coverage, parse, validate};

/// A message around fields, one a line.
pub(crate) fn message(message_type: &str, user: &str, fields: &str) -> String {
    let user = if user.is_empty() { String::new() } else { format!("{{3:{user}}}") };
    let text = fields.trim().lines().map(str::trim).collect::<Vec<_>>().join("\r\n");
    format!("{{1:F01BANKBEBBAXXX0001000001}}{{2:I{message_type}BANKUS33XXXXN}}{user}{{4:\r\n{text}\r\n-}}")
}

pub(crate) const UETR: &str = "{121:174c245f-2682-4291-ad67-2a41e530cd27}";

pub(crate) fn mt103() -> String {
    message("103", UETR, MT103)
}

const MT103: &str = "
    :20:PAY-2026-0001
    :13C:/SNDTIME/0915+0200
    :23B:CRED
    :32A:260722EUR1234567,89
    :33B:EUR1234567,89
    :50F:/BE71096123456769
    1/ANNA EXAMPLE
    2/MAIN STREET 1
    3/BE/BRUSSELS
    :52A:BANKBEBB
    :53B:/C/123456
    :57A:BANKDEFF
    :59:/DE89370400440532013000
    BERT EXAMPLE
    SIDE STREET 2
    :70:/RFB/INVOICE 4711
    :71A:SHA
    :72:/INS/BANKFRPP";

const MT103_REMIT: &str = "
    :20:PAY-2
    :23B:CRED
    :32A:260722USD10,
    :33B:USD9,
    :50K:ANNA
    :59A:BANKUS33
    :71A:OUR
    :71G:USD1,
    :77T:/NARR/INVOICES
    4711 AND 4712";

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
    :21F:DEAL7
    :23E:URGP
    :32B:USD100,
    :57A:BANKUS33
    :59F:/123
    1/CARL
    3/US/BOSTON
    :33B:EUR90,
    :71A:OUR
    :36:1,1";

const MT202: &str = "
    :20:COVER-1
    :21:PAY-2026-0001
    :32A:260722EUR1234567,89
    :52A:BANKBEBB
    :56A:BANKFRPP
    :57A:BANKDEFF
    :58A:/123
    BANKITMM
    :72:/BNF/NOTHING";

const COVERED: &str = "
    :50K:/BE71096123456769
    ANNA EXAMPLE
    :59:/DE89370400440532013000
    BERT EXAMPLE
    :33B:EUR1234567,89";

const MT940: &str = "
    :20:STATEMENT-1
    :25:BE71096123456769
    :28C:12/1
    :60F:C260721EUR100,
    :61:2607220722D40,5NTRFPAY-1//BANK-1
    FIRST
    :86:BERT EXAMPLE
    INVOICE 4711
    :61:260722C10,NCHGNONREF
    :61:260722RD1,F001CANCELLED
    :62F:C260722EUR70,5
    :64:C260722EUR70,5
    :86:THE END";

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
    :16R:AMT
    :19A::SETT//EUR101250,
    :16S:AMT
    :16S:SETDET";

const MT548: &str = "
    :16R:GENL
    :20C::SEME//STATUS-1
    :23G:INST
    :16R:LINK
    :13A::LINK//542
    :20C::RELA//INSTR-1
    :16S:LINK
    :16R:STAT
    :25D::SETT//PEND
    :16R:REAS
    :24B::PEND//LACK
    :70D::REAS//NOT ENOUGH
    SHARES
    :16S:REAS
    :16S:STAT
    :16S:GENL
    :16R:SETTRAN
    :35B:ISIN US0378331005
    :36B::SETT//UNIT/1000,
    :97A::SAFE//ACCOUNT-1
    :22F::SETR//TRAD
    :22H::REDE//DELI
    :22H::PAYM//FREE
    :98A::SETT//20260722
    :16S:SETTRAN";

const MT535: &str = "
    :16R:GENL
    :28E:1/ONLY
    :20C::SEME//HOLDINGS-1
    :23G:NEWM
    :98A::STAT//20260722
    :22F::STTY//CUST
    :97A::SAFE//ACCOUNT-1
    :17B::ACTI//Y
    :16S:GENL
    :16R:SUBSAFE
    :16R:FIN
    :35B:ISIN US0378331005
    EXAMPLE SHARES
    :93B::AGGR//UNIT/N1000,
    :16R:SUBBAL
    :93B::AGGR//UNIT/1000,
    :94F::SAFE//NCSD/CEDELULL
    :16S:SUBBAL
    :19A::HOLD//EUR101250,
    :16S:FIN
    :16S:SUBSAFE";

/// Against payment, as the confirmation of it.
fn mt547() -> String {
    let confirmed =
        mt542().replace("I542", "I547").replace(":36B::SETT", ":36B::ESTT").replace(":19A::SETT", ":19A::ESTT");
    let linked = ":16R:LINK\r\n:20C::RELA//INSTR-1\r\n:16S:LINK\r\n:16S:GENL";
    confirmed.replace(":16S:GENL", linked).replace(":98A::SETT", ":98A::ESTT")
}

pub(crate) fn mt542() -> String {
    message("542", "", MT542)
}

pub(crate) fn mt548() -> String {
    message("548", "", MT548)
}

pub(crate) fn mt535() -> String {
    message("535", "", MT535)
}

pub(crate) fn mt547_sample() -> String {
    mt547()
}

pub(crate) fn mt940() -> String {
    message("940", "", MT940)
}

pub(crate) fn mt202_cover() -> String {
    message("202", "{119:COV}", &format!("{MT202}{COVERED}"))
}

pub(crate) fn mt101() -> String {
    message("101", "", MT101)
}

/// Every sample, by a name for the test's complaint.
pub(crate) fn all() -> Vec<(&'static str, String)> {
    let free = |kind: &str, fields: &str| message(kind, "", fields);
    let stp = mt103().replace("{3:", "{3:{119:STP}");
    let interim = MT940
        .replace(":60F:C260721EUR100,", ":34F:EURD0,\n:34F:EURC5,\n:13D:2607221200+0200")
        .replace(":62F:C260722EUR70,5\n    :64:C260722EUR70,5", ":90D:2EUR41,5\n:90C:1EUR10,");
    let booked: Vec<_> = MT940.lines().filter(|line| line.trim().starts_with(":6") || line.contains(":2")).collect();
    vec![
        ("101", mt101()),
        ("103", mt103()),
        ("103 STP", stp),
        ("103 REMIT", message("103", "{119:REMIT}", MT103_REMIT)),
        ("202", message("202", UETR, MT202)),
        ("202 COV", mt202_cover()),
        ("205", message("205", "", MT202)),
        ("205 COV", message("205", "{119:COV}", &format!("{MT202}{COVERED}"))),
        ("210", free("210", ":20:A\n:25:1\n:30:260722\n:21:B\n:32B:EUR1,\n:52A:BANKBEBB\n:21:C\n:32B:EUR2,\n:50:ANNA")),
        ("192", free("192", ":20:A\n:21:PAY-1\n:11S:103\n260722\n:79:/AM09/\n:32A:260722EUR1,")),
        ("196", free("196", ":20:A\n:21:B\n:76:/CNCL/\n:77A:DONE\n:11R:103\n260722\n0001000001")),
        ("199", free("199", ":20:A\n:21:B\n:79:HELLO\nWORLD")),
        ("900", free("900", ":20:A\n:21:PAY-1\n:25:123\n:13D:2607221200+0000\n:32A:260722JPY100,\n:52A:BANKBEBB")),
        ("910", free("910", ":20:A\n:21:PAY-1\n:25P:123\nBANKBEBB\n:32A:260722KWD1,234\n:50K:/1\nANNA\n:56A:BANKFRPP")),
        ("940", mt940()),
        ("942", message("942", "", &interim)),
        ("950", message("950", "", &booked.join("\n"))),
        ("535", mt535()),
        ("542", mt542()),
        ("543", mt542().replace("I542", "I543")),
        ("540", mt542().replace("I542", "I540").replace("::REAG", "::DEAG").replace("::BUYR", "::SELL")),
        ("541", mt542().replace("I542", "I541").replace("::REAG", "::DEAG").replace("::BUYR", "::SELL")),
        ("544", mt547().replace("I547", "I544")),
        ("545", mt547().replace("I547", "I545")),
        ("546", mt547().replace("I547", "I546")),
        ("547", mt547()),
        ("548", mt548()),
        ("549", free("549", ":16R:GENL\n:20C::SEME//A\n:23G:NEWM\n:97A::SAFE//B\n:16S:GENL")),
    ]
}

#[test]
fn tok_5_every_handled_type_has_a_valid_sample_that_is_written_back() {
    for (name, text) in all() {
        for text in [text.clone(), text.replace("\r\n", "\n")] {
            let message = parse(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
            let validation = validate(&message);
            assert!(validation.is_valid(), "{name}: {:#?}", validation.findings());
            assert_eq!(validation.coverage(), Coverage::Full, "{name}");
            assert_eq!(message.to_string(), text, "{name}");
        }
    }
}
