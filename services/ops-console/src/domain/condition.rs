//! How something is, and how many are together.

use std::time::Duration;

use causeway_primitives::Timestamp;

/// How a service or a part of it is. The order is that of a roll-up: the greatest is shown. Unknown is greater than well,
/// because nobody saw that it is well, and less than what was seen to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// Works.
    Ok,
    /// Not known.
    Unknown,
    /// Works with less than it should.
    Degraded,
    /// Does not work.
    Down,
}

impl Condition {
    /// All of them, from well to worst.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Unknown, Self::Degraded, Self::Down];

    /// The label in the database, in metrics and in style sheets.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }

    /// The condition of this label.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|condition| condition.as_str() == name)
    }

    /// In a word for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Ok => "healthy",
            Self::Unknown => "unknown",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }

    /// A shape of its own, so that nobody needs the colour.
    pub const fn shape(self) -> &'static str {
        match self {
            Self::Ok => "●",
            Self::Unknown => "◌",
            Self::Degraded => "▲",
            Self::Down => "■",
        }
    }
}

/// One look at a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// What it said of itself; `None` when it did not answer.
    pub said: Option<Condition>,
    /// When.
    pub at: Timestamp,
}

/// How a replica is by the last look at it. One that does not answer is down; a look that is older than `stale` says
/// nothing any more, and no look at all never did.
pub fn of_replica(look: Option<Look>, now: Timestamp, stale: Duration) -> Condition {
    match look {
        None => Condition::Unknown,
        Some(look) if now.since(look.at) > stale => Condition::Unknown,
        Some(Look { said: Some(condition), .. }) => condition,
        Some(Look { said: None, .. }) => Condition::Down,
    }
}

/// How a service of several replicas is: as its best replica while all are up, and degraded while one of them is missing.
/// Replicas stand in for each other, so that one is enough to serve.
pub fn of_service(replicas: impl IntoIterator<Item = Condition>) -> Condition {
    let (mut best, mut worst) = (None, None);
    for condition in replicas {
        best = Some(best.map_or(condition, |best: Condition| best.min(condition)));
        worst = Some(worst.map_or(condition, |worst: Condition| worst.max(condition)));
    }
    match (best, worst) {
        (None, _) | (_, None) => Condition::Unknown,
        (Some(Condition::Ok), Some(Condition::Ok)) => Condition::Ok,
        (Some(Condition::Ok), Some(_)) => Condition::Degraded,
        (Some(best), Some(_)) => best,
    }
}

/// The whole system: as its worst service.
pub fn of_system(services: impl IntoIterator<Item = Condition>) -> Condition {
    services.into_iter().max().unwrap_or(Condition::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(1_790_000_000 + seconds).unwrap()
    }

    const STALE: Duration = Duration::from_secs(5);

    #[test]
    fn ops_1_what_was_not_seen_is_unknown_and_never_well() {
        assert_eq!(of_replica(None, at(0), STALE), Condition::Unknown);
        let well = Look { said: Some(Condition::Ok), at: at(0) };
        assert_eq!(of_replica(Some(well), at(5), STALE), Condition::Ok);
        assert_eq!(of_replica(Some(well), at(6), STALE), Condition::Unknown);
        assert_eq!(of_replica(Some(Look { said: None, at: at(0) }), at(1), STALE), Condition::Down);
        assert_eq!(of_service([]), Condition::Unknown);
        assert_eq!(of_system([]), Condition::Unknown);
        assert_eq!(of_system([Condition::Ok, Condition::Unknown]), Condition::Unknown);
    }

    #[test]
    fn ops_1_a_service_with_a_missing_replica_is_degraded_and_with_none_as_its_best() {
        use Condition::{Degraded, Down, Ok, Unknown};
        for (replicas, wanted) in [
            (vec![Ok, Ok], Ok),
            (vec![Ok, Down], Degraded),
            (vec![Ok, Unknown], Degraded),
            (vec![Degraded, Down], Degraded),
            (vec![Down, Down], Down),
            (vec![Unknown, Down], Unknown),
        ] {
            assert_eq!(of_service(replicas.iter().copied()), wanted, "{replicas:?}");
        }
    }

    #[test]
    fn ops_1_the_system_is_as_its_worst_service_and_each_condition_has_its_own_shape() {
        assert_eq!(of_system([Condition::Ok, Condition::Degraded, Condition::Down]), Condition::Down);
        let shapes: std::collections::BTreeSet<_> = Condition::ALL.iter().map(|one| one.shape()).collect();
        assert_eq!(shapes.len(), Condition::ALL.len());
        for condition in Condition::ALL {
            assert_eq!(Condition::from_name(condition.as_str()), Some(condition));
        }
    }
}
