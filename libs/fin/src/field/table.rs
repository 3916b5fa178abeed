//! The formats of all fields, found by tag.

use super::{cash, part::Part, parties, securities};
use crate::{Tag, format::Format};

/// One option of a field: its tag, its format, what the parts are. Several rows with one tag are alternatives.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) tag: Tag,
    pub(crate) format: Format,
    pub(crate) parts: &'static [Part],
}

/// A row of the table.
#[expect(clippy::panic, reason = "runs in the compiler: a fault is a compile error")]
pub(super) const fn row(tag: &str, notation: &'static str, parts: &'static [Part]) -> Spec {
    let format = Format::new(notation);
    assert!(format.parts == parts.len(), "a format has as many parts as are named");
    match Tag::from_bytes(tag.as_bytes()) {
        Some(tag) => Spec { tag, format, parts },
        None => panic!("a tag is two digits and perhaps a letter"),
    }
}

/// The tables of this crate; no tag is in two of them.
const TABLES: [&[Spec]; 3] = [parties::FIELDS, cash::FIELDS, securities::FIELDS];

/// For every possible tag: table and first row, and how many rows.
static INDEX: [(u8, u8, u8); 2700] = index();

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "runs in the compiler")]
const fn index() -> [(u8, u8, u8); 2700] {
    let mut index = [(0, 0, 0); 2700];
    let mut table = 0;
    while table < TABLES.len() {
        let rows = TABLES[table];
        let mut row = 0;
        while row < rows.len() {
            let place = rows[row].tag.index();
            let (known_table, first, count) = index[place];
            index[place] = if count == 0 {
                (table as u8, row as u8, 1)
            } else {
                assert!(known_table as usize == table && first as usize + count as usize == row, "a tag's rows adjoin");
                (known_table, first, count + 1)
            };
            row += 1;
        }
        table += 1;
    }
    index
}

/// The alternatives of a field, none when it is not in the table.
pub(crate) fn specs(tag: Tag) -> &'static [Spec] {
    let (table, first, count) = INDEX.get(tag.index()).copied().unwrap_or_default();
    let rows = TABLES.get(usize::from(table)).copied().unwrap_or_default();
    rows.get(usize::from(first)..usize::from(first) + usize::from(count)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_5_every_row_is_found_by_its_tag() {
        for table in TABLES {
            for spec in table {
                assert!(specs(spec.tag).iter().any(|found| found.format.notation == spec.format.notation));
            }
        }
        assert!(specs("00Z".parse().unwrap()).is_empty());
        assert!(TABLES.iter().map(|table| table.len()).sum::<usize>() > 150);
    }
}
