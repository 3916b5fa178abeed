//! The errors of CCIP's contracts, all versions, from the table in `data/errors.tsv`: selector and signature.

use std::fmt;

use alloy::hex;
use causeway_primitives::U256;

use crate::adapters::dialects::abi::{WORD, word_to_address};

const TABLE: &str = include_str!("../../../../data/errors.tsv");

/// An error that is in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// Name and value of each argument that is a single word and was not cut off.
    pub arguments: Vec<(&'static str, String)>,
}

impl Known {
    /// The error of a selector, with its arguments.
    pub(super) fn find(selector: [u8; 4], arguments: &[u8]) -> Option<Self> {
        let signature = signature(selector)?;
        let (name, parameters) = signature.strip_suffix(')')?.split_once('(')?;
        Some(Self { name, arguments: values(parameters, arguments) })
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        for (index, (name, value)) in self.arguments.iter().enumerate() {
            write!(f, "{}{name} {value}", if index == 0 { ": " } else { ", " })?;
        }
        Ok(())
    }
}

/// `Name(type name, …)`
fn signature(selector: [u8; 4]) -> Option<&'static str> {
    let wanted = hex::encode_prefixed(selector);
    TABLE.lines().find_map(|line| line.strip_prefix(wanted.as_str())?.strip_prefix('\t'))
}

fn values(parameters: &'static str, encoded: &[u8]) -> Vec<(&'static str, String)> {
    // The few errors with a struct are about configuration, and their names say enough.
    if parameters.contains('(') {
        return Vec::new();
    }
    let words = encoded.as_chunks::<WORD>().0;
    let named = parameters.split(',').filter_map(|parameter| parameter.trim().split_once(' '));
    named.zip(words).filter_map(|((ty, name), word)| Some((name, value(ty, word)?))).collect()
}

/// A word as people write its type; `None` for what is not in the word.
fn value(ty: &str, word: &[u8; WORD]) -> Option<String> {
    if ty.starts_with("uint") {
        return Some(U256::from_be_bytes(*word).to_string());
    }
    if let Some(width) = ty.strip_prefix("bytes") {
        return word.get(..width.parse().ok()?).map(hex::encode_prefixed);
    }
    match ty {
        "address" => word_to_address(word).map(|address| address.to_string()),
        "bool" => Some((*word != [0; WORD]).to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::keccak256;

    use super::*;

    /// The signature that the selector is of: types without names.
    fn canonical(signature: &str) -> String {
        let mut canonical = String::new();
        for part in signature.split_inclusive(['(', ',', ')']) {
            let (text, mark) = part.split_at(part.len() - 1);
            // What follows a tuple is its name.
            let ty = if canonical.ends_with(')') { "" } else { text.trim().split(' ').next().unwrap_or_default() };
            canonical.extend([ty, mark]);
        }
        canonical
    }

    #[test]
    fn ccip_15_every_row_of_the_table_is_an_error_and_its_selector() {
        let rows: Vec<_> = TABLE.lines().collect();
        assert_eq!(rows.len(), 258);
        for row in rows {
            let (selector, signature) = row.split_once('\t').unwrap();
            let hash = keccak256(canonical(signature));
            assert_eq!(hex::encode_prefixed(&hash[..4]), selector, "{signature}");
            assert!(Known::find([hash[0], hash[1], hash[2], hash[3]], &[]).is_some());
        }
    }
}
