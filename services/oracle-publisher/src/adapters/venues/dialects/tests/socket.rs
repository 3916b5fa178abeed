//! WebSocket frames: prices, acknowledgements, refusals and signs of life.

use serde_json::{Value, json};

use super::{fixtures::SAMPLES, *};

fn read(exchange: Exchange, text: &str) -> Result<Frame, Error> {
    socket_of(exchange).expect("a socket").read(text)
}

fn sent(exchange: Exchange, symbols: &[&str]) -> Vec<Value> {
    let symbols: Vec<String> = symbols.iter().map(|symbol| (*symbol).to_owned()).collect();
    let messages = socket_of(exchange).expect("a socket").subscriptions(&symbols);
    messages.iter().map(|message| serde_json::from_str(message).expect("JSON")).collect()
}

fn refused(symbol: Option<&str>, detail: &str) -> Result<Frame, Error> {
    Ok(Frame::Refused { symbol: symbol.map(str::to_owned), detail: detail.to_owned() })
}

fn symbols(symbol: &str) -> Scope {
    Scope::Symbols(vec![symbol.to_owned()])
}

#[test]
fn ora_7_each_venue_s_frame_gives_its_exact_price_and_its_own_time() {
    for Sample { exchange, symbol, frame, .. } in SAMPLES {
        let Some(frame) = frame else { continue };
        let expected = readings(symbol, quote("1666.8", Some("2023-02-02T09:20:00.138Z")));
        assert_eq!(read(exchange, frame), Ok(Frame::Readings(expected)), "{}", exchange.as_str());
    }
}

#[test]
fn ora_7_subscriptions_follow_the_documented_messages() {
    assert_eq!(
        sent(Exchange::Binance, &["ETHUSDT", "BTCUSDT"]),
        [json!({"method": "SUBSCRIBE", "params": ["ethusdt@ticker", "btcusdt@ticker"], "id": 1})]
    );
    let product = |id| json!({"type": "subscribe", "product_ids": [id], "channels": ["ticker", "heartbeat"]});
    assert_eq!(sent(Exchange::Coinbase, &["ETH-USD", "BTC-USD"]), [product("ETH-USD"), product("BTC-USD")]);
    assert_eq!(
        sent(Exchange::Kraken, &["ETH/USD", "BTC/USD"]),
        [json!({"method": "subscribe", "params": {"channel": "ticker", "symbol": ["ETH/USD", "BTC/USD"]}})]
    );
    let argument = |id| json!({"channel": "tickers", "instId": id});
    assert_eq!(
        sent(Exchange::Okx, &["ETH-USDT", "BTC-USDT"]),
        [json!({"op": "subscribe", "args": [argument("ETH-USDT"), argument("BTC-USDT")]})]
    );
    assert_eq!(
        sent(Exchange::Bitstamp, &["ethusd"]),
        [json!({"event": "bts:subscribe", "data": {"channel": "live_trades_ethusd"}})]
    );
}

