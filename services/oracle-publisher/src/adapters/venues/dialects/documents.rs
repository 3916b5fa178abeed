//! Any HTTP service that answers with a JSON document: the price is where a JSON pointer says.
//!
//! One request per source. A document that documents a time has to hold a good one, or its price does not
//! count: a pointer beside the time would otherwise make every price look fresh.

use serde_json::value::RawValue;

use super::{Dialect, Error, Reading, Rejected, Request, parse};
use crate::adapters::venues::{exact::Text, settings::DocumentStream};

/// The documents of one service, in the order of its streams.
#[derive(Debug)]
pub(crate) struct Documents(Vec<DocumentStream>);

impl Documents {
    /// The documents of these streams; each stream's symbol is its source's name.
    pub(crate) const fn new(streams: Vec<DocumentStream>) -> Self {
        Self(streams)
    }

    fn find(&self, symbol: &str) -> Option<&DocumentStream> {
        self.0.iter().find(|stream| stream.source.as_str() == symbol)
    }
}

impl Dialect for Documents {
    fn requests(&self, symbols: &[String]) -> Vec<Request> {
        Request::each(symbols, |symbol| self.find(symbol).map_or_else(String::new, |s| s.path.as_str().to_owned()))
    }

    fn read(&self, body: &[u8], asked: &[String]) -> Result<Vec<Reading>, Error> {
        let document: &RawValue = parse(body)?;
        let [symbol] = asked else { return Err(Error::Unasked) };
        let stream = self.find(symbol).ok_or(Error::Unasked)?;
        let price = stream.price.resolve(document).map(Text::new);
        let time = match &stream.time {
            Some((pointer, format)) => pointer.resolve(document).map(|raw| Some((Text::new(raw), *format))),
            None => Some(None),
        };
        let reading = match (price, time) {
            (Some(price), Some(time)) => Reading::new(symbol, price, time),
            (None, _) | (_, None) => Reading { symbol: symbol.clone(), outcome: Err(Rejected::Missing) },
        };
        Ok(vec![reading])
    }
}
