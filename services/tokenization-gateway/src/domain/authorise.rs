//! Who may order what, up to how much, and when a second person must say yes.

use std::{collections::BTreeSet, time::Duration};

use causeway_primitives::{Address, B256, Timestamp};

use super::{
    actor::Actor,
    instruction::{Instruction, Kind, Movement},
    order::Basis,
    units::Units,
};

/// When a second person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FourEyes {
    /// For every request.
    Always,
    /// For more than so many units.
    Above(Units),
}

/// The rules of one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// What may happen to it; nothing for an asset that is closed.
    pub kinds: BTreeSet<Kind>,
    /// How firm an order must be at least.
    pub basis: Basis,
    /// When a second person is asked.
    pub four_eyes: FourEyes,
    /// Who may be that person.
    pub approvers: BTreeSet<Actor>,
    /// How long a yes holds.
    pub approval_holds: Duration,
    /// The most that one request moves.
    pub max_per_request: Units,
    /// The most that all requests of a day move.
    pub max_per_day: Units,
    /// The most that may exist.
    pub max_supply: Units,
    /// Who may hold it, by address.
    pub holders: BTreeSet<Address>,
}

/// A second person's yes, to exactly one instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Whose.
    pub approver: Actor,
    /// When.
    pub at: Timestamp,
    /// [`Instruction::digest`] of what was approved.
    pub digest: B256,
}

/// An instruction with everything that its judgement rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Application<'a> {
    /// What is wanted.
    pub instruction: &'a Instruction,
    /// How firm.
    pub basis: Basis,
    /// Who wants it.
    pub maker: &'a Actor,
    /// Every yes so far.
    pub approvals: &'a [Approval],
    /// What requests of this asset have moved today, this one not counted.
    pub moved_today: Units,
    /// What exists, by the books, what is on its way included.
    pub supply: Units,
}

/// Why an instruction is refused for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// Of nothing.
    Zero,
    /// This asset does not do that.
    KindNotAllowed,
    /// The order is not firm enough.
    NotConfirmed,
    /// Somebody in it may not hold the asset.
    HolderNotListed,
    /// From somebody to himself.
    SameHolder,
    /// More than one request may move.
    OverRequestLimit,
    /// More than a day may move.
    OverDayLimit,
    /// More than may exist.
    OverSupplyLimit,
}

impl Refusal {
    /// Every one of them.
    pub const EVERY: [Self; 8] = [
        Self::Zero,
        Self::KindNotAllowed,
        Self::NotConfirmed,
        Self::HolderNotListed,
        Self::SameHolder,
        Self::OverRequestLimit,
        Self::OverDayLimit,
        Self::OverSupplyLimit,
    ];

    /// Label, row and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zero => "zero_amount",
            Self::KindNotAllowed => "kind_not_allowed",
            Self::NotConfirmed => "not_confirmed",
            Self::HolderNotListed => "holder_not_listed",
            Self::SameHolder => "same_holder",
            Self::OverRequestLimit => "over_request_limit",
            Self::OverDayLimit => "over_day_limit",
            Self::OverSupplyLimit => "over_supply_limit",
        }
    }
}

/// What comes of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may go on.
    Authorised,
    /// A second person must say yes.
    AwaitsApproval,
    /// It may not, and asking again does not help.
    Refused(Refusal),
}

/// Judges an application. Limits hold whoever approves: a second person can allow what needs two, never what nobody may.
pub fn authorise(now: Timestamp, application: &Application<'_>, policy: &Policy) -> Verdict {
    if let Some(refusal) = refused(application, policy) {
        return Verdict::Refused(refusal);
    }
    let needs_second = match policy.four_eyes {
        FourEyes::Always => true,
        FourEyes::Above(limit) => application.instruction.units > limit,
    };
    if !needs_second || application.approvals.iter().any(|approval| counts(now, approval, application, policy)) {
        Verdict::Authorised
    } else {
        Verdict::AwaitsApproval
    }
}

/// Whether a yes is one: by somebody else who may, to exactly this, and not too long ago. A yes from the future is of a
/// clock that nobody can rely on.
fn counts(now: Timestamp, approval: &Approval, application: &Application<'_>, policy: &Policy) -> bool {
    !approval.approver.may_be(application.maker)
        && policy.approvers.contains(&approval.approver)
        && approval.digest == application.instruction.digest()
        && approval.at <= now
        && now.since(approval.at) <= policy.approval_holds
}

