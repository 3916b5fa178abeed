//! A feed's sources through good and bad times, with a real board and the real rules.

use std::collections::HashMap;

use super::*;
use crate::{
    domain::{
        aggregate::aggregate,
        observation::Weight,
        route::{Conversions, Route},
        samples::{at, policy, price},
    },
    ports::{Signal, SignalSink as _, Tick},
};

fn source(venue: &str, backup: bool) -> config::Source {
    config::Source {
        id: id(venue),
        venue: venue.parse().unwrap(),
        market: "ETH/USD".parse().unwrap(),
        route: Route::direct(),
        role: if backup { Role::Backup } else { Role::Primary },
    }
}

fn id(venue: &str) -> SourceId {
    format!("{venue}-eth-usd").parse().unwrap()
}

/// A crew with its board, one evaluation a second.
struct Watch {
    crew: Crew,
    board: Board,
    second: u64,
}

impl Watch {
    fn new(venues: &[&str], backups: &[&str]) -> Self {
        let primaries = venues.iter().map(|venue| source(venue, false));
        let sources: Vec<_> = primaries.chain(backups.iter().map(|venue| source(venue, true))).collect();
        let doors: HashMap<_, _> = sources.iter().map(|source| (source.id.clone(), Vec::new())).collect();
        Self { crew: Crew::new(&sources, policy(), at(0)), board: Board::new(doors, None), second: 0 }
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::new(Duration::from_secs(self.second))
    }

    fn fault(&self, venue: &str, fault: Fault) {
        self.board.put(Signal::Fault { source: id(venue), fault, detail: String::new(), retry_after: None });
    }

    /// A second later these venues have said these prices; what moved, as `source: from → to (cause)`.
    fn step(&mut self, prices: &[(&str, &str)]) -> Vec<String> {
        self.second += 1;
        for (venue, text) in prices {
            self.board.put(Signal::Tick(Tick {
                source: id(venue),
                price: price(text),
                venue_time: Some(at(self.second)),
                received_at: at(self.second),
                received: self.monotonic(),
            }));
        }
        let words = self.crew.observations(&self.board, self.monotonic());
        let now = at(self.second);
        let aggregation = aggregate(&policy(), now, self.crew.condition(), &words, &Conversions::none());
        self.crew.step(&aggregation, &self.board, now).iter().map(words_of).collect()
    }

    fn state(&self, venue: &str) -> &'static str {
        self.crew.record(&id(venue)).unwrap().status().as_str()
    }
}

fn words_of(moved: &Move) -> String {
    let Change { from, to, cause } = moved.change;
    format!("{}: {} → {} ({})", moved.source, from.as_str(), to.as_str(), cause.as_str())
}

const HONEST: [(&str, &str); 5] = [("a", "100"), ("b", "100.1"), ("c", "100.2"), ("d", "100.1"), ("e", "100")];

fn with_e_at(text: &'static str) -> [(&'static str, &'static str); 5] {
    let [a, b, c, d, _] = HONEST;
    [a, b, c, d, ("e", text)]
}

#[test]
fn ora_5_a_liar_is_quarantined_and_earns_its_vote_back_step_by_step() {
    let mut watch = Watch::new(&["a", "b", "c", "d", "e"], &[]);
    assert!(watch.step(&HONEST).is_empty());
    assert_eq!(watch.step(&with_e_at("120")), ["e-eth-usd: healthy → suspect (outlier)"]);
    assert!(watch.step(&with_e_at("120")).is_empty());
    assert_eq!(watch.step(&with_e_at("120")), ["e-eth-usd: suspect → quarantined (outlier)"]);
    assert_eq!(watch.crew.condition(), Condition::Degraded);
    assert_eq!(watch.crew.weight(&watch.crew.mates()[4]), Ppm::ZERO);

    watch.second += 99;
    assert_eq!(watch.step(&HONEST), ["e-eth-usd: quarantined → probation (served)"]);
    assert_eq!(watch.crew.standing(&watch.crew.mates()[4]), Standing::Shadow);
    watch.step(&HONEST);
    assert_eq!(watch.step(&HONEST), ["e-eth-usd: probation → probation (shadow_passed)"]);
    assert_eq!(watch.crew.weight(&watch.crew.mates()[4]), Ppm::new(250_000));
    watch.step(&HONEST);
    watch.step(&HONEST);
    assert_eq!(watch.step(&HONEST), ["e-eth-usd: probation → healthy (probation_passed)"]);
    assert_eq!((watch.crew.condition(), watch.state("e")), (Condition::Normal, "healthy"));
    assert_eq!(watch.crew.standing(&watch.crew.mates()[4]), Standing::Active(Weight::FULL));
}

#[test]
fn ora_5_a_suspect_that_behaves_is_cleared() {
    let mut watch = Watch::new(&["a", "b", "c", "d", "e"], &[]);
    watch.step(&with_e_at("120"));
    assert_eq!(watch.state("e"), "suspect");
    assert!(watch.step(&HONEST).is_empty());
    assert_eq!(watch.step(&HONEST), ["e-eth-usd: suspect → healthy (cleared)"]);
}

