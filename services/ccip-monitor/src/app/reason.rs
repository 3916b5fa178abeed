//! What a failed execution returned, in words that people and reports use.

use crate::{
    adapters::dialects::returndata::{self, Cause as Found},
    domain::report::Cause,
};

/// The reason in one line, nested errors from the outermost to the root.
pub fn words(return_data: &[u8]) -> String {
    returndata::explain(return_data).to_string()
}

/// The same for counting: errors that differ only in their arguments have one name.
pub fn cause(return_data: &[u8]) -> Cause {
    let explained = returndata::explain(return_data);
    let root = match &explained.cause {
        Found::Known(known) => known.name.to_owned(),
        Found::Nothing | Found::Text(_) | Found::Panic(_) | Found::Unknown { .. } | Found::Damaged => {
            explained.cause.to_string()
        }
    };
    let around = explained.around.iter().map(|name| format!("{name} > ")).collect::<String>();
    Cause { kind: explained.kind.as_str(), name: format!("{around}{root}"), words: explained.to_string() }
}

#[cfg(test)]
mod tests {
    use alloy::sol_types::SolError as _;
    use causeway_primitives::U256;

    use super::*;

    alloy::sol! {
        error AggregateValueRateLimitReached(uint256 minWaitInSeconds, uint256 available);
    }

    #[test]
    fn ccip_12_an_error_is_one_kind_whatever_its_arguments() {
        let refused = |wait| {
            let error = AggregateValueRateLimitReached { minWaitInSeconds: U256::from(wait), available: U256::from(9) };
            cause(&error.abi_encode())
        };
        let (first, second) = (refused(13), refused(14));
        assert_eq!((first.kind, first.name.as_str()), ("rate_limit", "AggregateValueRateLimitReached"));
        assert_eq!(first.name, second.name);
        assert_ne!(first.words, second.words);
        assert!(words(&[]).contains("nothing returned"));
    }
}
