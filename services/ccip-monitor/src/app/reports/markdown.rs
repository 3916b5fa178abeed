//! The report as a page of Markdown. The same rows give the same bytes.

use askama::Template;
use causeway_primitives::Decimal;

use super::ReportDocument;
use crate::error::Error;

#[derive(Template)]
#[template(path = "report.md")]
struct Page<'a> {
    report: &'a ReportDocument,
}

impl ReportDocument {
    /// As Markdown.
    ///
    /// # Errors
    /// [`Error::Unwritable`]: none in practice, since nothing that is written can fail.
    pub fn to_markdown(&self) -> Result<String, Error> {
        Page { report: self }.render().map_err(|error| Error::Unwritable(Box::new(error)))
    }

    /// As JSON, one field a line.
    ///
    /// # Errors
    /// [`Error::Unwritable`]: none in practice.
    pub fn to_json(&self) -> Result<String, Error> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::Unwritable(Box::new(error)))?;
        Ok(format!("{text}\n"))
    }
}

impl Page<'_> {
    /// Milliseconds as seconds.
    fn seconds(millis: &u64) -> String {
        format!("{} s", Decimal::from_i128_with_scale(i128::from(*millis), 3).normalize())
    }

    fn percent(value: &Option<String>) -> String {
        value.as_ref().map_or_else(|| "–".to_owned(), |value| format!("{value} %"))
    }

    fn or_dash(value: &Option<impl ToString>) -> String {
        value.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string)
    }

    /// Text of strangers in a cell of a table: nothing of it is Markdown, and it stays in its cell.
    fn cell(text: &str) -> String {
        let mut cell = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '~' | '!' => {
                    cell.push('\\');
                    cell.push(character);
                }
                other if other.is_control() => cell.push(' '),
                other => cell.push(other),
            }
        }
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ccip_12_what_strangers_wrote_stays_text_in_its_cell() {
        assert_eq!(Page::cell("a|b\n<img src=x> [x](y) `z`"), "a\\|b \\<img src=x\\> \\[x\\](y) \\`z\\`");
        assert_eq!(Page::seconds(&12_500), "12.5 s");
        assert_eq!(Page::seconds(&0), "0 s");
    }
}
