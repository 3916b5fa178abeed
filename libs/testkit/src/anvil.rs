//! A real EVM for tests and the demo: one `anvil` process per [`Anvil`], on a port of its own.
//!
//! The process dies with the value. What a test wants to do to a chain (hold back blocks, reorganise it,
//! lose a transaction, kill it and bring it back) is in the methods; what an ordinary client does goes
//! over [`Anvil::url`] like any other endpoint's.
//!
//! Deliberately not a Besu: no QBFT, no transaction pool of Besu's, and `eth_gasPrice` answers 1 gwei even
//! where gas is free.

mod binary;
mod control;
mod process;
mod rpc;
#[cfg(test)]
mod tests;

use std::time::Duration;

use alloy::primitives::{Address, B256};

use self::process::Process;
pub use self::{control::Mined, rpc::Rpc};
use crate::tools;

/// Why there is no chain, or why it did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No `anvil` on PATH or in Foundry's folder, and npm could not install one.
    #[error("anvil is neither on PATH nor in ~/.foundry/bin, and npm could not install @foundry-rs/anvil")]
    NotFound(#[source] tools::Error),
    /// npm installed the package, but not the binary of this platform.
    #[error("npm has no anvil for this platform: install Foundry, https://getfoundry.sh")]
    NoBinaryForPlatform,
    /// The process could not be started or stopped.
    #[error("the anvil process could not be controlled")]
    Process(#[source] std::io::Error),
    /// It ended, or said nothing in time, before it was listening.
    #[error("anvil did not start listening: {last_line}")]
    NotListening {
        /// The last line that it printed.
        last_line: String,
    },
    /// The HTTP call itself failed.
    #[error("calling {method} failed")]
    Transport {
        /// The JSON-RPC method.
        method: &'static str,
        /// What the HTTP client says.
        #[source]
        source: reqwest::Error,
    },
    /// The node answered with an error.
    #[error("{method} answered {code}: {message}")]
    Rpc {
        /// The JSON-RPC method.
        method: &'static str,
        /// The JSON-RPC code.
        code: i64,
        /// The node's words.
        message: String,
    },
    /// The answer has another shape than the method promises.
    #[error("{method} answered with another shape than expected")]
    Shape {
        /// The JSON-RPC method.
        method: &'static str,
        /// Where it differs.
        #[source]
        source: serde_json::Error,
    },
    /// A transaction was not mined within ten seconds.
    #[error("transaction {0} was not mined")]
    NotMined(B256),
}

/// Who decides when the next block comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mining {
    /// Every transaction is mined at once.
    Automatic,
    /// A block per interval, whole seconds, at least one.
    Interval(Duration),
    /// Only [`Anvil::mine`] makes blocks.
    Manual,
}

/// One of the funded accounts of the chain; the keys are anvil's public ones and worth nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The account.
    pub address: Address,
    /// Its private key in hex with `0x`.
    pub key: String,
}

/// What a chain is started with.
#[derive(Debug, Clone)]
pub struct Builder {
    chain_id: u64,
    mining: Mining,
    gas_price: Option<u64>,
    hardfork: Option<&'static str>,
    block_gas_limit: Option<u64>,
}

impl Builder {
    /// The chain id; 138 unless set.
    #[must_use]
    pub const fn chain_id(mut self, chain_id: u64) -> Self {
        self.chain_id = chain_id;
        self
    }

    /// When blocks come; [`Mining::Automatic`] unless set.
    #[must_use]
    pub const fn mining(mut self, mining: Mining) -> Self {
        self.mining = mining;
        self
    }

    /// The gas price and the base fee in wei. 0 makes gas free; unset leaves anvil's own market.
    #[must_use]
    pub const fn gas_price(mut self, wei: u64) -> Self {
        self.gas_price = Some(wei);
        self
    }

    /// The rules of the EVM, for example `london`; anvil's latest unless set.
    #[must_use]
    pub const fn hardfork(mut self, name: &'static str) -> Self {
        self.hardfork = Some(name);
        self
    }

    /// Gas in a block; anvil's 30 million unless set. A consortium chooses its own and often far more.
    #[must_use]
    pub const fn block_gas_limit(mut self, gas: u64) -> Self {
        self.block_gas_limit = Some(gas);
        self
    }

