//! Each rule, broken once: what changes in a valid sample, and the code that the network would answer with.

use causeway_fin::{parse, validate};

use crate::samples;

/// The codes of what is found after a change that must apply.
fn codes(sample: &str, from: &str, to: &str) -> Vec<&'static str> {
    let from = from.replace('\n', "\r\n");
    assert!(sample.contains(&from), "{from:?} is not in the sample");
    let text = sample.replacen(&from, &to.replace('\n', "\r\n"), 1);
    let message = parse(text.as_bytes()).unwrap();
    validate(&message).findings().iter().map(|finding| finding.rule.code).collect()
}

fn assert_breaks(sample: &str, changes: &[(&str, &str, &str)]) {
    for (from, to, code) in changes {
        let found = codes(sample, from, to);
        assert!(found.contains(code), "{from:?} to {to:?}: expected {code}, found {found:?}");
    }
}

#[test]
fn tok_5_a_value_that_is_wrong_by_itself_has_its_code() {
    assert_breaks(
        &samples::mt103(),
        &[
            (":20:PAY", ":20:/PAY", "T26"),
            (":20:PAY-2026-0001", ":20:PAY//1", "T26"),
            (":20:PAY-2026-0001", ":20:A-REFERENCE-OF-17", "T33"),
            (":20:PAY-2026-0001", ":20:PAY@1", "T33"),
            ("/0915+0200", "/2460+0200", "T38"),
            ("/0915+0200", "/0915/0200", "T15"),
            ("/0915+0200", "/0915+1400", "T16"),
            (":23B:CRED", ":23B:CASH", "T36"),
            (":32A:260722", ":32A:260732", "T50"),
            (":32A:260722EUR", ":32A:260722ZZZ", "T52"),
            ("EUR1234567,89\n:33B", "EUR1234567\n:33B", "T43"),
            ("EUR1234567,89\n:33B", "EUR,89\n:33B", "T40"),
            ("EUR1234567,89\n:33B", "EUR1,234\n:33B", "C03"),
            ("EUR1234567,89\n:33B", "JPY1,5\n:33B", "C03"),
            ("EUR1234567,89\n:33B", "EURNaN\n:33B", "T12"),
            ("EUR1234567,89\n:33B", "EUR1e5\n:33B", "T33"),
            ("1/ANNA EXAMPLE", "ANNA EXAMPLE", "T56"),
            ("3/BE/BRUSSELS", "3/ZZ/BRUSSELS", "T73"),
            (":52A:BANKBEBB", ":52A:BANKZZBB", "T45"),
            (":52A:BANKBEBB", ":52A:BAN1BEBB", "T27"),
            (":52A:BANKBEBB", ":52A:BANKBEB", "T12"),
            ("BERT EXAMPLE", "BERT EXAMPLE_", "T32"),
            ("BERT EXAMPLE", "BERT EXAMPLE OF A LINE THAT IS MUCH TOO LONG", "T33"),
            (":71A:SHA", ":71A:ALL", "T08"),
            ("/C/123456", "/X/123456", "T51"),
            ("2a41e530cd27", "2A41E530CD27", "U00"),
        ],
    );
    assert_breaks(
        &samples::mt940(),
        &[
            (":60F:C", ":60F:X", "T51"),
            ("D40,5NTRF", "D40,5XTRF", "T53"),
            ("0722D40,5", "0732D40,5", "T50"),
            ("D40,5", "D40.5", "T12"),
        ],
    );
    assert_breaks(
        &samples::mt542(),
        &[
            ("US0378331005", "US0378331006", "T12"),
            ("ISIN US0378331005", "ISIN US037833100", "T12"),
            ("//20260722\n", "//20260229\n", "T50"),
            ("091500", "096000", "T38"),
        ],
    );
    assert_breaks(&samples::mt535(), &[("UNIT/N1000,", "UNIT/N0,", "T14")]);
}