#[test]
fn ora_5_nobody_is_blamed_for_the_market() {
    let mut watch = Watch::new(&["a", "b", "c", "d", "e"], &[]);
    watch.step(&HONEST);
    // Everybody falls silent at once: that is our own network.
    watch.second += 60;
    for _ in 0..5 {
        assert!(watch.step(&[]).is_empty());
    }
    assert_eq!(watch.crew.condition(), Condition::Degraded);
    assert!(watch.step(&HONEST).is_empty());
    assert_eq!(watch.crew.condition(), Condition::Normal);
}

#[test]
fn ora_6_a_refused_credential_quarantines_at_once() {
    let mut watch = Watch::new(&["a", "b", "c", "d", "e"], &[]);
    watch.step(&HONEST);
    watch.fault("b", Fault::Credential);
    assert_eq!(watch.step(&HONEST), ["b-eth-usd: healthy → quarantined (credential)"]);
    // The fault was taken: it is not held against the source twice.
    assert!(watch.step(&HONEST).is_empty());
}

#[test]
fn ora_6_other_faults_cost_nothing_while_the_price_is_fresh() {
    let mut watch = Watch::new(&["a", "b", "c", "d", "e"], &[]);
    for fault in Fault::ALL.into_iter().filter(|fault| *fault != Fault::Credential) {
        watch.fault("b", fault);
        assert!(watch.step(&HONEST).is_empty(), "{fault}");
    }
}

#[test]
fn ora_5_a_backup_votes_only_while_the_quorum_is_short() {
    let prices = [("a", "100"), ("b", "100.1"), ("c", "100.2"), ("d", "100"), ("x", "100.1")];
    let mut watch = Watch::new(&["a", "b", "c", "d"], &["x"]);
    assert!(watch.step(&prices).is_empty());
    assert_eq!(watch.state("x"), "standby");
    watch.fault("c", Fault::Credential);
    let moves = watch.step(&prices);
    assert_eq!(moves, ["c-eth-usd: healthy → quarantined (credential)", "x-eth-usd: standby → healthy (quorum_short)"]);

    watch.second += 99;
    let mut moves = Vec::new();
    for _ in 0..7 {
        moves.extend(watch.step(&prices));
    }
    assert_eq!(watch.state("c"), "healthy", "{moves:?}");
    assert_eq!(moves.last().map(String::as_str), Some("x-eth-usd: healthy → standby (quorum_restored)"));
}

#[test]
fn ora_5_an_operators_word_wins() {
    let mut watch = Watch::new(&["a", "b", "c", "d", "e"], &[]);
    let excluded = watch.crew.order(&id("a"), Operator::Excluded, at(0)).unwrap();
    let told: Vec<_> = excluded.iter().map(words_of).collect();
    assert_eq!(told, ["a-eth-usd: healthy → excluded (excluded_by_operator)"]);
    for _ in 0..5 {
        assert!(watch.step(&HONEST).is_empty());
    }
    watch.crew.order(&id("a"), Operator::HandsOff, at(9)).unwrap();
    assert_eq!(watch.state("a"), "probation", "nobody knows what it did meanwhile");
    assert_eq!(watch.crew.order(&id("nobody"), Operator::Excluded, at(9)), None);
}

#[test]
fn ora_5_a_restart_forgives_nothing_and_posts_follow_the_configuration() {
    let mut before = Watch::new(&["a", "b", "c", "d", "e"], &[]);
    before.crew.order(&id("a"), Operator::Excluded, at(0));
    for _ in 0..3 {
        before.step(&with_e_at("120"));
    }
    let stored: BTreeMap<_, _> =
        before.crew.mates().iter().map(|mate| (mate.source.id.clone(), mate.record.clone())).collect();

    // `d` is a backup now, and `f` is new.
    let mut after = Watch::new(&["a", "b", "c", "e", "f"], &["d"]);
    after.crew.restore(&stored);
    let states: Vec<_> = ["a", "b", "d", "e", "f"].into_iter().map(|venue| after.state(venue)).collect();
    assert_eq!(states, ["excluded", "healthy", "standby", "quarantined", "healthy"]);
    assert_eq!(after.crew.record(&id("e")), stored.get(&id("e")));

    // And `d` is a primary again.
    let stored = BTreeMap::from([(id("d"), Source::new(Post::Promoted, at(0)))]);
    let mut again = Watch::new(&["d"], &[]);
    again.crew.restore(&stored);
    assert_eq!(again.crew.record(&id("d")).map(|record| record.post), Some(Post::Primary));
}

#[test]
fn ora_10_spans_are_cut_to_what_a_record_holds() {
    let mut watch = Watch::new(&["a"], &[]);
    watch.step(&[("a", "100")]);
    let now = Monotonic::new(Duration::from_micros(3_000_999));
    let words = watch.crew.observations(&watch.board, now);
    assert_eq!(words.iter().map(|word| word.age).collect::<Vec<_>>(), [Duration::from_millis(2_000)]);
}
