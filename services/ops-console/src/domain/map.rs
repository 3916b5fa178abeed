//! Where the services stand in the picture of who needs whom: whoever needs nobody on the left, everybody to the right of all
//! that he needs.

use std::collections::BTreeMap;

use super::impact::Needs;

/// A service's place: its column from the left, its row from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// 0 for whoever needs nobody.
    pub column: u32,
    /// 0 at the top of the column.
    pub row: u32,
}

/// The places of these services, in their order. In a circle of needs nobody is further right than there are services.
pub fn places<'a>(services: &[&'a str], needs: &Needs) -> Vec<(&'a str, Place)> {
    let mut columns: BTreeMap<&str, u32> = services.iter().map(|service| (*service, 0)).collect();
    // Each round moves those right that stand left of what they need; a way has fewer steps than there are services.
    for _ in services {
        for service in services {
            let right_of = needs.of(service).filter_map(|needed| columns.get(needed)).max();
            let column = right_of.map_or(0, |column| column.saturating_add(1));
            columns.insert(service, column);
        }
    }
    let last = u32::try_from(services.len()).unwrap_or(u32::MAX).saturating_sub(1);
    let mut heights: BTreeMap<u32, u32> = BTreeMap::new();
    let place = |service: &&'a str| {
        let column = columns.get(service).copied().unwrap_or_default().min(last);
        let height = heights.entry(column).or_default();
        let row = *height;
        *height = height.saturating_add(1);
        (*service, Place { column, row })
    };
    services.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(pairs: &[(&str, &[&str])]) -> Needs {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Needs::new(pairs.iter().map(|(service, needed)| ((*service).to_owned(), owned(needed)))).unwrap()
    }

    #[test]
    fn ops_1_everybody_stands_to_the_right_of_what_he_needs() {
        let needs = needs(&[("oracle", &[]), ("ccip", &[]), ("guard", &["ccip"]), ("gateway", &["guard", "oracle"])]);
        let found = places(&["gateway", "oracle", "ccip", "guard"], &needs);
        let at = |name| found.iter().find(|(service, _)| *service == name).map(|(_, place)| (place.column, place.row));
        assert_eq!((at("oracle"), at("ccip")), (Some((0, 0)), Some((0, 1))));
        assert_eq!((at("guard"), at("gateway")), (Some((1, 0)), Some((2, 0))));
    }

    #[test]
    fn those_who_need_each_other_have_places_within_the_picture() {
        let needs = needs(&[("a", &["b"]), ("b", &["a"]), ("c", &["c"])]);
        assert!(places(&["a", "b", "c"], &needs).iter().all(|(_, place)| place.column < 3));
    }
}
