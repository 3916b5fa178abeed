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
