//! Whether a service knows that it is worked on: what it was told last, and what came of the last try.

use causeway_primitives::Timestamp;

use super::maintenance::LEASE;

/// What came of telling a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It has taken it.
    Taken,
    /// It answered, and took nothing: why, in its words.
    Refused(String),
    /// It did not answer, or could not.
    NotReached(String),
}

/// What a service was told, and what came of the last try. `K` names a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<K> {
    /// The open windows that it has taken last.
    pub windows: Vec<K>,
    /// When it did; `None`: never yet.
    pub taken_at: Option<Timestamp>,
    /// What came of the last try.
    pub heard: Heard,
    /// When that was.
    pub tried_at: Timestamp,
}

/// Whether a service knows of a window that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knows {
    /// It was told then, and its channels are quiet.
    Since(Timestamp),
    /// It was told then and not again within the lease: its channels are heard again.
    NoMore(Timestamp),
    /// It answered, and took nothing.
    Refused(Timestamp),
    /// It did not answer, or could not.
    NotReached(Timestamp),
    /// Nobody has tried within the lease: no console leads, or the window has begun just now.
    Untold,
}

impl<K: PartialEq> Told<K> {
    /// Whether the service knows of this window.
    pub fn knows(&self, window: &K, now: Timestamp) -> Knows {
        let taken = self.taken_at.filter(|_| self.windows.contains(window));
        if let Some(at) = taken {
            return if now.since(at) < LEASE { Knows::Since(at) } else { Knows::NoMore(at) };
        }
        if now.since(self.tried_at) >= LEASE {
            return Knows::Untold;
        }
        match &self.heard {
            Heard::Refused(_) => Knows::Refused(self.tried_at),
            Heard::NotReached(_) => Knows::NotReached(self.tried_at),
            // Of another window, or of none: this one is told next.
            Heard::Taken => Knows::Untold,
        }
    }
}

impl Heard {
    /// Why nothing was taken; empty when it was.
    pub fn words(&self) -> &str {
        match self {
            Self::Taken => "",
            Self::Refused(words) | Self::NotReached(words) => words,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(1_790_000_000 + seconds).unwrap()
    }

    fn told(windows: &[u8], taken: Option<u64>, heard: Heard, tried: u64) -> Told<u8> {
        Told { windows: windows.to_vec(), taken_at: taken.map(at), heard, tried_at: at(tried) }
    }

    #[test]
    fn ops_5_a_service_knows_of_a_window_for_as_long_as_what_it_was_told_is_good() {
        let (no, gone) = (|| Heard::Refused("not you".to_owned()), || Heard::NotReached("no route".to_owned()));
        for (told, now, knows) in [
            (told(&[7], Some(0), Heard::Taken, 0), 59, Knows::Since(at(0))),
            (told(&[7], Some(0), Heard::Taken, 0), 60, Knows::NoMore(at(0))),
            (told(&[7], Some(0), gone(), 50), 59, Knows::Since(at(0))),
            (told(&[7], Some(0), gone(), 70), 71, Knows::NoMore(at(0))),
            (told(&[], None, no(), 5), 9, Knows::Refused(at(5))),
            (told(&[], None, gone(), 5), 9, Knows::NotReached(at(5))),
            (told(&[], None, gone(), 5), 65, Knows::Untold),
            (told(&[8], Some(5), Heard::Taken, 5), 9, Knows::Untold),
        ] {
            assert_eq!(told.knows(&7, at(now)), knows, "{told:?} at {now}");
        }
        assert_eq!((no().words(), Heard::Taken.words()), ("not you", ""));
    }
}
