//! Where the points of a picture are. Whole numbers in, whole numbers out.

/// A point of what is drawn: for example a time and a price.
pub type Point = (u64, i128);

/// What a picture shows: from the lowest to the highest of both axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Along the picture.
    pub x: (u64, u64),
    /// Up the picture.
    pub y: (i128, i128),
}

/// Width and height of every picture, in its own units.
pub const SIZE: (u32, u32) = (1_000, 240);

impl Extent {
    /// Of all these points; `None` when there are none.
    pub fn of<'a>(points: impl IntoIterator<Item = &'a Point>) -> Option<Self> {
        points.into_iter().fold(None, |extent: Option<Self>, &(x, y)| {
            let Self { x: (left, right), y: (low, high) } = extent.unwrap_or(Self { x: (x, x), y: (y, y) });
            Some(Self { x: (left.min(x), right.max(x)), y: (low.min(y), high.max(y)) })
        })
    }

    /// With zero in it, for what is measured from there.
    #[must_use]
    pub fn from_zero(self) -> Self {
        Self { y: (self.y.0.min(0), self.y.1.max(0)), ..self }
    }

    /// Where a point is: from the left, and from the top. Everything in one place is drawn in the middle.
    pub fn place(&self, (x, y): Point) -> (u32, u32) {
        let across = share(i128::from(x), (i128::from(self.x.0), i128::from(self.x.1)), SIZE.0);
        let up = share(y, self.y, SIZE.1);
        (across, SIZE.1.saturating_sub(up))
    }
}

/// How far `value` is from the low end to the high one, of `size`.
fn share(value: i128, (low, high): (i128, i128), size: u32) -> u32 {
    let middle = size.checked_div(2).unwrap_or_default();
    let range = high.saturating_sub(low);
    let part = value.clamp(low, high).saturating_sub(low).saturating_mul(i128::from(size));
    part.checked_div(range).and_then(|part| u32::try_from(part).ok()).unwrap_or(middle)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ops_1_the_ends_of_a_picture_are_its_lowest_and_highest_points() {
        let points = [(10, -5), (20, 5), (15, 0)];
        let extent = Extent::of(&points).unwrap();
        assert_eq!(points.map(|point| extent.place(point)), [(0, 240), (1_000, 0), (500, 120)]);
        assert_eq!(Extent::of(&[]), None);
        assert_eq!(Extent::of(&[(7, 7)]).unwrap().place((7, 7)), (500, 120), "one point is in the middle");
        assert_eq!(Extent::of(&[(1, 6)]).unwrap().from_zero().place((1, 3)), (500, 120));
    }

    proptest! {
        #[test]
        fn every_point_is_within_the_picture_and_in_order(points in proptest::collection::vec((any::<u64>(), any::<i128>()), 1..20)) {
            let extent = Extent::of(&points).unwrap();
            let mut sorted = points;
            sorted.sort_by_key(|(_, y)| *y);
            let places: Vec<_> = sorted.iter().map(|point| extent.place(*point)).collect();
            prop_assert!(places.iter().all(|(x, y)| *x <= SIZE.0 && *y <= SIZE.1));
            if sorted.iter().all(|(_, y)| y.unsigned_abs() < 1 << 100) {
                prop_assert!(places.windows(2).all(|pair| pair[0].1 >= pair[1].1));
            }
        }
    }
}