    /// Starts the process and waits until it listens.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no anvil, [`Error::NotListening`] when it does not come up within
    /// 30 seconds.
    pub async fn start(self) -> Result<Anvil, Error> {
        let binary = tokio::task::spawn_blocking(binary::find)
            .await
            .map_err(|failure| Error::Process(std::io::Error::other(failure)))??;
        let process = Process::start(&binary, &self.arguments(0)).await?;
        let rpc = Rpc::new(&process.url);
        Ok(Anvil { builder: self, binary, process: Some(process), rpc })
    }

    /// The command line; port 0 lets the system choose.
    fn arguments(&self, port: u16) -> Vec<String> {
        let mut arguments = vec![
            "--host".to_owned(),
            "127.0.0.1".to_owned(),
            "--port".to_owned(),
            port.to_string(),
            "--chain-id".to_owned(),
            self.chain_id.to_string(),
        ];
        match self.mining {
            Mining::Automatic => {}
            Mining::Interval(interval) => {
                arguments.extend(["--block-time".to_owned(), interval.as_secs().max(1).to_string()]);
            }
            Mining::Manual => arguments.push("--no-mining".to_owned()),
        }
        if let Some(wei) = self.gas_price {
            let wei = wei.to_string();
            arguments.extend(["--gas-price".to_owned(), wei.clone(), "--block-base-fee-per-gas".to_owned(), wei]);
        }
        if let Some(hardfork) = self.hardfork {
            arguments.extend(["--hardfork".to_owned(), hardfork.to_owned()]);
        }
        if let Some(gas) = self.block_gas_limit {
            arguments.extend(["--gas-limit".to_owned(), gas.to_string()]);
        }
        arguments
    }
}

/// A running chain. Dropping it kills the process.
#[derive(Debug)]
pub struct Anvil {
    builder: Builder,
    binary: std::path::PathBuf,
    process: Option<Process>,
    rpc: Rpc,
}

impl Anvil {
    /// A chain with id 138 that mines at once, as the consortium's network but without its waiting.
    pub const fn builder() -> Builder {
        Builder { chain_id: 138, mining: Mining::Automatic, gas_price: None, hardfork: None, block_gas_limit: None }
    }

    /// Where it listens: `http://127.0.0.1:PORT`. Stays the same over [`Anvil::restart`].
    pub fn url(&self) -> &str {
        self.rpc.url()
    }

    /// The plain JSON-RPC client of this chain.
    pub const fn rpc(&self) -> &Rpc {
        &self.rpc
    }

    /// The funded accounts, ten of them; none while the process is stopped.
    pub fn accounts(&self) -> &[Account] {
        self.process.as_ref().map_or(&[], |process| &process.accounts)
    }

    /// The process id; `None` while it is stopped.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().and_then(Process::pid)
    }

    /// Kills the process as a power cut would: the chain is gone, its port refuses connections.
    ///
    /// # Errors
    /// [`Error::Process`] when the system does not let us.
    pub async fn kill(&mut self) -> Result<(), Error> {
        match self.process.take() {
            Some(process) => process.kill().await,
            None => Ok(()),
        }
    }

    /// Takes the chain's state, kills the process, and starts a new one with that state on the same port.
    /// Transactions that were not mined are lost, as in a node's memory pool.
    ///
    /// # Errors
    /// As [`Builder::start`]; [`Error::Rpc`] when the state cannot be read or loaded.
    pub async fn restart(&mut self) -> Result<(), Error> {
        let state: String = self.rpc.call("anvil_dumpState", &()).await?;
        self.kill().await?;
        self.resume(&state).await
    }

    /// Starts the process again on the same port, from a state that [`Anvil::dump`] gave.
    ///
    /// # Errors
    /// As [`Anvil::restart`].
    pub async fn resume(&mut self, state: &str) -> Result<(), Error> {
        let port = self.rpc.port();
        self.process = Some(Process::start(&self.binary, &self.builder.arguments(port)).await?);
        let _loaded: bool = self.rpc.call("anvil_loadState", &(state,)).await?;
        Ok(())
    }
}
