//! Who may do what, how long a sign-in lasts, and how often somebody may try.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use causeway_primitives::Timestamp;

/// What somebody is here to do. Each may do what the ones before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Looks.
    Observer,
    /// Proposes actions.
    Operator,
    /// Approves what others propose.
    Approver,
    /// Keeps the accounts.
    Admin,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Observer, Self::Operator, Self::Approver, Self::Admin];

    /// Its label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observer => "observer",
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::Admin => "admin",
        }
    }

    /// The role of this label.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// Whoever is on the console's host while nobody signs in.
pub const LOCAL: &str = "local";

/// What a name may be: it stands in records, so it is short, plain and says the same everywhere.
pub fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'_');
    (1..=40).contains(&name.len()) && name.bytes().all(is_plain)
}

/// The shortest password. Length is what counts: there are no rules on which characters.
pub const SHORTEST_PASSWORD: usize = 12;
/// And the longest, because hashing it takes the time that it is long.
pub const LONGEST_PASSWORD: usize = 256;

/// Whether a password may be set.
pub fn is_password(password: &str) -> bool {
    (SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&password.len())
}

/// Who answers for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voucher {
    /// This console: whoever has the password.
    Console,
    /// A provider, which did so last at this time; `None`: it does not any more.
    Provider(Option<Timestamp>),
}

impl Voucher {
    /// Whether an account counts that nobody is signed in with, as for a caller with a certificate. What a provider said holds
    /// for as long as a sign-in does: whoever has left the house is nobody by then.
    pub fn stands(self, now: Timestamp, whole: Duration) -> bool {
        match self {
            Self::Console => true,
            Self::Provider(vouched) => vouched.is_some_and(|at| now.since(at) < whole),
        }
    }
}

/// How long a sign-in lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasting {
    /// Without a look at any page.
    pub idle: Duration,
    /// In any case.
    pub whole: Duration,
}

/// Whether a sign-in still holds.
pub fn lasts(signed_in: Timestamp, last_seen: Timestamp, now: Timestamp, lasting: Lasting) -> bool {
    now.since(last_seen) < lasting.idle && now.since(signed_in) < lasting.whole
}

/// Where an attempt comes from: whoever has an address of IPv6 has all of its network.
pub fn origin(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// Attempts that failed, of one name from one address. So nobody keeps somebody out who comes from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How many, one after the other.
    pub count: u32,
    /// When the last was.
    pub last: Timestamp,
}

/// So many may fail before anybody has to wait: fingers slip.
const FREE: u32 = 4;
/// The longest wait. A name is not locked for ever, or anybody could lock anybody out.
const LONGEST_WAIT: u64 = 900;

impl Failures {
    /// One more.
    #[must_use]
    pub fn and_one_more(before: Option<Self>, now: Timestamp) -> Self {
        Self { count: before.map_or(0, |before| before.count).saturating_add(1), last: now }
    }

    /// From when on the next attempt is looked at: each failure beyond the free ones doubles the wait.
    pub fn again_at(&self) -> Timestamp {
        let beyond = self.count.saturating_sub(FREE);
        let seconds = if beyond == 0 { 0 } else { 1_u64.checked_shl(beyond).unwrap_or(u64::MAX).min(LONGEST_WAIT) };
        self.last.after(Duration::from_secs(seconds))
    }

    /// What is forgotten first where there are too many: the fewest, and of those the oldest. Whoever invents names pushes out
    /// none that was tried often.
    pub const fn weight(&self) -> (u32, Timestamp) {
        (self.count, self.last)
    }

    /// Whether they are forgotten.
    pub fn are_over(&self, now: Timestamp) -> bool {
        now.since(self.last) > Duration::from_secs(LONGEST_WAIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(1_790_000_000 + seconds).unwrap()
    }

    #[test]
    fn ops_4_each_role_may_what_the_ones_before_may() {
        assert!(Role::Admin > Role::Approver && Role::Approver > Role::Operator && Role::Operator > Role::Observer);
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.as_str()), Some(role));
        }
        assert_eq!(Role::from_name("root"), None);
    }

    #[test]
    fn ops_9_a_sign_in_ends_when_nobody_looks_and_in_any_case() {
        let lasting = Lasting { idle: Duration::from_secs(60), whole: Duration::from_secs(600) };
        assert!(lasts(at(0), at(0), at(59), lasting));
        assert!(!lasts(at(0), at(0), at(60), lasting));
        assert!(!lasts(at(0), at(590), at(600), lasting));
    }

    #[test]
    fn ops_9_what_a_provider_said_holds_as_long_as_a_sign_in() {
        let day = Duration::from_secs(86_400);
        assert!(Voucher::Console.stands(at(0), day));
        assert!(Voucher::Provider(Some(at(0))).stands(at(86_399), day));
        assert!(!Voucher::Provider(Some(at(0))).stands(at(86_400), day));
        assert!(!Voucher::Provider(None).stands(at(0), day));
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
    fn ops_9_an_address_stands_for_the_network_that_its_owner_has() {
        let of = |text: &str| origin(text.parse().unwrap()).to_string();
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }

    #[test]
    fn a_name_is_plain_and_a_password_long() {
        assert!(
            is_name("anna.b-2") && !is_name("Anna") && !is_name("") && !is_name("a b") && !is_name(&"a".repeat(41))
        );
        assert!(is_password("correct horse") && !is_password("short") && !is_password(&"x".repeat(257)));
    }
}
