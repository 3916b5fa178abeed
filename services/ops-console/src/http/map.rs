//! Who needs whom, as a picture, with the same in words on the services' cards.

use askama::Template;
use causeway_primitives::Timestamp;

use super::{page::Mark, show::written};
use crate::{
    app::Fleet,
    domain::{
        condition::Condition,
        impact::Needs,
        map::{Place, places},
    },
};

/// A box, and the space to the next.
const BOX: (u32, u32) = (190, 44);
const STEP: (u32, u32) = (270, 70);

#[derive(Template)]
#[template(path = "map.html")]
struct Map {
    width: u32,
    height: u32,
    words: String,
    boxes: Vec<Node>,
    arrows: Vec<Arrow>,
}

struct Node {
    name: String,
    mark: Mark,
    x: u32,
    y: u32,
    /// Whether a failure elsewhere reaches it.
    is_reached: bool,
}

struct Arrow {
    class: &'static str,
    from: (u32, u32),
    to: (u32, u32),
    bend: (u32, u32),
}

/// The picture; nothing where nobody needs anybody.
pub(super) fn map(fleet: &Fleet, needs: &Needs, now: Timestamp) -> String {
    let names: Vec<&str> = fleet.services.iter().map(|service| service.name.as_str()).collect();
    let placed = places(&names, needs);
    let condition =
        |name: &str| fleet.service(name).map_or(Condition::Unknown, |one| one.condition(now, fleet.stale_after));
    let down: Vec<&str> = names.iter().copied().filter(|name| condition(name) == Condition::Down).collect();
    let is_reached = |name: &str| down.iter().any(|down| needs.reached_by(down).contains(name));
    let arrows: Vec<Arrow> = placed
        .iter()
        .flat_map(|(name, place)| needs.of(name).map(move |needed| (needed, *place)))
        .filter_map(|(needed, place)| {
            let (_, from) = placed.iter().find(|(name, _)| *name == needed)?;
            Some(arrow(*from, place, condition(needed)))
        })
        .collect();
    if arrows.is_empty() {
        return String::new();
    }
    let extent = |of: fn(&Place) -> u32| placed.iter().map(|(_, place)| of(place)).max().unwrap_or_default();
    let picture = Map {
        width: extent(|place| place.column).saturating_mul(STEP.0).saturating_add(BOX.0),
        height: extent(|place| place.row).saturating_mul(STEP.1).saturating_add(BOX.1),
        words: words(&names, needs),
        boxes: placed
            .iter()
            .map(|(name, place)| {
                let (x, y) = corner(*place);
                Node { name: (*name).to_owned(), mark: condition(name).into(), x, y, is_reached: is_reached(name) }
            })
            .collect(),
        arrows,
    };
    // A picture that could not be written is left out: its words are on the cards.
    written(&picture).unwrap_or_default()
}

fn corner(place: Place) -> (u32, u32) {
    (place.column.saturating_mul(STEP.0), place.row.saturating_mul(STEP.1))
}

/// From the right side of what is needed to the left side of who needs it.
fn arrow(needed: Place, by: Place, condition: Condition) -> Arrow {
    let ((left, upper), (right, lower)) = (corner(needed), corner(by));
    let middle = |y: u32| y.saturating_add(BOX.1 / 2);
    let from = (left.saturating_add(BOX.0), middle(upper));
    let to = (right.saturating_sub(4), middle(lower));
    let half = STEP.0.saturating_sub(BOX.0) / 2;
    let bend = (from.0.saturating_add(half), right.saturating_sub(half));
    Arrow { class: condition.as_str(), from, to, bend }
}

fn words(names: &[&str], needs: &Needs) -> String {
    let line = |name: &&str| {
        let needed: Vec<&str> = needs.of(name).collect();
        (!needed.is_empty()).then(|| format!("{name} needs {}", needed.join(", ")))
    };
    names.iter().filter_map(line).collect::<Vec<_>>().join("; ")
}
