//! `eth_sendRawTransaction` over a socket of its own, so that it is known when the bytes leave.
//!
//! An HTTP client hands a request to a task of its own, and a process that is stopped in between sends it whenever it
//! wakes up. Here the bytes go to the system in the step that the permit was checked before, and their line in the
//! journal is written right before them.

use std::{io, time::Duration};

use alloy::primitives::{B256, Bytes};
use serde::Deserialize;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use url::Url;

/// A node that has not answered by then has not taken the transaction, or has: the chain will tell.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// Why there is no hash.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No connection, or it broke.
    #[error("the node could not be spoken to")]
    Io(#[from] io::Error),
    /// No answer in time.
    #[error("the node did not answer")]
    Late,
    /// The node does not take it.
    #[error("the node answered {code}: {message}")]
    Refused {
        /// The JSON-RPC code.
        code: i64,
        /// Its words.
        message: String,
    },
    /// Not an answer of a node.
    #[error("the answer is none of a node")]
    Shape,
}

#[derive(Deserialize)]
struct Answer {
    result: Option<B256>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    message: String,
}

/// Connects, calls `leaving`, and hands the bytes over without waiting for anything in between.
pub(super) async fn send(url: &str, raw: &Bytes, leaving: impl FnOnce() -> io::Result<()>) -> Result<B256, Error> {
    let (host, request) = request(url, raw).ok_or(Error::Shape)?;
    let exchange = async {
        let mut stream = TcpStream::connect(&host).await?;
        leaving()?;
        stream.write_all(&request).await?;
        let mut response = Vec::new();
        stream.read_to_end(&mut response).await?;
        read(&response)
    };
    tokio::time::timeout(ANSWER_LIMIT, exchange).await.unwrap_or(Err(Error::Late))
}

/// Where to connect, and the whole request: HTTP/1.0, so that the answer ends with the connection and is in one piece.
fn request(url: &str, raw: &Bytes) -> Option<(String, Vec<u8>)> {
    let url = Url::parse(url).ok().filter(|url| url.scheme() == "http")?;
    let host = format!("{}:{}", url.host_str()?, url.port_or_known_default()?);
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransaction", "params": [raw] }).to_string();
    let head = format!(
        "POST {} HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        url.path(),
        body.len(),
    );
    Some((host, [head, body].concat().into_bytes()))
}

fn read(response: &[u8]) -> Result<B256, Error> {
    let end = response.windows(4).position(|four| four == b"\r\n\r\n").ok_or(Error::Shape)?;
    let body = response.get(end.saturating_add(4)..).unwrap_or_default();
    let answer: Answer = serde_json::from_slice(body).map_err(|_| Error::Shape)?;
    match (answer.result, answer.error) {
        (Some(hash), None) => Ok(hash),
        (_, Some(Refusal { code, message })) => Err(Error::Refused { code, message }),
        (None, None) => Err(Error::Shape),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_hash_a_refusal_and_nothing_else() {
        let hash = B256::repeat_byte(7);
        let ok = format!("HTTP/1.0 200 OK\r\ncontent-length: 9\r\n\r\n{{\"id\":1,\"result\":\"{hash}\"}}");
        assert_eq!(read(ok.as_bytes()).unwrap(), hash);
        let refused = b"HTTP/1.0 200 OK\r\n\r\n{\"error\":{\"code\":-32003,\"message\":\"nonce too low\"}}";
        assert!(matches!(read(refused), Err(Error::Refused { code: -32_003, message }) if message == "nonce too low"));
        for bad in ["", "HTTP/1.0 500\r\n\r\n", "HTTP/1.0 200\r\n\r\n{}", "{\"result\":\"0x00\"}"] {
            assert!(matches!(read(bad.as_bytes()), Err(Error::Shape)), "{bad}");
        }
    }

    #[test]
    fn only_plain_http_is_spoken() {
        assert!(request("https://127.0.0.1:8545", &Bytes::new()).is_none());
        let (host, bytes) = request("http://127.0.0.1:8545/node", &Bytes::from_static(&[1])).unwrap();
        assert_eq!(host, "127.0.0.1:8545");
        assert!(bytes.starts_with(b"POST /node HTTP/1.0\r\n"));
        assert!(String::from_utf8(bytes).unwrap().contains("\"0x01\""));
    }
}
