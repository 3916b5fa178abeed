//! The chain, and how transactions are sent: raw text → checked values.

use std::{str::FromStr, time::Duration};

use causeway_chain::{
    finality::Finality,
    rpc::EndpointUrl,
    sender::{FeePolicy, SendPolicy},
};
use causeway_primitives::ChainId;
use causeway_runtime::config::{SecretString, Validator};

use super::raw;

/// The chain.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Pinned.
    pub id: ChainId,
    /// One or more.
    pub endpoints: Vec<EndpointUrl>,
    /// So many must agree.
    pub read_quorum: usize,
    /// When a block is final.
    pub finality: Finality,
    /// For one call.
    pub call_timeout: Duration,
}

/// How transactions are sent.
#[derive(Debug, Clone)]
pub struct Publisher {
    /// Decide and record, but send nothing.
    pub dry_run: bool,
    /// How answers are written; `None` to find out at start.
    pub dialect: Option<Dialect>,
    /// The rules of sending.
    pub send: SendPolicy,
    /// Alert when the balance pays for fewer updates.
    pub balance_warning_updates: u64,
}

/// The functions that aggregators take an answer by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `updateAnswer(int256)`.
    UpdateAnswerInt256,
    /// `updateAnswer(uint256)`.
    UpdateAnswerUint256,
    /// `submit(uint256,int256)`.
    Submit,
    /// `transmit(int192)`.
    Transmit,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::UpdateAnswerInt256, Self::UpdateAnswerUint256, Self::Submit, Self::Transmit];

    /// The name in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UpdateAnswerInt256 => "update_answer_int256",
            Self::UpdateAnswerUint256 => "update_answer_uint256",
            Self::Submit => "submit",
            Self::Transmit => "transmit",
        }
    }
}

pub(super) fn chain(raw: &raw::Chain, validator: &mut Validator<'_>) -> Option<Chain> {
    let id = validator.accept("chain.chain_id", "an EIP-155 chain id above 0", ChainId::new(raw.chain_id));
    let urls = raw.rpc_urls.iter().map(|url| EndpointUrl::parse(&SecretString::from(url.expose().to_owned())));
    let urls = urls.collect::<Result<Vec<_>, _>>();
    let urls = validator.accept("chain.rpc_urls", "http or https URLs; set RPC_URL", urls);
    let urls = urls.filter(|urls| !urls.is_empty());
    if raw.rpc_urls.is_empty() {
        validator.refuse("chain.rpc_urls", "at least one endpoint: set RPC_URL");
    }
    let most = raw.rpc_urls.len().max(1);
    let read_quorum = validator.within("chain.read_quorum", raw.read_quorum, 1..=most);
    let expected = "`instant`, `finalized` or `depth(n)`";
    let finality = validator.accept("chain.finality", expected, Finality::from_str(&raw.finality));
    let call_timeout = validator.positive_ms("chain.call_timeout_ms", raw.call_timeout_ms);
    Some(Chain { id: id?, endpoints: urls?, read_quorum, finality: finality?, call_timeout })
}

pub(super) fn publisher(
    raw: &raw::Publisher,
    chain: Option<&Chain>,
    validator: &mut Validator<'_>,
) -> Option<Publisher> {
    let dialect = match raw.dialect.as_str() {
        "probe" => None,
        name => {
            let names = "probe, update_answer_int256, update_answer_uint256, submit or transmit";
            let dialect = Dialect::ALL.into_iter().find(|dialect| dialect.as_str() == name).ok_or(());
            Some(validator.accept("publisher.dialect", names, dialect)?)
        }
    };
    let fees = FeePolicy::named(&raw.fees, raw.tip_gwei, raw.max_fee_gwei);
    let fees = validator.accept("publisher.fees", FeePolicy::KINDS, fees.ok_or(()))?;
    let send = SendPolicy {
        fees,
        bump_percent: validator.within("publisher.fee_bump_percent", raw.fee_bump_percent, 10..=1_000),
        gas_margin_percent: validator.within("publisher.gas_margin_percent", raw.gas_margin_percent, 0..=400),
        max_gas: validator.within("publisher.max_gas", raw.max_gas, 21_000..=u64::MAX),
        stuck_after: validator.positive_ms("publisher.stuck_after_ms", raw.stuck_after_ms),
        resend_after: validator.positive_ms("publisher.resend_after_ms", raw.resend_after_ms),
        max_attempts: validator.within("publisher.max_attempts", raw.max_attempts, 1..=100),
        max_in_flight: validator.within("publisher.max_in_flight", raw.max_in_flight, 1..=1_000),
        finality: chain?.finality,
        poll: validator.positive_ms("publisher.poll_interval_ms", raw.poll_interval_ms),
    };
    let send = validator.accept("publisher", "rules of sending that fit together", send.validated())?;
    Some(Publisher { dry_run: raw.dry_run, dialect, send, balance_warning_updates: raw.balance_warning_updates })
}