#[test]
fn tok_5_fields_stand_in_their_order_or_the_code_is_t13() {
    let sample = samples::mt103();
    for (from, to) in [
        (":20:PAY-2026-0001\n", ""),
        (":23B:CRED\n", ""),
        (":71A:SHA\n", ""),
        (":23B:CRED\n", ":23B:CRED\n:20:AGAIN\n"),
        (":52A:BANKBEBB", ":52C:/123"),
        (":57A:BANKDEFF\n", ":57A:BANKDEFF\n:52A:BANKBEBB\n"),
    ] {
        assert_eq!(codes(&sample, from, to), ["T13"], "{from:?} to {to:?}");
    }
    assert_breaks(
        &samples::mt542(),
        &[(":16S:FIAC\n", "", "T13"), (":23G:NEWM\n", "", "T13"), (":16R:TRADDET", ":16R:TRADE", "T13")],
    );
    let text = samples::mt103().replace(":71A:SHA\r\n", "");
    let message = parse(text.as_bytes()).unwrap();
    let finding = validate(&message).findings()[0];
    assert_eq!(
        finding.to_string(),
        "line 18, column 1, field 72: this field does not belong here, or one before it is missing (T13); expected field 71, option A"
    );
}

#[test]
fn tok_5_a_position_is_that_of_the_character() {
    let text = samples::mt103().replace(":33B:EUR1234567,89", ":33B:EUR1234567,891");
    let message = parse(text.as_bytes()).unwrap();
    let finding = validate(&message).findings()[0];
    assert_eq!((finding.line, finding.column, finding.rule.code), (6, 9, "C03"));
    let text = samples::mt103().replace("2/MAIN STREET 1", "2/MAIN STREET @");
    let message = parse(text.as_bytes()).unwrap();
    let finding = validate(&message).findings()[0];
    assert_eq!((finding.line, finding.column, finding.rule.code), (9, 15, "T32"));
}

#[test]
fn tok_5_the_rules_of_a_customer_transfer() {
    assert_breaks(
        &samples::mt103(),
        &[
            (":33B:EUR1234567,89", ":33B:USD1,", "D75"),
            (":33B:EUR1234567,89", ":33B:EUR1234567,89\n:36:1,", "D75"),
            (":23B:CRED", ":23B:CRED\n:23E:XXXX", "T47"),
            (":23B:CRED", ":23B:CRED\n:23E:SDVA/NOW", "D97"),
            (":23B:CRED", ":23B:CRED\n:23E:SDVA\n:23E:SDVA", "E46"),
            (":23B:CRED", ":23B:CRED\n:23E:CORT\n:23E:SDVA", "D98"),
            (":23B:CRED", ":23B:CRED\n:23E:SDVA\n:23E:HOLD", "D67"),
            (":23B:CRED", ":23B:SPRI\n:23E:CORT", "E01"),
            (":23B:CRED", ":23B:SSTD\n:23E:SDVA", "E02"),
            (":23B:CRED", ":23B:CRED\n:23E:TELI", "E44"),
            (":57A:BANKDEFF\n", ":56A:BANKFRPP\n", "C81"),
            (":57A:BANKDEFF\n", ":55A:BANKFRPP\n:57A:BANKDEFF\n", "E06"),
            (":23B:CRED", ":23B:CRED\n:23E:CHQB", "E18"),
            (":71A:SHA", ":71A:OUR\n:71F:EUR1,", "E13"),
            (":71A:SHA", ":71A:SHA\n:71G:EUR1,", "D50"),
            (":71A:SHA", ":71A:BEN", "E15"),
            (":71A:SHA", ":71A:OUR\n:71G:USD1,", "C02"),
            (":71A:SHA", ":71A:OUR\n:71G:EUR0,", "D57"),
            (":32A:260722EUR1234567,89", ":32A:260722XAU1,", "C08"),
            ("{3:", "{3:{119:COV}", "U09"),
            ("{3:", "{3:{999:X}", "U03"),
        ],
    );
    let european = samples::mt103().replace("BANKUS33XXXXN", "BANKDEFFXXXXN");
    assert!(codes(&european, ":33B:EUR1234567,89\n", "").contains(&"D49"));
    let without = samples::mt103().replace(":33B:EUR1234567,89\r\n", "");
    assert_breaks(&without, &[(":71A:SHA", ":71A:SHA\n:71F:EUR1,", "D51")]);
    assert_breaks(&without.replace(":57A:BANKDEFF\r\n", ""), &[(":23B:CRED", ":23B:CRED\n:23E:PHON", "E45")]);
}

