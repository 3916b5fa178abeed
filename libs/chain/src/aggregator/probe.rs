//! Finds the write dialect of an aggregator, and whether this account may use it, without writing.
//!
//! Each dialect is simulated from the publisher's address. A contract without the function reverts without
//! a word, one that refuses the account says why; where it does not, the function's selector in the
//! contract's code tells the two apart. A wrong role found here is a configuration error at the start
//! instead of a feed that goes stale.

use alloy::primitives::Address;
use causeway_primitives::{Answer, RoundId};

use super::{Error, WriteDialect};
use crate::{
    endpoints::{BlockTag, CallRequest, Session},
    revert::Reason,
    rpc::RefusalKind,
};

/// What a simulated write showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It would go through.
    Writable,
    /// The function is there and refuses: a missing role, a wrong round, an answer out of bounds.
    Refuses(Reason),
    /// The contract has no such function.
    Absent,
}

/// Why no dialect can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The contract has none of the four functions: a proxy, a consumer, or another kind of contract.
    #[error("the contract has none of the known write functions")]
    NoneFound,
    /// The function is there, and refuses this account.
    #[error("{dialect} refuses this account: {reason}")]
    Refused {
        /// The function.
        dialect: WriteDialect,
        /// Its reason.
        reason: Reason,
    },
    /// More than one would go through, as with a fallback that takes anything: it has to be configured.
    #[error("both {first} and {second} would go through: name the dialect in the configuration")]
    Ambiguous {
        /// One.
        first: WriteDialect,
        /// Another.
        second: WriteDialect,
    },
}

/// Simulates a write of `answer` as `round` in every dialect.
///
/// Pass what would be written next: an answer within the contract's bounds and the id of the round that is next at this
/// block, so that a refusal says something about the account, also while another replica writes rounds.
///
/// # Errors
/// [`Error::Chain`].
pub async fn probe(
    session: &Session,
    target: Address,
    publisher: Address,
    (answer, round): (Answer, RoundId),
    at: BlockTag,
) -> Result<Vec<(WriteDialect, Finding)>, Error> {
    let code = session.code(target, at).await?;
    let mut findings = Vec::with_capacity(WriteDialect::ALL.len());
    for dialect in WriteDialect::ALL {
        let Ok(data) = dialect.calldata(answer, round) else { continue };
        let request = CallRequest { from: Some(publisher), ..CallRequest::read(target, data) };
        let named_in_code = code.windows(4).any(|window| window == dialect.selector());
        let finding = match session.simulate(&request, at).await {
            Ok(_) => Finding::Writable,
            Err(error) => match error.refusal() {
                Some(refusal) if refusal.kind() == RefusalKind::Reverted => {
                    let reason = refusal.data().map_or(Reason::Silent, Reason::decode);
                    let absent = reason == Reason::Silent && !named_in_code;
                    if absent { Finding::Absent } else { Finding::Refuses(reason) }
                }
                Some(_) | None => return Err(Error::Chain(error)),
            },
        };
        findings.push((dialect, finding));
    }
    Ok(findings)
}

/// The dialect that the findings point to.
///
/// # Errors
/// [`ProbeError`], each a reason not to start.
pub fn choose(findings: &[(WriteDialect, Finding)]) -> Result<WriteDialect, ProbeError> {
    let mut writable =
        findings.iter().filter(|(_, finding)| *finding == Finding::Writable).map(|(dialect, _)| *dialect);
    match (writable.next(), writable.next()) {
        (Some(only), None) => return Ok(only),
        (Some(first), Some(second)) => return Err(ProbeError::Ambiguous { first, second }),
        (None, _) => {}
    }
    let refused = findings.iter().find_map(|(dialect, finding)| match finding {
        Finding::Refuses(reason) => Some(ProbeError::Refused { dialect: *dialect, reason: reason.clone() }),
        Finding::Writable | Finding::Absent => None,
    });
    Err(refused.unwrap_or(ProbeError::NoneFound))
}

#[cfg(test)]
mod tests {
    use super::*;

    use WriteDialect::{SubmitRound, TransmitInt192, UpdateAnswerInt256};

    #[test]
    fn ora_11_the_only_writable_dialect_is_chosen() {
        let findings = [
            (UpdateAnswerInt256, Finding::Absent),
            (SubmitRound, Finding::Writable),
            (TransmitInt192, Finding::Refuses(Reason::Silent)),
        ];
        assert_eq!(choose(&findings), Ok(SubmitRound));
    }

    #[test]
    fn ora_11_a_missing_role_is_told_apart_from_a_missing_function() {
        let reason = Reason::Text("not a transmitter".to_owned());
        let role = [(UpdateAnswerInt256, Finding::Refuses(reason.clone())), (SubmitRound, Finding::Absent)];
        assert_eq!(choose(&role), Err(ProbeError::Refused { dialect: UpdateAnswerInt256, reason }));
        assert_eq!(choose(&[(SubmitRound, Finding::Absent)]), Err(ProbeError::NoneFound));
    }

    #[test]
    fn a_contract_that_takes_anything_has_to_be_configured() {
        let findings = [(UpdateAnswerInt256, Finding::Writable), (TransmitInt192, Finding::Writable)];
        let ambiguous = ProbeError::Ambiguous { first: UpdateAnswerInt256, second: TransmitInt192 };
        assert_eq!(choose(&findings), Err(ambiguous));
    }
}
