//! What may be a name.

/// Whether a text is a name without colon (`NCName`), near enough: letters as Unicode knows them.
pub(crate) fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    let starts = characters.next().is_some_and(|first| first.is_alphabetic() || first == '_');
    starts && characters.all(|other| other.is_alphanumeric() || matches!(other, '_' | '-' | '.' | '\u{b7}'))
}