#[test]
fn binance_wraps_events_of_combined_streams_and_answers_by_number() {
    let event = r#"{"e":"24hrTicker","E":1675329600138,"s":"ETHUSDT","c":"1666.8"}"#;
    let wrapped = format!(r#"{{"stream":"ethusdt@ticker","data":{event}}}"#);
    assert_eq!(read(Exchange::Binance, &wrapped), read(Exchange::Binance, event));
    assert_eq!(read(Exchange::Binance, r#"{"result":null,"id":1}"#), Ok(Frame::Acknowledged(Scope::All)));
    let error = r#"{"error":{"code":2,"msg":"Invalid request: too many parameters"},"id":1}"#;
    assert_eq!(read(Exchange::Binance, error), refused(None, "Invalid request: too many parameters"));
    let old_error = r#"{"code":0,"msg":"Unknown property","id":1}"#;
    assert_eq!(read(Exchange::Binance, old_error), refused(None, "Unknown property"));
    let shutdown = r#"{"e":"serverShutdown","E":1675329600138}"#;
    assert_eq!(read(Exchange::Binance, shutdown), Ok(Frame::Reconnect));
    assert_eq!(read(Exchange::Binance, r#"{"e":"kline","E":1}"#), Ok(Frame::Notice));
}

#[test]
fn coinbase_lists_its_subscriptions_and_beats_per_product() {
    let list = r#"{"type":"subscriptions","channels":[{"name":"ticker","product_ids":["ETH-USD"],"account_ids":null},
        {"name":"heartbeat","product_ids":["ETH-USD","BTC-USD"],"account_ids":null}]}"#;
    assert_eq!(read(Exchange::Coinbase, list), Ok(Frame::Acknowledged(symbols("ETH-USD"))));
    let beat = r#"{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"ETH-USD",
        "time":"2023-02-02T09:20:00.138914Z"}"#;
    assert_eq!(read(Exchange::Coinbase, beat), Ok(Frame::Alive(symbols("ETH-USD"))));
    let error = r#"{"type":"error","message":"Failed to subscribe","reason":"XYZ-USD is not a valid product"}"#;
    assert_eq!(read(Exchange::Coinbase, error), refused(None, "XYZ-USD is not a valid product"));
    assert_eq!(read(Exchange::Coinbase, r#"{"type":"brand_new"}"#), Ok(Frame::Notice));
}

#[test]
fn kraken_answers_each_symbol_and_beats_for_all() {
    let good = r#"{"method":"subscribe","result":{"channel":"ticker","snapshot":true,"symbol":"ETH/USD"},"success":true,
        "time_in":"2023-02-02T09:20:00.1Z","time_out":"2023-02-02T09:20:00.2Z"}"#;
    assert_eq!(read(Exchange::Kraken, good), Ok(Frame::Acknowledged(symbols("ETH/USD"))));
    let bad = r#"{"error":"Currency pair not supported XYZ/USD","method":"subscribe","success":false,
        "symbol":"XYZ/USD"}"#;
    assert_eq!(read(Exchange::Kraken, bad), refused(Some("XYZ/USD"), "Currency pair not supported XYZ/USD"));
    assert_eq!(read(Exchange::Kraken, r#"{"channel":"heartbeat"}"#), Ok(Frame::Alive(Scope::All)));
    let status = r#"{"channel":"status","data":[{"system":"online","version":"2.0.0"}],"type":"update"}"#;
    assert_eq!(read(Exchange::Kraken, status), Ok(Frame::Notice));
    let without_time = r#"{"channel":"ticker","type":"snapshot","data":[{"symbol":"ETH/USD","last":0.10035}]}"#;
    let expected = readings("ETH/USD", quote("0.10035", None));
    assert_eq!(read(Exchange::Kraken, without_time), Ok(Frame::Readings(expected)));
}

#[test]
fn okx_keeps_alive_with_bare_words() {
    assert_eq!(socket_of(Exchange::Okx).expect("a socket").ping(), Some("ping"));
    assert_eq!(read(Exchange::Okx, "pong"), Ok(Frame::Alive(Scope::All)));
    let good = r#"{"event":"subscribe","arg":{"channel":"tickers","instId":"ETH-USDT"},"connId":"a4d3ae55"}"#;
    assert_eq!(read(Exchange::Okx, good), Ok(Frame::Acknowledged(symbols("ETH-USDT"))));
    let bad = r#"{"event":"error","code":"60018","msg":"tickers,instId:XYZ-USDT doesn't exist","connId":"a4d3ae55"}"#;
    assert_eq!(read(Exchange::Okx, bad), refused(None, "60018 tickers,instId:XYZ-USDT doesn't exist"));
    let upgrade = r#"{"event":"notice","code":"64008","msg":"The connection will soon be closed","connId":"a4d3ae55"}"#;
    assert_eq!(read(Exchange::Okx, upgrade), Ok(Frame::Reconnect));
}

#[test]
fn bitstamp_answers_heartbeats_and_announces_restarts() {
    let good = r#"{"event":"bts:subscription_succeeded","channel":"live_trades_ethusd","data":{}}"#;
    assert_eq!(read(Exchange::Bitstamp, good), Ok(Frame::Acknowledged(symbols("ethusd"))));
    let beat = r#"{"event":"bts:heartbeat","channel":"","data":{"status":"success"}}"#;
    assert_eq!(read(Exchange::Bitstamp, beat), Ok(Frame::Alive(Scope::All)));
    let restart = r#"{"event":"bts:request_reconnect","channel":"","data":""}"#;
    assert_eq!(read(Exchange::Bitstamp, restart), Ok(Frame::Reconnect));
    let bad = r#"{"event":"bts:error","channel":"","data":{"code":null,"message":"Bad subscription string."}}"#;
    assert_eq!(read(Exchange::Bitstamp, bad), refused(None, "Bad subscription string."));
}