#[test]
fn tok_5_the_rules_of_service_levels() {
    let sample = samples::mt103().replace(":23B:CRED", ":23B:SSTD");
    assert_breaks(
        &sample,
        &[
            (":53B:/C/123456", ":53D:BANK", "E03"),
            (":53B:/C/123456", ":53B:BRUSSELS", "E04"),
            (":57A:BANKDEFF", ":54B:PARIS\n:57A:BANKDEFF", "E05"),
            (":57A:BANKDEFF", ":54A:BANKFRPP\n:55B:PARIS\n:57A:BANKDEFF", "E07"),
            (":57A:BANKDEFF", ":56D:BANK\n:57A:BANKDEFF", "E17"),
            (":57A:BANKDEFF", ":57D:BANK", "E09"),
            (":59:/DE89370400440532013000\n", ":59:", "E10"),
        ],
    );
    let priority = samples::mt103().replace(":23B:CRED", ":23B:SPRI");
    assert_breaks(&priority, &[(":57A:BANKDEFF", ":56A:BANKFRPP\n:57A:BANKDEFF", "E16")]);
}

#[test]
fn tok_5_the_rules_of_orders_and_bank_transfers() {
    assert_breaks(
        &samples::mt101(),
        &[
            (":21F:DEAL7\n", "", "D54"),
            (":36:1,1\n", "", "D60"),
            (":50H:/BE71096123456769\nANNA EXAMPLE\n", "", "D61"),
            (":33B:EUR90,", ":33B:USD90,", "D68"),
            (":28D:1/1", ":21R:ALL\n:28D:1/1", "D98"),
            (":23E:URGP", ":23E:SDVA", "T47"),
            (":57A:BANKUS33\n", ":56A:BANKUS33\n", "D65"),
        ],
    );
    let instructed = samples::mt101().replace(":50H:", ":50L:ANNA\r\n:50H:");
    assert_breaks(&instructed, &[(":32B:EUR100,", ":32B:EUR100,\n:50L:BERT", "D62")]);
    assert_breaks(
        &samples::mt202_cover(),
        &[(":57A:BANKDEFF\n", "", "C81"), (":33B:EUR1234567,89", ":56A:BANKFRPP", "T13")],
    );
    let chained = samples::mt202_cover();
    assert_breaks(&chained, &[("ANNA EXAMPLE\n:59:", "ANNA EXAMPLE\n:56A:BANKFRPP\n:59:", "C68")]);
    let notice = samples::message("210", "", ":20:A\n:30:260722\n:21:B\n:32B:EUR1,\n:52A:BANKBEBB");
    assert_breaks(
        &notice,
        &[
            (":52A:BANKBEBB", ":21:C\n:32B:EUR1,\n:50:ANNA", "C06"),
            (":52A:BANKBEBB", ":52A:BANKBEBB\n:21:C\n:32B:USD1,\n:50:ANNA", "C02"),
        ],
    );
    let eleven = ":21:B\n:32B:EUR1,\n:50:ANNA\n".repeat(11);
    let text = samples::message("210", "", &format!(":20:A\n:30:260722\n{eleven}"));
    let message = parse(text.as_bytes()).unwrap();
    assert_eq!(validate(&message).findings()[0].rule.code, "T10");
}

