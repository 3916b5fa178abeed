//! Pictures: lines and points in inline SVG. Each says in words what it shows, and stands beside a table with the same.

use askama::Template;
use causeway_primitives::Timestamp;

use super::ages::exact;
use crate::{
    adapters::siblings::Unanswered,
    domain::chart::{Extent, Point, SIZE},
};

/// Things that are drawn as one line, or as points.
pub(super) struct Series {
    /// What they are; in the legend.
    pub(super) name: String,
    /// Class of the style sheet: how they look.
    pub(super) class: &'static str,
    /// Whether points are joined.
    pub(super) joined: bool,
    /// In the order of time, seconds since 1970.
    pub(super) points: Vec<Point>,
}

/// A picture.
#[derive(Template)]
#[template(path = "chart.html")]
struct Chart<'a> {
    title: &'a str,
    lines: Vec<Line<'a>>,
    high: String,
    low: String,
    left: String,
    right: String,
    width: u32,
    height: u32,
}

struct Line<'a> {
    name: &'a str,
    class: &'static str,
    joined: bool,
    /// `x,y x,y …`.
    path: String,
    dots: Vec<(u32, u32)>,
}

/// Points of one line; more would not be told apart.
const MOST: usize = 500;

/// A picture of these, with the ends of its upright axis in words; nothing when there is nothing to draw.
pub(super) fn picture(
    title: &str,
    series: &[Series],
    from_zero: bool,
    words: impl Fn(i128) -> String,
) -> Result<String, Unanswered> {
    let all = Extent::of(series.iter().flat_map(|series| &series.points));
    let Some(extent) = all.map(|extent| if from_zero { extent.from_zero() } else { extent }) else {
        return Ok(String::new());
    };
    let at = |seconds| Timestamp::from_secs(seconds).map(exact).unwrap_or_default();
    let chart = Chart {
        title,
        lines: series.iter().filter(|series| !series.points.is_empty()).map(|series| line(series, &extent)).collect(),
        high: words(extent.y.1),
        low: words(extent.y.0),
        left: at(extent.x.0),
        right: at(extent.x.1),
        width: SIZE.0,
        height: SIZE.1,
    };
    super::show::written(&chart)
}

fn line<'a>(series: &'a Series, extent: &Extent) -> Line<'a> {
    let skipped = series.points.len().saturating_sub(MOST);
    let dots: Vec<(u32, u32)> = series.points.iter().skip(skipped).map(|point| extent.place(*point)).collect();
    let path = dots.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ");
    Line { name: &series.name, class: series.class, joined: series.joined, path, dots }
}
