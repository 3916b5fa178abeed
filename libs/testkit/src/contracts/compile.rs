//! From the sources to the artefacts, with npm's solc.
//!
//! `cargo run -p causeway-testkit --bin compile-contracts` writes the artefacts; a test calls
//! [`compile`] and compares. The settings are chosen so that the bytecode depends on nothing but the
//! sources and the compiler's version: no metadata hash, which would depend on comments and paths.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize;
use serde_json::json;

use super::{Artefact, Contract, Error};
use crate::tools;

/// One version, so that the bytecode is the same everywhere.
const SOLC: &str = "0.8.30";

/// What Besu networks of any age execute: no opcode younger than London.
const EVM: &str = "london";

/// The folder of the sources and artefacts, in the source tree.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts")
}

/// Compiles the sources. Installs solc below the target directory the first time. Blocks for some seconds.
///
/// # Errors
/// [`Error::Install`], [`Error::Io`] or [`Error::Compiler`].
pub fn compile() -> Result<BTreeMap<Contract, Artefact>, Error> {
    let input = standard_json()?;
    let output: Output = serde_json::from_slice(&run_solc(&input)?).map_err(Error::Artefact)?;
    let refusals: Vec<_> = output.errors.into_iter().filter(|message| message.severity == "error").collect();
    if let Some(first) = refusals.first() {
        return Err(Error::Compiler(first.formatted_message.clone()));
    }
    let mut compiled: BTreeMap<String, Compiled> = output.contracts.into_values().flatten().collect();
    Contract::ALL
        .into_iter()
        .map(|contract| {
            let found = compiled.remove(contract.name()).ok_or_else(|| Error::Compiler(missing(contract)))?;
            let bytecode = found.evm.bytecode.object.parse().map_err(|_| Error::Compiler(missing(contract)))?;
            Ok((contract, Artefact { abi: found.abi, bytecode }))
        })
        .collect()
}

/// Writes the artefacts where they are committed.
///
/// # Errors
/// [`Error::Io`].
pub fn write(artefacts: &BTreeMap<Contract, Artefact>) -> Result<(), Error> {
    for (contract, artefact) in artefacts {
        let mut text = serde_json::to_string(artefact).map_err(Error::Artefact)?;
        text.push('\n');
        let path = folder().join("out").join(format!("{}.json", contract.name()));
        std::fs::write(path, text).map_err(Error::Io)?;
    }
    Ok(())
}

fn missing(contract: Contract) -> String {
    format!("the output holds no {}", contract.name())
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    errors: Vec<Message>,
    #[serde(default)]
    contracts: BTreeMap<String, BTreeMap<String, Compiled>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    severity: String,
    formatted_message: String,
}

#[derive(Deserialize)]
struct Compiled {
    abi: serde_json::Value,
    evm: Evm,
}

#[derive(Deserialize)]
struct Evm {
    bytecode: Bytecode,
}

#[derive(Deserialize)]
struct Bytecode {
    object: String,
}

/// solc's own input format, with the sources inside.
fn standard_json() -> Result<Vec<u8>, Error> {
    let mut sources = serde_json::Map::new();
    for entry in std::fs::read_dir(folder().join("src")).map_err(Error::Io)? {
        let entry = entry.map_err(Error::Io)?;
        let text = std::fs::read_to_string(entry.path()).map_err(Error::Io)?;
        sources.insert(entry.file_name().to_string_lossy().into_owned(), json!({ "content": text }));
    }
    let input = json!({
        "language": "Solidity",
        "sources": sources,
        "settings": {
            "evmVersion": EVM,
            "optimizer": { "enabled": true, "runs": 200 },
            "metadata": { "bytecodeHash": "none", "appendCBOR": false },
            "outputSelection": { "*": { "*": ["abi", "evm.bytecode.object"] } },
        },
    });
    serde_json::to_vec(&input).map_err(Error::Artefact)
}

fn run_solc(input: &[u8]) -> Result<Vec<u8>, Error> {
    let installed = tools::npm("solc", &[("solc", SOLC)]).map_err(Error::Install)?;
    let mut child = Command::new("node")
        .arg(folder().join("compile.cjs"))
        .env("NODE_PATH", installed.join("node_modules"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(Error::Io)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input).map_err(Error::Io)?;
    }
    let output = child.wait_with_output().map_err(Error::Io)?;
    if output.status.success() { Ok(output.stdout) } else { Err(Error::Compiler(output.status.to_string())) }
}
