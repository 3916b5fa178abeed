//! The feed's external references: compared on the cadence, shown, told, and never part of a decision.

use causeway_primitives::{Answer, Monotonic, Timestamp};
use serde_json::json;

use super::FeedTask;
use crate::{
    app::view::SourceView,
    config::{self, Role},
    domain::{
        aggregate::Aggregation,
        reference::{Gap, Reading, Standing, Verdict, next},
    },
    ports::NewEvent,
};

/// Events that wait to be stored; when the store is away for long, the oldest go.
const NOTES: usize = 64;

/// A reference and how it stands.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    source: config::Source,
    standing: Standing,
}

/// The references among a feed's sources.
pub(super) fn references(sources: &[config::Source], now: Timestamp) -> Vec<Reference> {
    let chosen = sources.iter().filter(|source| source.role == Role::Reference);
    chosen.map(|source| Reference { source: source.clone(), standing: Standing::new(now) }).collect()
}

impl FeedTask {
    /// Compares every reference with the median, and notes what has changed for the next entry.
    pub(super) fn compare(&mut self, aggregation: &Aggregation) {
        let (now, at) = (self.now(), self.deps.clock.monotonic());
        let market = aggregation.answer().map(|aggregate| aggregate.answer);
        let policy = self.setup.feed.reference;
        for index in 0..self.references.len() {
            let Some(reference) = self.references.get(index) else { continue };
            let reading = self.reading_of(&reference.source, at);
            let after = next(&reference.standing, market, reading, now, &policy);
            let event = changed(&reference.source, &reference.standing, &after);
            self.deps.source_metrics.reference(&reference.source.id, after.distance);
            self.deps.alerts.reference(&reference.source, &after, &policy);
            if let Some(event) = event {
                self.note(event);
            }
            if let Some(reference) = self.references.get_mut(index) {
                reference.standing = after;
            }
        }
    }

    fn reading_of(&self, source: &config::Source, at: Monotonic) -> Result<Reading, Gap> {
        let word = self.deps.board.look(&source.id);
        let age = word.age(at).ok_or(Gap::Silent)?;
        let tick = word.tick.ok_or(Gap::Silent)?;
        let conversions = self.deps.worths.conversions(source.route.legs.iter(), at);
        let price = source.route.convert(tick.price, &conversions).map_err(|_| Gap::Unconverted)?;
        let decimals = self.setup.policy.get().terms().decimals;
        let answer = Answer::from_price(price, decimals).map_err(|_| Gap::Unconverted)?;
        Ok(Reading { answer, age })
    }

    fn note(&mut self, event: NewEvent) {
        tracing::info!(source_id = event.subject, change = event.summary, "reference changed");
        if self.notes.len() >= NOTES {
            self.notes.remove(0);
        }
        self.notes.push(event);
    }

    /// As sources that have no weight and are never anything else.
    pub(super) fn show_references(&self) {
        for Reference { source, standing } in &self.references {
            let word = self.deps.board.look(&source.id);
            let budget = self.deps.alerts.budget(source, word.quota.as_ref(), &self.deps.venues, self.now());
            self.deps.views.put_source(SourceView {
                id: source.id.clone(),
                venue: source.venue.clone(),
                feed: self.setup.feed.id().clone(),
                market: source.market.clone(),
                state: "reference",
                cause: cause(standing.verdict),
                since: standing.since,
                weight: causeway_primitives::Ppm::ZERO,
                backup: false,
                last_price: word.tick.as_ref().map(|tick| tick.price),
                last_received_at: word.tick.as_ref().map(|tick| tick.received_at),
                last_fault: word.fault.map(|(fault, _)| fault.as_str()).unwrap_or_default(),
                quota_used: budget.quota_used,
                quota_exhausted_at: budget.quota_exhausted_at,
                credential_days_left: budget.credential_days_left,
            });
        }
    }
}

fn cause(verdict: Verdict) -> String {
    match verdict {
        Verdict::Agrees | Verdict::Deviates => verdict.as_str().to_owned(),
        Verdict::Unknown(gap) => format!("{}: {}", verdict.as_str(), gap.as_str()),
    }
}

/// The first word of a reference is no change.
fn changed(source: &config::Source, before: &Standing, after: &Standing) -> Option<NewEvent> {
    let began = before.verdict == Verdict::Unknown(Gap::Silent) && after.verdict == Verdict::Agrees;
    if before.verdict == after.verdict || began {
        return None;
    }
    let (from, to) = (cause(before.verdict), cause(after.verdict));
    let distance = after.distance.map(|distance| distance.to_string());
    let far = distance.as_ref().map(|distance| format!(" at a distance of {distance} %")).unwrap_or_default();
    Some(NewEvent {
        kind: "reference_transition",
        subject: source.id.to_string(),
        summary: format!("reference {} went from {from} to {to}{far}", source.id),
        detail: json!({ "from": from, "to": to, "distance_percent": distance }),
    })
}
