//! Whether the sender can pay for more. This message is paid; a sender that runs dry is the next outage.

use super::super::{
    diagnosis::{Step, StepName},
    evidence::{Evidence, Funds},
};
use causeway_primitives::{Address, U256};

/// Fewer further messages than this is worth an action.
const FEW: u64 = 10;

/// Step 2: balance and allowance against the present fee.
pub(crate) fn funds(evidence: &Evidence) -> Step {
    let name = StepName::Funds;
    let funds = &evidence.source.funds;
    let proofs = [&funds.fee.proof, &funds.balance.proof, &funds.allowance.proof, &funds.is_contract.proof];
    let coin = if funds.token == Address::ZERO { "the chain's coin".to_owned() } else { funds.token.to_string() };
    let step = match (&funds.balance.value, &funds.fee.value) {
        (Err(gap), _) => Step::unknown(name, format!("what the sender has of {coin}: {gap}")),
        (Ok(balance), Err(gap)) => {
            Step::unknown(name, format!("the sender has {balance} of {coin}; the fee now: {gap}"))
        }
        (Ok(balance), Ok(fee)) => enough(funds, &coin, *balance, *fee),
    };
    step.proven_by(proofs.into_iter().map(String::as_str))
}

fn enough(funds: &Funds, coin: &str, balance: U256, fee: U256) -> Step {
    let name = StepName::Funds;
    let Some(messages) = balance.checked_div(fee) else {
        return Step::ok(name, "a message like this costs nothing now");
    };
    let figures = format!("the sender has {balance} of {coin} and a message like this costs {fee} now");
    if messages.is_zero() {
        return Step::problem(
            name,
            format!("{figures}: its next message will be refused; this one is paid"),
            format!("Top up the sender with {coin}."),
        );
    }
    if let Some(detail) = allowance_short(funds, fee) {
        return Step::problem(name, detail, "Let the sender approve the router for its fee token.");
    }
    if messages < U256::from(FEW) {
        return Step::ok(name, format!("{figures}: enough for {messages} more"))
            .advising(format!("Top up {coin} soon."));
    }
    Step::ok(name, format!("{figures}: enough for {messages} more"))
}

/// A contract may approve with each send, so only an ordinary account's allowance says something.
fn allowance_short(funds: &Funds, fee: U256) -> Option<String> {
    let allowance = funds.allowance.find().filter(|allowance| **allowance < fee)?;
    let ordinary = funds.is_contract.find().is_some_and(|contract| !contract);
    ordinary.then(|| format!("the router may take {allowance} and the fee is {fee}: the next message will be refused"))
}