#[test]
fn tok_5_the_rules_of_statements_and_common_messages() {
    assert_breaks(&samples::mt940(), &[(":62F:C260722EUR", ":62F:C260722USD", "C27")]);
    let credit = samples::message("910", "", ":20:A\n:21:B\n:25:1\n:32A:260722EUR1,\n:52A:BANKBEBB");
    assert_breaks(&credit, &[(":52A:BANKBEBB\n", "", "C06"), (":52A:BANKBEBB", ":50K:ANNA\n:52A:BANKBEBB", "C06")]);
    let interim = samples::message("942", "", ":20:A\n:25:1\n:28C:1\n:34F:EUR0,\n:13D:2607221200+0200");
    assert_breaks(&interim, &[(":34F:EUR0,", ":34F:EURD0,", "C23"), (":34F:EUR0,", ":34F:EURC0,\n:34F:EURD0,", "C23")]);
    let cancel = samples::message("192", "", ":20:A\n:21:B\n:11S:103\n260722\n:79:WHY");
    assert_breaks(&cancel, &[(":79:WHY\n", "", "C25")]);
    let answer = samples::message("196", "", ":20:A\n:21:B\n:76:/CNCL/\n:79:WHY");
    assert_breaks(&answer, &[(":79:WHY", ":79:WHY\n:32A:260722EUR1,", "C31")]);
}

#[test]
fn tok_5_the_rules_of_settlement() {
    let sample = samples::mt542();
    let party = |role: &str| format!(":16R:SETPRTY\n:95P::{role}//BANKITMM\n:16S:SETPRTY\n:16R:AMT");
    let amount = ":16R:AMT\n:19A::SETT//EUR1,\n:16S:AMT\n:16S:SETDET";
    let rate = ":19A::SETT//EUR101250,\n:92B::EXCH//EUR/USD/1,1";
    assert_breaks(
        &sample,
        &[
            (":23G:NEWM", ":23G:CANC", "E08"),
            (":98C::PREP//20260722091500", ":99B::TOSE//002", "E90"),
            (":16R:AMT", &party("REAG"), "E84"),
            (":16R:AMT", &party("REI1"), "E86"),
            ("::PSET", "::SELL", "E91"),
            ("::REAG", "::RECU", "E91"),
            (":16S:SETDET", amount, "E87"),
            (":19A::SETT//EUR101250,", rate, "E62"),
            ("UNIT/1000,\n", "UNIT/1000,\n:19A::SETT//EUR1,\n", "E88"),
        ],
    );
    let paid = sample.replace("I542", "I543");
    assert_breaks(&paid, &[(":16R:AMT\n:19A::SETT//EUR101250,\n:16S:AMT\n", "", "E92")]);
    let second = ":16S:FIAC\n:16R:FIAC\n:36B::SETT//UNIT/1,\n:19A::SETT//EUR1,\n:97A::SAFE//B\n:16S:FIAC\n";
    assert_breaks(&sample, &[(":16S:FIAC\n", second, "E89")]);
}

#[test]
fn tok_5_the_rules_of_status_and_holdings() {
    let deliverer = "DELI\n:22H::PAYM//FREE\n:98A::SETT//20260722\n:16R:SETPRTY\n:95P::DEAG//BANKDEFF\n:16S:SETPRTY";
    assert_breaks(
        &samples::mt548(),
        &[("//FREE", "//APMT", "E83"), ("DELI\n:22H::PAYM//FREE\n:98A::SETT//20260722", deliverer, "E85")],
    );
    assert_breaks(
        &samples::mt535(),
        &[
            ("::ACTI//Y", "::ACTI//N", "E66"),
            (":16R:SUBSAFE\n", ":16R:SUBSAFE\n:94F::SAFE//NCSD/CEDELULL\n", "D03"),
            (":94F::SAFE//NCSD/CEDELULL\n", "", "D04"),
            (":93B::AGGR//UNIT/1000,", ":93B::AVAI//UNIT/1000,", "D05"),
        ],
    );
}
