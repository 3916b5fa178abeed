//! Blocks, files of several messages, acknowledgements, trailers.

use causeway_fin::{Acknowledgement, Limits, Message, Messages, Variant, parse};

use crate::samples;

fn messages(bytes: &[u8]) -> Vec<Message<'_>> {
    Messages::new(bytes, Limits::default()).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn tok_5_headers_are_read_from_both_sides() {
    let text = samples::mt103();
    let message = parse(text.as_bytes()).unwrap();
    assert_eq!(message.sender().unwrap().bic().unwrap().as_str(), "BANKBEBBXXX");
    assert_eq!(message.receiver().unwrap().as_str(), "BANKUS33XXXX");
    assert_eq!(message.uetr().unwrap().as_str(), "174c245f-2682-4291-ad67-2a41e530cd27");
    let output = text.replace("{2:I103BANKUS33XXXXN}", "{2:O1031201260722BANKDEFFAXXX00010000022607221301N}");
    let message = parse(output.as_bytes()).unwrap();
    assert_eq!(message.sender().unwrap().as_str(), "BANKDEFFAXXX");
    assert_eq!(message.receiver().unwrap().as_str(), "BANKBEBBAXXX");
    assert_eq!(message.to_string(), output);
}

#[test]
fn tok_5_a_file_holds_messages_and_their_acknowledgements() {
    let acknowledged = "{1:F21BANKBEBBAXXX0001000001}{4:{177:2607221201}{451:0}{108:REF}}";
    let refused = "{1:F21BANKBEBBAXXX0001000001}{4:{177:2607221201}{451:1}{405:T13057}}";
    let file = format!("{acknowledged}{}$\r\n\u{1}{refused}\u{3}  {}\r\n$", samples::mt103(), samples::mt940());
    let all = messages(file.as_bytes());
    let kinds: Vec<_> = all.iter().map(|message| (message.message_type(), message.acknowledgement())).collect();
    assert_eq!(
        kinds,
        [
            (None, Some(Acknowledgement::Accepted)),
            (Some("103"), None),
            (None, Some(Acknowledgement::Refused { reason: "T13057" })),
            (Some("940"), None),
        ]
    );
    assert_eq!(all[0].user_reference(), Some("REF"));
    assert!(parse(file.as_bytes()).is_err(), "one message was asked for");
}

#[test]
fn tok_5_trailers_and_test_addresses_are_seen() {
    let with = |trailer: &str| format!("{}{{5:{{CHK:123456789ABC}}{trailer}}}{{S:{{COP:P}}}}", samples::mt103());
    let [plain, training, sent, delivered] =
        ["", "{TNG:}", "{PDE:1201260722BANKBEBBAXXX0001000001}", "{PDM:}"].map(with);
    let read = |text: &str| {
        let message = parse(text.as_bytes()).unwrap();
        assert_eq!(message.to_string(), text);
        assert_eq!(message.list('S').unwrap().get("COP"), Some("P"));
        let duplicates = (message.is_possible_duplicate_emission(), message.is_possible_duplicate_message());
        (message.is_training(), duplicates)
    };
    assert_eq!(read(&plain), (false, (false, false)));
    assert_eq!(read(&training), (true, (false, false)));
    assert_eq!(read(&sent), (false, (true, false)));
    assert_eq!(read(&delivered), (false, (false, true)));
    let test_address = samples::mt103().replace("BANKUS33X", "BANKUS30X");
    assert!(parse(test_address.as_bytes()).unwrap().is_training());
}

#[test]
fn tok_5_the_validation_flag_is_a_variant() {
    for (flag, variant) in
        [("STP", Variant::Stp), ("REMIT", Variant::Remit), ("COV", Variant::Cover), ("X", Variant::Other)]
    {
        let text = samples::message("103", &format!("{{119:{flag}}}"), ":20:A");
        assert_eq!(parse(text.as_bytes()).unwrap().variant(), variant);
    }
}

#[test]
fn tok_10_broken_structure_is_refused_with_its_place() {
    let sample = samples::mt103();
    let cases = [
        (String::new(), "line 1, column 1: there is no message"),
        (" \r\n".to_owned(), "line 2, column 1: there is no message"),
        ("hello".to_owned(), "line 1, column 1: expected `{` and a block, found 'h'"),
        ("{4:\n-}".to_owned(), "line 1, column 1: a message begins with block 1"),
        (sample.replace("{2:I103", "{2:X103"), "line 1, column 30: block 2 is"),
        (sample.replace("{1:F01", "{1:F0"), "line 1, column 1: block 1 is"),
        (sample.replace("cd27}}", "cd27}"), "line 1, column"),
        (sample.replace("{4:\r\n", "{4:"), "line 1, column"),
        (sample.replace("\r\n-}", "-}"), "line 19, column 1: block 4 does not end"),
        (sample.replace("\r\n-}", "\r\n-}}"), "line 20, column 3: expected `{`"),
        (sample.replace(":71A:", ":7A:"), "line 18, column 1: a line that starts with `:`"),
        (sample.replace("BERT EXAMPLE", "-BERT"), "line 15, column 1: a line that starts with `-`"),
        (sample.replace("BERT EXAMPLE", "BERT\u{0}"), "line 15, column 5: the byte 0x00"),
        (sample.replace("BERT", "BÉRT"), "line 15, column 2: the byte 0xC3"),
        (format!("\u{feff}{sample}"), "line 1, column 1: the byte 0xEF"),
        (sample.replace("{3:", "{5:{CHK:1}}{3:"), "line 1, column"),
        (sample.replace("{4:\r\n:20", "{4:\r\nx\r\n:20"), "line 2, column 1: the text of block 4 begins with a field"),
    ];
    for (text, expected) in cases {
        let error = parse(text.as_bytes()).expect_err(expected).to_string();
        assert!(error.starts_with(expected), "{error:?} is not {expected:?}");
    }
}
