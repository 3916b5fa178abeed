//! How often somebody may try a password: each failure of a name from one address makes the next wait longer there, and many
//! failures from anywhere make all wait a little who did not come in from where they are before. So nobody guesses quickly from
//! many addresses, and nobody keeps somebody out.

use std::{collections::HashMap, hash::Hash, net::IpAddr, time::Duration};

use causeway_primitives::Timestamp;

/// Names and addresses of which anything is remembered. Beyond, what is over is forgotten, and then the least; each costs whoever
/// tries a hash of ours.
const MOST: usize = 10_000;

/// So many may fail before anybody has to wait: fingers slip.
const FREE: u32 = 4;

/// The longest wait. A name is not locked for ever, or anybody could lock anybody out.
const LONGEST_WAIT: u64 = 900;

/// So many of one name may fail from wherever they come, before all of them wait.
const FREE_ANYWHERE: u32 = 40;

/// And this is how long: 360 guesses an hour, from however many addresses.
const WAIT_ANYWHERE: Duration = Duration::from_secs(10);

/// Attempts that failed, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl Failures {
    fn and_one_more(before: Option<Self>, now: Timestamp) -> Self {
        Self { count: before.map_or(0, |before| before.count).saturating_add(1), last: now }
    }

    /// From when on the next attempt from this address is looked at: each failure beyond the free ones doubles the wait.
    fn again_at(&self) -> Timestamp {
        let beyond = self.count.saturating_sub(FREE);
        let seconds = if beyond == 0 { 0 } else { 1_u64.checked_shl(beyond).unwrap_or(u64::MAX).min(LONGEST_WAIT) };
        self.last.after(Duration::from_secs(seconds))
    }

    /// The same for all addresses together.
    fn again_anywhere_at(&self) -> Timestamp {
        if self.count <= FREE_ANYWHERE { self.last } else { self.last.after(WAIT_ANYWHERE) }
    }

    /// What is forgotten first where there are too many: the fewest, and of those the oldest. Whoever invents names pushes out
    /// none that was tried often.
    const fn weight(&self) -> (u32, Timestamp) {
        (self.count, self.last)
    }

    fn are_over(&self, now: Timestamp) -> bool {
        now.since(self.last) > Duration::from_secs(LONGEST_WAIT)
    }
}

/// What is remembered of all attempts.
#[derive(Debug, Default)]
pub struct Tries {
    here: HashMap<(String, IpAddr), Failures>,
    anywhere: HashMap<String, Failures>,
    /// Who came in from where, and when for the last time.
    welcome: HashMap<(String, IpAddr), Timestamp>,
}

impl Tries {
    /// Counts an attempt, before it is looked at, so that attempts at the same time count too.
    ///
    /// # Errors
    /// From when on the next one is looked at, if not now. Such an attempt counts as none.
    pub fn admit(&mut self, name: &str, from: IpAddr, now: Timestamp) -> Result<(), Timestamp> {
        let here = (name.to_owned(), from);
        let is_welcome = self.welcome.contains_key(&here);
        let before = self.here.get(&here).copied().filter(|failures| !failures.are_over(now));
        let all = self.anywhere.get(name).copied().filter(|failures| !failures.are_over(now));
        let anywhere = all.filter(|_| !is_welcome).map(|all| all.again_anywhere_at());
        let again_at = before.map(|before| before.again_at()).into_iter().chain(anywhere).max();
        if let Some(again_at) = again_at.filter(|again_at| *again_at > now) {
            return Err(again_at);
        }
        make_room(&mut self.here, now);
        self.here.insert(here, Failures::and_one_more(before, now));
        make_room(&mut self.anywhere, now);
        self.anywhere.insert(name.to_owned(), Failures::and_one_more(all, now));
        Ok(())
    }

    /// The attempt was right.
    pub fn came_in(&mut self, name: &str, from: IpAddr, now: Timestamp) {
        let here = (name.to_owned(), from);
        self.here.remove(&here);
        if self.welcome.len() >= MOST
            && let Some(oldest) = self.welcome.iter().min_by_key(|(_, at)| **at).map(|(known, _)| known.clone())
        {
            self.welcome.remove(&oldest);
        }
        self.welcome.insert(here, now);
    }
}

/// For one more: what is over goes, and then what weighs least.
fn make_room<K: Hash + Eq + Clone>(failures: &mut HashMap<K, Failures>, now: Timestamp) {
    if failures.len() < MOST {
        return;
    }
    failures.retain(|_, failures| !failures.are_over(now));
    while failures.len() >= MOST {
        let least = failures.iter().min_by_key(|(_, failures)| failures.weight()).map(|(tried, _)| tried.clone());
        let Some(least) = least else { return };
        failures.remove(&least);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(1_790_000_000 + seconds).unwrap()
    }

    fn address(number: u32) -> IpAddr {
        IpAddr::from((0xc000_0200 + number).to_be_bytes())
    }

    #[test]
    fn ops_9_guessing_gets_slower_and_nobody_is_locked_out_for_ever() {
        let mut failures = None;
        let mut waits = Vec::new();
        for _ in 0..16 {
            let more = Failures::and_one_more(failures, at(0));
            waits.push(more.again_at().since(at(0)).as_secs());
            failures = Some(more);
        }
        assert_eq!(waits[..8], [0, 0, 0, 0, 2, 4, 8, 16]);
        assert_eq!(waits[15], LONGEST_WAIT);
        assert!(failures.is_some_and(|failures| failures.are_over(at(901)) && !failures.are_over(at(900))));
        let endless = Failures { count: u32::MAX, last: at(0) };
        assert_eq!(endless.again_at(), at(LONGEST_WAIT));
    }

    #[test]
    fn ops_9_from_however_many_addresses_a_password_is_guessed_slowly_and_who_was_in_before_comes_in() {
        let mut tries = Tries::default();
        tries.admit("anna", address(0), at(0)).unwrap();
        tries.came_in("anna", address(0), at(0));
        let hour =
            (0..3_600).filter(|second| tries.admit("anna", address(1 + *second), at(u64::from(*second))).is_ok());
        assert_eq!(hour.count(), 40 + 356, "the free ones, and then one in ten seconds");
        assert_eq!(tries.admit("anna", address(9_999), at(3_600)), Err(at(3_609)));
        assert_eq!(tries.admit("anna", address(0), at(3_600)), Ok(()), "it is her address");
        assert_eq!(tries.admit("bert", address(9_999), at(3_600)), Ok(()), "and nobody else is held up");
    }

    #[test]
    fn ops_9_no_flood_of_invented_names_makes_forgotten_what_was_tried_often() {
        let mut tries = Tries::default();
        for second in 0..9_u64 {
            let _ = tries.admit("anna", address(7), at(second));
        }
        let known = tries.here[&("anna".to_owned(), address(7))];
        for number in 0..10_050_u32 {
            tries.admit(&format!("invented-{number}"), address(7), at(10)).unwrap();
        }
        assert_eq!((tries.here.len(), tries.anywhere.len()), (MOST, MOST));
        assert_eq!(tries.here[&("anna".to_owned(), address(7))], known);
        tries.admit("new", address(7), at(5_000)).unwrap();
        assert_eq!(tries.here.len(), 1, "what is over goes first");
    }
}
