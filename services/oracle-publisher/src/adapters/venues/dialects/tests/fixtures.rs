//! Payloads in the venues' documented shapes, written for these tests.

use super::{Exchange, Sample};

pub(super) const SAMPLES: [Sample; 6] = [
    Sample {
        exchange: Exchange::Binance,
        symbol: "ETHUSDT",
        answer: r#"{"symbol":"ETHUSDT","openPrice":"1640.10","highPrice":"1671.00","lowPrice":"1632.20",
            "lastPrice":"1666.80000000","volume":"51.1","quoteVolume":"84000.5","openTime":1675243200138,
            "closeTime":1675329600138,"firstId":1,"lastId":999,"count":999}"#,
        frame: Some(
            r#"{"e":"24hrTicker","E":1675329600138,"s":"ETHUSDT","p":"26.7","P":"1.63","c":"1666.80000000","Q":"26.06",
            "b":"1666.79","a":"1666.81","O":1675243200138,"C":1675329600138,"F":1,"L":999,"n":999}"#,
        ),
    },
    Sample {
        exchange: Exchange::Coinbase,
        symbol: "ETH-USD",
        answer: r#"{"ask":"1666.85","bid":"1666.79","volume":"7107.85","trade_id":86326522,"price":"1666.8",
            "size":"0.00698254","time":"2023-02-02T09:20:00.138914Z"}"#,
        frame: Some(
            r#"{"type":"ticker","sequence":37475248783,"product_id":"ETH-USD","price":"1666.8","open_24h":"1640.1",
            "side":"buy","time":"2023-02-02T09:20:00.138914Z","trade_id":370843401,"last_size":"11.4396987"}"#,
        ),
    },
    Sample {
        exchange: Exchange::Kraken,
        symbol: "BTC/USD",
        answer: r#"{"error":[],"result":{"XXBTZUSD":{"a":["1666.90000","1","1.000"],"b":["1666.70000","1","1.000"],
            "c":["1666.80000","0.00080000"],"v":["1920.8","7954.0"],"p":["1640.1","1641.2"],"t":[23329,80463],
            "l":["1632.2","1630.1"],"h":["1671.0","1680.9"],"o":"1640.1"}}}"#,
        frame: Some(
            r#"{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":1666.7,"bid_qty":740.0,
            "ask":1666.9,"ask_qty":101.0,"last":1666.80000,"volume":997.1,"vwap":0.1,"low":1632.2,"high":1671.0,
            "change":26.7,"change_pct":1.63,"timestamp":"2023-02-02T09:20:00.138914Z"}]}"#,
        ),
    },
    Sample {
        exchange: Exchange::Okx,
        symbol: "ETH-USDT",
        answer: r#"{"code":"0","msg":"","data":[{"instType":"SPOT","instId":"ETH-USDT","last":"1666.8","lastSz":"0.1",
            "askPx":"1666.9","bidPx":"1666.7","open24h":"1640.1","ts":"1675329600138"}]}"#,
        frame: Some(
            r#"{"arg":{"channel":"tickers","instId":"ETH-USDT"},"data":[{"instType":"SPOT","instId":"ETH-USDT",
            "last":"1666.8","lastSz":"0.1","ts":"1675329600138"}]}"#,
        ),
    },
    Sample {
        exchange: Exchange::Bitstamp,
        symbol: "ethusd",
        answer: r#"{"timestamp":"1675329600","open":"1640.10","high":"1671.00","low":"1632.20","last":"1666.80",
            "volume":"213.26","vwap":"1650.4","bid":"1666.7","ask":"1666.9","side":"0","open_24":"1640.10",
            "percent_change_24":"1.63"}"#,
        frame: Some(
            r#"{"event":"trade","channel":"live_trades_ethusd","data":{"id":212337562,"timestamp":"1675329600",
            "amount":0.0028,"amount_str":"0.00280000","price":1666.8,"price_str":"1666.80","type":0,
            "microtimestamp":"1675329600138914","buy_order_id":1,"sell_order_id":2}}"#,
        ),
    },
    Sample {
        exchange: Exchange::CoinGecko,
        symbol: "ethereum/usd",
        answer: r#"{"ethereum":{"usd":1666.8,"last_updated_at":1675329600},"bitcoin":{"usd":23456.7}}"#,
        frame: None,
    },
];
