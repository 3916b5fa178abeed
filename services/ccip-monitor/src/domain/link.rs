//! Executions whose event does not know the message's id, brought to their messages by what they carry.
//!
//! Messages of one lane with the same sender and data wait in the order of their sends; executions with this content
//! take them in the order of the destination. An execution cannot be of a message that was sent after it, within
//! [`SKEW`] of two clocks. Where messages with different receivers wait, the content does not say which one was executed:
//! that is a guess, and nobody guesses here.
//!
//! The result does not depend on which chain is read first, as long as an execution is looked at only when its source was
//! read up to its time.

use std::time::Duration;

use causeway_primitives::Timestamp;

/// What two honest clocks of two chains differ by at most.
pub const SKEW: Duration = Duration::from_secs(300);

/// A message with the content that is not executed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open<M, R> {
    /// The message.
    pub message: M,
    /// When it was sent, by the source's clock.
    pub sent_at: Timestamp,
    /// Who gets it.
    pub receiver: R,
}

/// An execution with the content that has no message yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting<A> {
    /// The execution.
    pub attempt: A,
    /// When, by the destination's clock.
    pub at: Timestamp,
}

/// What came of an execution. One that is not mentioned goes on waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linked<A, M> {
    /// It is of this message.
    To(A, M),
    /// It may be of several.
    Ambiguous(A),
}

/// Brings executions to messages of one content; both in the order of their chains.
pub fn in_order<A: Copy, M: Copy, R: Copy + PartialEq>(
    waiting: &[Waiting<A>],
    open: &[Open<M, R>],
) -> Vec<Linked<A, M>> {
    let mut linked = Vec::new();
    let mut rest = open;
    for Waiting { attempt, at } in waiting {
        let Some((head, behind)) = rest.split_first() else { break };
        if head.sent_at > at.after(SKEW) {
            continue;
        }
        let rival = behind.iter().take_while(|open| open.sent_at <= *at).any(|open| open.receiver != head.receiver);
        if rival {
            linked.push(Linked::Ambiguous(*attempt));
        } else {
            linked.push(Linked::To(*attempt, head.message));
            rest = behind;
        }
    }
    linked
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::from_secs(1_000_000 + second).unwrap()
    }

    fn open(message: u32, second: u64, receiver: u8) -> Open<u32, u8> {
        Open { message, sent_at: at(second), receiver }
    }

    fn waiting(attempt: u32, second: u64) -> Waiting<u32> {
        Waiting { attempt, at: at(second) }
    }

    #[test]
    fn ccip_1_executions_take_equal_messages_in_order() {
        let messages = [open(1, 0, 7), open(2, 5, 7), open(3, 9, 7)];
        assert_eq!(in_order(&[waiting(1, 20), waiting(2, 21)], &messages), [Linked::To(1, 1), Linked::To(2, 2)],);
        assert_eq!(in_order::<u32, u32, u8>(&[waiting(1, 20)], &[]), []);
    }

    #[test]
    fn ccip_1_an_execution_is_not_of_a_message_that_was_sent_after_it() {
        let late = SKEW.as_secs() + 1;
        assert_eq!(in_order(&[waiting(1, 0), waiting(2, late)], &[open(1, late, 7)]), [Linked::To(2, 1)]);
        assert_eq!(in_order(&[waiting(1, 0)], &[open(1, late - 1, 7)]), [Linked::To(1, 1)], "clocks differ");
    }

    #[test]
    fn ccip_1_nobody_guesses_between_two_receivers() {
        let messages = [open(1, 0, 7), open(2, 5, 8)];
        assert_eq!(
            in_order(&[waiting(1, 20), waiting(2, 21)], &messages),
            [Linked::Ambiguous(1), Linked::Ambiguous(2)]
        );
        assert_eq!(in_order(&[waiting(1, 4), waiting(2, 21)], &messages), [Linked::To(1, 1), Linked::To(2, 2)]);
    }

    proptest! {
        /// Whatever is known of the messages beyond an execution's own time and skew does not change what it is brought to:
        /// so it does not matter how far the source was read when it was looked at.
        #[test]
        fn ccip_16_what_is_read_later_changes_no_link(
            sends in proptest::collection::vec((0_u64..2_000, 0_u8..2), 0..12),
            tries in proptest::collection::vec(0_u64..2_000, 0..12),
            known in 0_u64..2_000,
        ) {
            let mut sends = sends;
            sends.sort_unstable();
            let mut tries = tries;
            tries.sort_unstable();
            let messages: Vec<_> = (0..).zip(&sends).map(|(index, (second, receiver))| open(index, *second, *receiver)).collect();
            let executions: Vec<_> = (0..).zip(&tries).map(|(index, second)| waiting(index, *second)).collect();
            let whole = in_order(&executions, &messages);

            // The source is read up to `known` and to the end; executions are looked at as soon as it was read past them.
            let mut step = Vec::new();
            let mut unread: Vec<_> = executions;
            let mut left = messages;
            for limit in [known, 5_000] {
                let readable = |second: Timestamp| second <= at(limit);
                let due: Vec<_> = unread.iter().copied().filter(|waiting| readable(waiting.at)).collect();
                let seen: Vec<_> = left.iter().copied().filter(|open| readable(open.sent_at)).collect();
                let linked = in_order(&due, &seen);
                let gone: Vec<_> = linked.iter().map(|linked| match linked {
                    Linked::To(attempt, _) | Linked::Ambiguous(attempt) => *attempt,
                }).collect();
                let taken: Vec<_> = linked.iter().filter_map(|linked| match linked {
                    Linked::To(_, message) => Some(*message),
                    Linked::Ambiguous(_) => None,
                }).collect();
                unread.retain(|waiting| !gone.contains(&waiting.attempt));
                left.retain(|open| !taken.contains(&open.message));
                step.extend(linked);
            }
            let name = |linked: &Linked<u32, u32>| match *linked {
                Linked::To(attempt, message) => (attempt, Some(message)),
                Linked::Ambiguous(attempt) => (attempt, None),
            };
            let mut step: Vec<_> = step.iter().map(name).collect();
            step.sort_unstable();
            prop_assert_eq!(step, whole.iter().map(name).collect::<Vec<_>>());
        }
    }
}
