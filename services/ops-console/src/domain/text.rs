//! Text from elsewhere, made harmless to look at.
//!
//! HTML is escaped by the templates; this is about what escaping leaves: characters that change the order or the place of
//! others, that draw nothing, and too many of them.

/// At most so many characters, on one line, without controls, without marks that turn the direction of what follows
/// (Unicode Bidi_Control) and without characters of no width: each of those is shown as `�`. What was cut ends with `…`.
pub fn inert(text: &str, limit: usize) -> String {
    let mut inert = String::with_capacity(text.len().min(limit));
    for (count, character) in text.chars().enumerate() {
        if count == limit {
            inert.push('…');
            break;
        }
        inert.push(match character {
            '\n' | '\r' | '\t' => ' ',
            odd if odd.is_control() || is_bidi_control(odd) || has_no_width(odd) => char::REPLACEMENT_CHARACTER,
            plain => plain,
        });
    }
    inert
}

/// Bidi_Control of Unicode's PropList.txt.
const fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Invisible characters that make two texts look the same.
const fn has_no_width(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ops_1_marks_that_turn_or_hide_text_are_shown_as_such() {
        assert_eq!(inert("pay\u{202e}gpj.exe", 50), "pay\u{fffd}gpj.exe");
        assert_eq!(inert("a\u{200b}b\u{feff}\u{0}c", 50), "a\u{fffd}b\u{fffd}\u{fffd}c");
        assert_eq!(inert("two\nlines\there", 50), "two lines here");
    }

    #[test]
    fn ops_1_a_long_text_is_cut_and_says_so() {
        assert_eq!(inert(&"x".repeat(1 << 20), 4), "xxxx…");
        assert_eq!(inert("äöü", 3), "äöü");
    }

    proptest! {
        #[test]
        fn nothing_that_comes_out_is_long_or_moves_anything(text in any::<String>(), limit in 0_usize..80) {
            let shown = inert(&text, limit);
            prop_assert!(shown.chars().count() <= limit + 1);
            prop_assert!(!shown.chars().any(|c| c.is_control() || is_bidi_control(c) || has_no_width(c)));
        }
    }
}
