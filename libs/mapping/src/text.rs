//! Texts of ISO 20022 made to fit FIN, which knows fewer characters and shorter lines.

use causeway_fin::Charset;

/// One line of characters that FIN payments may hold: what is not in set x becomes a point. A line begins with
/// neither a colon nor a hyphen, which would end the field.
pub(crate) fn to_x(text: &str) -> String {
    let fits = |letter: char| u8::try_from(letter).is_ok_and(|byte| Charset::X.holds(byte));
    let line: String = text.chars().map(|letter| if fits(letter) { letter } else { '.' }).collect();
    match line.strip_prefix([':', '-']) {
        Some(rest) => format!(".{rest}"),
        None => line,
    }
}

/// So many characters at most; what is cut ends with `+`, as banks mark it.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}+")
}

/// A reference of at most 16 characters: no slash at either end, no two in a row.
pub(crate) fn reference(text: &str) -> String {
    let mut line = to_x(text);
    while line.contains("//") {
        line = line.replace("//", "/");
    }
    let line = cut(line.trim_matches('/'), 16);
    if line.is_empty() { "NONREF".to_owned() } else { line }
}

/// At most so many lines of so many characters; a line that goes on begins as `continued` says. Whether all fitted.
pub(crate) fn wrap(text: &str, most: usize, width: usize, continued: &str) -> (Vec<String>, bool) {
    let mut lines: Vec<String> = Vec::new();
    let mut rest: Vec<char> = to_x(text).chars().collect();
    while !rest.is_empty() && lines.len() < most {
        let start = if lines.is_empty() { "" } else { continued };
        let room = width.saturating_sub(start.len()).max(1).min(rest.len());
        let line: String = rest.drain(..room).collect();
        // A line that would begin with a colon or a hyphen would end the field.
        let line = if start.is_empty() { to_x(&line) } else { line };
        lines.push(format!("{start}{}", line.trim_end()));
        let blanks = rest.iter().take_while(|letter| **letter == ' ').count();
        rest.drain(..blanks);
    }
    lines.retain(|line| !line.is_empty());
    (lines, rest.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tok_5_texts_are_made_to_fit() {
        assert_eq!(to_x("Müller & Söhne"), "M.ller . S.hne");
        assert_eq!(to_x(":32A:"), ".32A:");
        assert_eq!(cut("pacs008EndToEndId-001", 16), "pacs008EndToEnd+");
        assert_eq!(reference("/a//b/"), "a/b");
        assert_eq!(reference("///"), "NONREF");
        assert_eq!(wrap("abcdefgh", 3, 4, "//"), (vec!["abcd".into(), "//ef".into(), "//gh".into()], true));
        assert_eq!(wrap("abcdefgh", 1, 4, ""), (vec!["abcd".into()], false));
    }

    proptest! {
        #[test]
        fn tok_10_whatever_comes_in_fits(text in any::<String>(), most in 1_usize..6, width in 4_usize..40) {
            let (lines, _) = wrap(&text, most, width, "//");
            prop_assert!(lines.len() <= most);
            for line in lines {
                prop_assert!(line.len() <= width && !line.starts_with([':', '-']) && !line.is_empty());
                prop_assert!(line.bytes().all(|byte| Charset::X.holds(byte)));
            }
            let reference = reference(&text);
            prop_assert!((1..=16).contains(&reference.len()) && !reference.contains("//"));
        }
    }
}
