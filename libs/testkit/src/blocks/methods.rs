//! What each method answers.

use std::ops::RangeInclusive;

use alloy::{hex, primitives::Bytes};
use serde_json::{Value, json};

use super::{
    behaviour::Behaviour,
    call::{EthCall, Filter, Named, Place, Request, parse},
    chain::{Chain, GeneratedLog},
    json,
};

/// Who answers `eth_call`: the result, or `None` for a revert.
pub(super) type Contract = dyn Fn(&EthCall) -> Option<Bytes> + Send + Sync;

/// One endpoint's view of the chain, for one request.
pub(super) struct View<'a> {
    pub(super) chain: &'a Chain,
    pub(super) behaviour: &'a Behaviour,
    pub(super) contract: &'a Contract,
}

/// A refusal: code and words.
type Refusal = (i64, String);

impl View<'_> {
    /// Appends the whole answer to one call.
    pub(super) fn answer(&self, out: &mut String, request: &Request<'_>) {
        out.push_str(r#"{"jsonrpc":"2.0","id":"#);
        out.push_str(request.id.get());
        let before = out.len();
        out.push_str(r#","result":"#);
        if let Err((code, message)) = self.result(out, request) {
            out.truncate(before);
            out.push_str(r#","error":"#);
            out.push_str(&json!({ "code": code, "message": message }).to_string());
        }
        out.push('}');
    }

    fn result(&self, out: &mut String, request: &Request<'_>) -> Result<(), Refusal> {
        let first = request.params.first();
        match request.method.as_str() {
            "eth_chainId" => json::quantity(out, self.chain.chain_id()),
            "net_version" => out.push_str(&json!(self.chain.chain_id().to_string()).to_string()),
            "eth_blockNumber" => json::quantity(out, self.head()),
            "eth_getBlockByNumber" | "eth_getBlockByHash" => match self.resolve(first)? {
                Some(block) => json::header(out, self.chain, block),
                None => out.push_str("null"),
            },
            "eth_getLogs" => self.logs(out, first.and_then(Filter::read).ok_or_else(malformed)?)?,
            "eth_getBlockReceipts" if self.behaviour.serves_receipts => match self.resolve(first)? {
                Some(block) => self.writer(block).receipts(out, &self.logs_of(block)),
                None => out.push_str("null"),
            },
            "eth_call" => self.eth_call(out, first, request.params.get(1))?,
            _ => return Err((-32_601, "Method not found".to_owned())),
        }
        Ok(())
    }

    fn head(&self) -> u64 {
        self.chain.height().saturating_sub(self.behaviour.behind)
    }

    /// The number of the block that a parameter names; `None` when the endpoint does not have it.
    fn resolve(&self, value: Option<&Value>) -> Result<Option<u64>, Refusal> {
        let number = match Named::read(value).ok_or_else(malformed)? {
            Named::Latest => Some(self.head()),
            Named::Finalized => match self.behaviour.finalized_depth {
                Some(depth) => Some(self.head().saturating_sub(depth)),
                None => return Err((-39_001, "Unknown block".to_owned())),
            },
            Named::Number(number) => Some(number),
            Named::Hash(hash) => self.chain.find(hash),
        };
        Ok(number.filter(|number| *number <= self.head()))
    }

    /// A range that ends above the head ends at the head, without a word: so do nodes.
    fn logs(&self, out: &mut String, filter: Filter) -> Result<(), Refusal> {
        let (range, limited) = match filter.place {
            Place::Block(hash) => match self.chain.find(hash).filter(|number| *number <= self.head()) {
                Some(number) => (number..=number, self.behaviour.limits_by_hash),
                None => return Err((-32_000, "unknown block".to_owned())),
            },
            Place::Range(from, to) => (self.bound(from)?..=self.bound(to)?, true),
        };
        let (from, to) = (*range.start(), *range.end());
        if to.saturating_sub(from) >= self.behaviour.range_cap {
            return Err(self.behaviour.wording.too_wide(self.behaviour.range_cap));
        }
        let from = from.saturating_sub(self.behaviour.strays);
        let most = self.behaviour.most_logs.filter(|_| limited);
        self.selected(out, from..=to.min(self.head()), most, &filter)
    }

    fn bound(&self, named: Named) -> Result<u64, Refusal> {
        match named {
            Named::Number(number) => Ok(number),
            Named::Latest => Ok(self.head()),
            Named::Finalized | Named::Hash(_) => Err(malformed()),
        }
    }

    fn selected(
        &self,
        out: &mut String,
        range: RangeInclusive<u64>,
        most: Option<usize>,
        filter: &Filter,
    ) -> Result<(), Refusal> {
        let (from, mut written) = (*range.start(), 0_usize);
        out.push('[');
        for block in range {
            let logs = self.logs_of(block);
            if logs.is_empty() {
                continue;
            }
            let writer = self.writer(block);
            let selected = logs.iter().enumerate().filter(|(_, log)| filter.selects(&log.address, &log.topics));
            for (index, log) in selected {
                if let Some(most) = most.filter(|most| written >= *most) {
                    let fitting = from..=block.saturating_sub(1).max(from);
                    return Err(self.behaviour.wording.too_many(most, &fitting));
                }
                json::comma(out, written);
                writer.log(out, index, log);
                written = written.saturating_add(1);
            }
        }
        out.push(']');
        Ok(())
    }

    fn logs_of(&self, block: u64) -> Vec<GeneratedLog> {
        let omitted = self.behaviour.omits.as_ref().is_some_and(|range| range.contains(&block));
        if omitted { Vec::new() } else { self.chain.logs(block) }
    }

    fn writer(&self, block: u64) -> json::LogWriter {
        let time = self.behaviour.false_time.unwrap_or_else(|| self.chain.seconds(block));
        json::LogWriter::new(self.chain, block, self.behaviour.times_in_logs.then_some(time))
    }

    fn eth_call(&self, out: &mut String, call: Option<&Value>, block: Option<&Value>) -> Result<(), Refusal> {
        let block = self.resolve(block)?.ok_or_else(|| (-39_001, "Unknown block".to_owned()))?;
        let field = |name| call.and_then(|call| call.get(name));
        let to = field("to").and_then(parse).ok_or_else(malformed)?;
        // Old clients say `data`, newer ones `input`.
        let data = field("input").or_else(|| field("data")).and_then(parse).unwrap_or_default();
        let result = (self.contract)(&EthCall { to, data, block });
        let result = result.ok_or_else(|| (3, "execution reverted".to_owned()))?;
        out.push('"');
        out.push_str(&hex::encode_prefixed(&result));
        out.push('"');
        Ok(())
    }
}

fn malformed() -> Refusal {
    (-32_602, "Invalid params".to_owned())
}
