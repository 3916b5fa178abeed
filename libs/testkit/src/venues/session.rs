//! One WebSocket of one venue: takes subscriptions, streams prices as they change, beats in between.

use std::collections::BTreeMap;

use axum::extract::ws::{Message, WebSocket};
use causeway_primitives::Decimal;
use tokio::time::MissedTickBehavior;

use super::{
    server::{Exchange, Market, PULSE, padded},
    wire::Reaction,
};

/// So many pulses without a price make a heartbeat, at the venues that send one by themselves.
const BEAT: u32 = 4;

/// Runs until the client leaves, the venue cuts its connections, or the venues are dropped.
pub(super) async fn run(exchange: Exchange, mut socket: WebSocket) {
    let mut drops = exchange.shared.drops();
    let mut pulse = tokio::time::interval(PULSE);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut talk = Talk { exchange: &exchange, subscribed: BTreeMap::new(), idle: 0 };
    let mut outbox = exchange.wire().greeting();
    loop {
        let behaviour = exchange.shared.behaviour();
        for text in outbox.drain(..).filter(|_| !behaviour.is_silent) {
            if socket.send(Message::text(padded(text, behaviour.padding))).await.is_err() {
                return;
            }
        }
        tokio::select! {
            () = exchange.end.cancelled() => return,
            _ = drops.changed() => return,
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => outbox = talk.hear(&text),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            _ = pulse.tick() => outbox = talk.pulse(),
        }
    }
}

/// What is being talked about on one connection: symbols, and the price that was last told of each.
struct Talk<'a> {
    exchange: &'a Exchange,
    subscribed: BTreeMap<String, Option<Decimal>>,
    idle: u32,
}

impl Talk<'_> {
    fn hear(&mut self, text: &str) -> Vec<String> {
        if self.exchange.shared.behaviour().ignores_subscriptions {
            return Vec::new();
        }
        let wire = self.exchange.wire();
        let known: Vec<String> =
            self.exchange.markets.iter().map(|market| wire.symbol(&market.base, &market.quote)).collect();
        let mut replies = Vec::new();
        for reaction in wire.hear(text, &known) {
            match reaction {
                Reaction::Reply(reply) => replies.push(reply),
                Reaction::Subscribe(symbol) => _ = self.subscribed.insert(symbol, None),
            }
        }
        replies
    }

    /// The prices that changed; when nothing did for a while, what the venue sends to show that it lives.
    fn pulse(&mut self) -> Vec<String> {
        let (wire, behaviour) = (self.exchange.wire(), self.exchange.shared.behaviour());
        // What is kept back or garbled now counts as never told, and is told when the venue is healed.
        if behaviour.is_silent {
            return Vec::new();
        }
        if behaviour.talks_garbage {
            return vec!["}{ not json".to_owned()];
        }
        let mut messages = Vec::new();
        for market in self.exchange.markets.iter() {
            let quote = self.exchange.quote(market, &behaviour);
            if self.is_news(market, quote.price) {
                messages.push(wire.tick(&quote));
            }
        }
        self.idle = if messages.is_empty() { self.idle.saturating_add(1) } else { 0 };
        if self.idle >= BEAT && !self.subscribed.is_empty() {
            self.idle = 0;
            messages.extend(wire.beat(self.subscribed.keys()));
            if wire.repeats_prices() {
                self.subscribed.values_mut().for_each(|told| *told = None);
            }
        }
        messages
    }

    fn is_news(&mut self, market: &Market, price: Decimal) -> bool {
        let symbol = self.exchange.wire().symbol(&market.base, &market.quote);
        self.subscribed.get_mut(&symbol).is_some_and(|told| told.replace(price) != Some(price))
    }
}