fn refused(application: &Application<'_>, policy: &Policy) -> Option<Refusal> {
    let Application { instruction, basis, moved_today, supply, .. } = application;
    let units = instruction.units;
    let is_over = |before: Units, limit: Units| before.checked_add(units).is_none_or(|after| after > limit);
    let creates = match instruction.movement {
        Movement::Mint { .. } => true,
        Movement::Transfer { .. } | Movement::Redeem { .. } | Movement::Bridge { .. } => false,
    };
    let same = match instruction.movement {
        Movement::Transfer { from, to } => from == to,
        Movement::Mint { .. } | Movement::Redeem { .. } | Movement::Bridge { .. } => false,
    };
    let rules = [
        (units.is_zero(), Refusal::Zero),
        (!policy.kinds.contains(&instruction.kind()), Refusal::KindNotAllowed),
        (*basis < policy.basis, Refusal::NotConfirmed),
        (!instruction.movement.holders().all(|holder| policy.holders.contains(&holder)), Refusal::HolderNotListed),
        (same, Refusal::SameHolder),
        (units > policy.max_per_request, Refusal::OverRequestLimit),
        (is_over(*moved_today, policy.max_per_day), Refusal::OverDayLimit),
        (creates && is_over(*supply, policy.max_supply), Refusal::OverSupplyLimit),
    ];
    rules.into_iter().find_map(|(breaks, refusal)| breaks.then_some(refusal))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::instruction::samples::{ANNA, BERT, instruction};

    fn units(value: u64) -> Units {
        value.to_string().parse().unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(1_780_000_000 + seconds).unwrap()
    }

    fn actor(name: &str) -> Actor {
        name.parse().unwrap()
    }

    fn policy() -> Policy {
        Policy {
            kinds: Kind::EVERY.into_iter().collect(),
            basis: Basis::Instructed,
            four_eyes: FourEyes::Above(units(1_000)),
            approvers: ["anna", "bert"].map(actor).into_iter().collect(),
            approval_holds: Duration::from_secs(3_600),
            max_per_request: units(5_000),
            max_per_day: units(8_000),
            max_supply: units(20_000),
            holders: [ANNA, BERT].into_iter().collect(),
        }
    }

    /// Judges so many units of a kind, asked for by anna, with these approvals, under a changed policy.
    fn judge(kind: Kind, amount: u64, approvals: &[Approval], change: impl FnOnce(&mut Policy)) -> Verdict {
        let mut policy = policy();
        change(&mut policy);
        let instruction = instruction(kind, amount);
        let maker = actor("anna");
        let application = Application {
            instruction: &instruction,
            basis: Basis::Instructed,
            maker: &maker,
            approvals,
            moved_today: units(2_000),
            supply: units(17_000),
        };
        authorise(at(0), &application, &policy)
    }

    fn approval(name: &str, kind: Kind, amount: u64) -> Approval {
        Approval { approver: actor(name), at: at(0), digest: instruction(kind, amount).digest() }
    }

    #[test]
    fn tok_8_above_the_limit_a_second_person_must_say_yes_to_exactly_this() {
        let mint = |amount, approvals: &[Approval]| judge(Kind::Mint, amount, approvals, |_| {});
        assert_eq!(mint(1_000, &[]), Verdict::Authorised);
        assert_eq!(mint(1_001, &[]), Verdict::AwaitsApproval);
        let yes = approval("bert", Kind::Mint, 1_001);
        assert_eq!(mint(1_001, std::slice::from_ref(&yes)), Verdict::Authorised);
        assert_eq!(mint(1_001, &[approval("anna", Kind::Mint, 1_001)]), Verdict::AwaitsApproval, "her own");
        assert_eq!(mint(1_001, &[approval("carl", Kind::Mint, 1_001)]), Verdict::AwaitsApproval, "not an approver");
        assert_eq!(mint(1_002, std::slice::from_ref(&yes)), Verdict::AwaitsApproval, "another amount");
        assert_eq!(judge(Kind::Redeem, 1_001, std::slice::from_ref(&yes), |_| {}), Verdict::AwaitsApproval);
        for (moved, expected) in [(3_600, Verdict::AwaitsApproval), (0, Verdict::Authorised)] {
            let hold = Duration::from_secs(moved).saturating_sub(Duration::from_secs(1));
            let old = Approval { at: Timestamp::from_secs(1_780_000_000 - moved).unwrap(), ..yes.clone() };
            assert_eq!(judge(Kind::Mint, 1_001, &[old], |policy| policy.approval_holds = hold), expected);
        }
        assert_eq!(mint(1_001, &[Approval { at: at(1), ..yes }]), Verdict::AwaitsApproval, "from the future");
        let always = |policy: &mut Policy| policy.four_eyes = FourEyes::Always;
        assert_eq!(judge(Kind::Mint, 1, &[], always), Verdict::AwaitsApproval);
    }

    #[test]
    fn tok_8_limits_and_the_allow_list_hold_whoever_approves() {
        type Change = fn(&mut Policy);
        let cases: [(Kind, u64, Change, Refusal); 9] = [
            (Kind::Mint, 0, |_| {}, Refusal::Zero),
            (Kind::Mint, 1, |p| p.kinds.clear(), Refusal::KindNotAllowed),
            (Kind::Mint, 1, |p| p.basis = Basis::Confirmed, Refusal::NotConfirmed),
            (Kind::Mint, 1, |p| p.holders.retain(|one| *one != ANNA), Refusal::HolderNotListed),
            (Kind::Transfer, 1, |p| p.holders.retain(|one| *one != BERT), Refusal::HolderNotListed),
            (Kind::Redeem, 1, |p| p.holders.clear(), Refusal::HolderNotListed),
            (Kind::Mint, 5_001, |_| {}, Refusal::OverRequestLimit),
            (Kind::Mint, 2_001, |p| p.max_per_day = units(4_000), Refusal::OverDayLimit),
            (Kind::Mint, 3_001, |_| {}, Refusal::OverSupplyLimit),
        ];
        for (kind, amount, change, refusal) in cases {
            let yes = approval("bert", kind, amount);
            assert_eq!(judge(kind, amount, &[yes], change), Verdict::Refused(refusal), "{kind} {amount}");
        }
        let redeemed = judge(Kind::Redeem, 3_001, &[approval("bert", Kind::Redeem, 3_001)], |_| {});
        assert_eq!(redeemed, Verdict::Authorised, "what is burned makes no supply");
        let abroad = judge(Kind::Bridge, 1, &[], |p| p.holders.retain(|one| *one != BERT));
        assert_eq!(abroad, Verdict::Authorised, "who holds on another chain is that chain's matter");
    }

    #[test]
    fn tok_8_nobody_moves_to_himself() {
        let mut own = instruction(Kind::Transfer, 1);
        own.movement = Movement::Transfer { from: ANNA, to: ANNA };
        let maker = actor("anna");
        let application = Application {
            instruction: &own,
            basis: Basis::Confirmed,
            maker: &maker,
            approvals: &[],
            moved_today: Units::ZERO,
            supply: Units::ZERO,
        };
        assert_eq!(authorise(at(0), &application, &policy()), Verdict::Refused(Refusal::SameHolder));
    }

    proptest! {
        #[test]
        fn tok_8_nobody_approves_alone(amount in 1_u64..5_000, count in 0_usize..5, name in "[a-d]{4}") {
            let maker = actor("anna");
            let wanted = instruction(Kind::Mint, amount);
            let own = Approval { approver: maker.clone(), at: at(0), digest: wanted.digest() };
            let stranger = Approval { approver: actor(&name), at: at(0), digest: wanted.digest() };
            let mut approvals = vec![own; count];
            approvals.push(stranger);
            let mut policy = policy();
            policy.four_eyes = FourEyes::Always;
            policy.max_supply = Units::MAX;
            policy.max_per_day = Units::MAX;
            let application = Application {
                instruction: &wanted, basis: Basis::Instructed, maker: &maker, approvals: &approvals,
                moved_today: Units::ZERO, supply: Units::ZERO,
            };
            prop_assert_eq!(authorise(at(0), &application, &policy), Verdict::AwaitsApproval);
        }

        #[test]
        fn tok_10_sums_near_the_end_of_256_bits_are_refused_and_do_not_wrap(below in 0_u64..10) {
            let wanted = instruction(Kind::Mint, 100);
            let maker = actor("anna");
            let supply = Units::MAX.checked_sub(units(below)).unwrap();
            let mut policy = policy();
            policy.max_supply = Units::MAX;
            policy.max_per_day = Units::MAX;
            let application = Application {
                instruction: &wanted, basis: Basis::Instructed, maker: &maker, approvals: &[],
                moved_today: Units::ZERO, supply,
            };
            prop_assert_eq!(authorise(at(0), &application, &policy), Verdict::Refused(Refusal::OverSupplyLimit));
        }
    }
}
