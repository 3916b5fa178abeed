//! The four ways to write a round.

use std::{fmt, str::FromStr};

use alloy::{
    primitives::{Bytes, I256, U256},
    sol_types::SolCall,
};
use causeway_primitives::{Answer, RoundId};

use super::Abi;

/// Why an answer has no call data, or a text names no dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DialectError {
    /// The dialect's argument type cannot hold the answer.
    #[error("the answer does not fit the argument of {0}")]
    OutOfRange(WriteDialect),
    /// Not one of the four signatures.
    #[error("not one of updateAnswer(int256), updateAnswer(uint256), submit(uint256,int256), transmit(int192)")]
    Unknown,
}

/// How an aggregator is written. The variants differ in their selector, so the wrong one is a revert and
/// never a wrong price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WriteDialect {
    /// `updateAnswer(int256)`: mocks and keeper-fed feeds.
    UpdateAnswerInt256,
    /// `updateAnswer(uint256)`: the simplest feeds; no negative answers.
    UpdateAnswerUint256,
    /// `submit(uint256,int256)`: FluxAggregator. Names the round, so a late writer is refused.
    SubmitRound,
    /// `transmit(int192)`: feeds with a single transmitter.
    TransmitInt192,
}

impl WriteDialect {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::UpdateAnswerInt256, Self::UpdateAnswerUint256, Self::SubmitRound, Self::TransmitInt192];

    /// The function's signature, which is also its name in configuration, metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UpdateAnswerInt256 => "updateAnswer(int256)",
            Self::UpdateAnswerUint256 => "updateAnswer(uint256)",
            Self::SubmitRound => "submit(uint256,int256)",
            Self::TransmitInt192 => "transmit(int192)",
        }
    }

    /// The first four bytes of its call data.
    pub const fn selector(self) -> [u8; 4] {
        match self {
            Self::UpdateAnswerInt256 => Abi::updateAnswer_0Call::SELECTOR,
            Self::UpdateAnswerUint256 => Abi::updateAnswer_1Call::SELECTOR,
            Self::SubmitRound => Abi::submitCall::SELECTOR,
            Self::TransmitInt192 => Abi::transmitCall::SELECTOR,
        }
    }

    /// The call that writes `answer` as `round`. Only [`WriteDialect::SubmitRound`] names the round; it is
    /// counted within the aggregator, without a proxy's phase.
    ///
    /// # Errors
    /// [`DialectError::OutOfRange`] when the argument's type cannot hold the answer.
    pub fn calldata(self, answer: Answer, round: RoundId) -> Result<Bytes, DialectError> {
        let answer = answer.get();
        let encoded = match self {
            Self::UpdateAnswerInt256 => Abi::updateAnswer_0Call { answer }.abi_encode(),
            Self::UpdateAnswerUint256 => {
                if answer < I256::ZERO {
                    return Err(DialectError::OutOfRange(self));
                }
                Abi::updateAnswer_1Call { answer: answer.into_raw() }.abi_encode()
            }
            Self::SubmitRound => Abi::submitCall { roundId: U256::from(round.get()), answer }.abi_encode(),
            Self::TransmitInt192 => {
                let end = I256::ONE << 191;
                if answer >= end || answer < -end {
                    return Err(DialectError::OutOfRange(self));
                }
                // An `int192` within its range is encoded as the `int256` of the same value.
                [self.selector().as_slice(), &answer.into_raw().to_be_bytes::<32>()].concat()
            }
        };
        Ok(encoded.into())
    }
}

impl FromStr for WriteDialect {
    type Err = DialectError;

    fn from_str(text: &str) -> Result<Self, DialectError> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == text).ok_or(DialectError::Unknown)
    }
}

impl fmt::Display for WriteDialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use alloy::hex;

    use super::*;

    fn answer(value: i64) -> Answer {
        Answer::new(I256::try_from(value).unwrap())
    }

    #[test]
    fn ora_11_each_dialect_encodes_its_own_call() {
        let word = |hex: &str| format!("{hex:0>64}");
        let eight = word("8");
        for (dialect, expected) in [
            (WriteDialect::UpdateAnswerInt256, format!("a87a20ce{eight}")),
            (WriteDialect::UpdateAnswerUint256, format!("8e9b00ba{eight}")),
            (WriteDialect::SubmitRound, format!("202ee0ed{}{eight}", word("3"))),
            (WriteDialect::TransmitInt192, format!("82b8ebc7{eight}")),
        ] {
            let data = dialect.calldata(answer(8), RoundId::new(3)).unwrap();
            assert_eq!(hex::encode(data), expected);
            assert_eq!(dialect.as_str().parse(), Ok(dialect));
        }
        assert_eq!("transmit(int256)".parse::<WriteDialect>(), Err(DialectError::Unknown));
    }

    #[test]
    fn answers_beyond_the_argument_are_refused_and_never_wrapped() {
        let round = RoundId::new(1);
        let too_large = Answer::new(I256::ONE << 191);
        let largest = Answer::new((I256::ONE << 191) - I256::ONE);
        let uint = WriteDialect::UpdateAnswerUint256;
        let int192 = WriteDialect::TransmitInt192;
        assert_eq!(uint.calldata(answer(-1), round), Err(DialectError::OutOfRange(uint)));
        assert_eq!(int192.calldata(too_large, round), Err(DialectError::OutOfRange(int192)));
        assert!(int192.calldata(largest, round).is_ok());
        let minus_one = int192.calldata(answer(-1), round).unwrap();
        assert_eq!(hex::encode(&minus_one[4..]), "f".repeat(64), "sign-extended to the word");
    }
}
