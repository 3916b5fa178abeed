//! A bridge in a few lines, for tests: two chains, their events and balances over time, books that index them as far as
//! they like, and three endpoints that may lie. It makes evidence; it knows nothing of what evidence means.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::{Address, AssetId, B256, ChainName, Timestamp, U256, keccak256};

use super::{
    checkpoint::Checkpoint,
    evaluate::{Evaluation, evaluate},
    evidence::{
        AccountRow, Answer, Approved, BatchRow, Books, Event, EventKind, Evidence, MessageRow, ProofOutcome, ProofRow,
        Reading, Said, Seen, Watermark,
    },
    finding::{Code, Detail, Gap, Reason},
    matching::Pairing,
    merkle,
    name::Name,
    preset::{self, Bridge, Preset, terms},
    quantity::Tolerance,
    rules::{ChainRule, NonceRule, Route, Rules, SlotRule},
    velocity::Cap,
};

pub(crate) const SIGNER: Address = Address::repeat_byte(0xa1);
pub(crate) const CONTRACT: Address = Address::repeat_byte(0xc0);
/// One thousandth of a token with six decimals: what may be off.
pub(crate) const TOLERANCE: i128 = 1_000;
/// A token.
pub(crate) const TOKEN: i128 = 1_000_000;
pub(crate) const BOUND: u64 = 10;
pub(crate) const KEEPER: B256 = B256::repeat_byte(0x4e);

pub(crate) fn asset() -> AssetId {
    "sigil".parse().unwrap()
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn chain(side: Side) -> ChainName {
    match side {
        Side::Home => "home".parse().unwrap(),
        Side::Remote => "remote".parse().unwrap(),
    }
}

pub(crate) fn id(number: u64) -> B256 {
    keccak256(number.to_be_bytes())
}

fn hash(side: Side, height: u64, fork: u64) -> B256 {
    keccak256(format!("{side:?}/{height}/{fork}"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Home,
    Remote,
}

/// Whether the relayer's books take notice of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noted {
    Yes,
    No,
}

/// How an endpoint behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Honest,
    /// It reports other balances and no events.
    Lying,
    Silent,
}

#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) rules: Rules,
    /// The last block of each chain.
    pub(crate) heads: [u64; 2],
    /// Up to where the books know them.
    pub(crate) marks: [u64; 2],
    pub(crate) forks: [u64; 2],
    events: Vec<(Side, Event, Noted)>,
    balances: Vec<(Side, u64, i128)>,
    pub(crate) batches: Vec<BatchRow>,
    pub(crate) shared_deposits: BTreeMap<B256, BTreeSet<u64>>,
    pub(crate) proofs: Vec<ProofRow>,
    pub(crate) carried: Option<BTreeMap<(AssetId, Name), U256>>,
    pub(crate) constraints: BTreeSet<Name>,
    pub(crate) slots: BTreeMap<Name, B256>,
    pub(crate) mined: u64,
    pub(crate) next: u64,
    pub(crate) pending: u64,
    pub(crate) messages: u64,
    pub(crate) endpoints: Vec<(&'static str, &'static str, Endpoint)>,
    pub(crate) approved: Approved,
    pub(crate) checkpoint: Option<Checkpoint>,
    pub(crate) ledger: Vec<Pairing>,
}

impl World {
    pub(crate) fn new() -> Self {
        let rules = rules();
        let checkpoint = Checkpoint { rules: rules.hash(), ..Checkpoint::default() };
        Self {
            constraints: rules.constraints.clone(),
            slots: rules.slots.iter().map(|(slot, rule)| (slot.clone(), rule.value)).collect(),
            rules,
            heads: [100, 100],
            marks: [100, 100],
            forks: [0, 0],
            events: Vec::new(),
            balances: Vec::new(),
            batches: Vec::new(),
            shared_deposits: BTreeMap::new(),
            proofs: Vec::new(),
            carried: None,
            mined: 0,
            next: 0,
            pending: 0,
            messages: 0,
            endpoints: vec![("a", "a", Endpoint::Honest), ("b", "b", Endpoint::Honest), ("c", "c", Endpoint::Honest)],
            approved: Approved::default(),
            checkpoint: Some(checkpoint),
            ledger: Vec::new(),
        }
    }

    /// Blocks go by on both chains, and the books keep up.
    pub(crate) fn blocks(&mut self, count: u64) {
        self.heads = self.heads.map(|head| head + count);
        self.marks = self.heads;
    }

    /// A log in a new block, which moves nothing by itself.
    pub(crate) fn log(&mut self, kind: EventKind, number: u64, amount: i128, noted: Noted) {
        let side = match kind {
            EventKind::Deposit | EventKind::Release => Side::Home,
            EventKind::Mint | EventKind::Burn => Side::Remote,
        };
        self.heads[index(side)] += 1;
        let height = self.heads[index(side)];
        let event = Event {
            kind,
            id: id(number),
            asset: asset(),
            amount: units(amount),
            recipient: id(7),
            height,
            log_index: 0,
            tx: keccak256(format!("{kind:?}/{number}/{height}")),
        };
        self.events.push((side, event, noted));
    }

    /// The lockbox or the supply changes in the newest block.
    pub(crate) fn change(&mut self, side: Side, amount: i128) {
        self.balances.push((side, self.heads[index(side)], amount));
    }

    pub(crate) fn deposit(&mut self, number: u64, amount: i128) {
        self.log(EventKind::Deposit, number, amount, Noted::Yes);
        self.change(Side::Home, amount);
        self.messages += 1;
    }

    pub(crate) fn mint(&mut self, number: u64, amount: i128) {
        self.log(EventKind::Mint, number, amount, Noted::Yes);
        self.change(Side::Remote, amount);
    }

    pub(crate) fn burn(&mut self, number: u64, amount: i128) {
        self.log(EventKind::Burn, number, amount, Noted::Yes);
        self.change(Side::Remote, -amount);
    }

    pub(crate) fn release(&mut self, number: u64, amount: i128) {
        self.log(EventKind::Release, number, amount, Noted::Yes);
        self.change(Side::Home, -amount);
    }

    /// Some honest traffic: all of it in custody and supply, some on its way.
    pub(crate) fn busy() -> Self {
        let mut world = Self::new();
        for number in 1..=5 {
            world.deposit(number, 200 * TOKEN);
        }
        for number in 1..=4 {
            world.mint(number, 200 * TOKEN);
        }
        world.burn(11, 150 * TOKEN);
        world.release(11, 150 * TOKEN);
        world.burn(12, 84 * TOKEN);
        world.blocks(1);
        world
    }

    /// A batch with a real tree over two leaves, and the path of the first.
    pub(crate) fn batch(&mut self, number: u64) -> (B256, B256, Vec<B256>) {
        let leaves = [0_u8, 1].map(|leaf| merkle::leaf(&[number.to_be_bytes().as_slice(), &[leaf]].concat()));
        let root = merkle::root(&leaves).unwrap();
        let row = u64::try_from(self.batches.len()).unwrap();
        self.batches.push(BatchRow {
            row,
            number,
            root,
            chain: None,
            anchored_at: Some(1),
            leaves: Some(leaves.to_vec()),
        });
        (root, leaves[0], vec![leaves[1]])
    }

    pub(crate) fn proof(&mut self, root: B256, leaf: B256, path: Vec<B256>, outcome: ProofOutcome) {
        let row = u64::try_from(self.proofs.len()).unwrap();
        let message = id(1_000 + row);
        self.proofs.push(ProofRow {
            row,
            message,
            batch: 1,
            root,
            chain: None,
            height: 1,
            leaf,
            path: Some(path),
            outcome,
        });
    }

    pub(crate) fn evidence(&self) -> Evidence {
        let answers = |side| self.endpoints.iter().map(|endpoint| self.answer(side, *endpoint)).collect();
        Evidence {
            taken_at: Timestamp::EPOCH,
            books: Seen::Known(self.books()),
            chains: [Side::Home, Side::Remote].into_iter().map(|side| (chain(side), answers(side))).collect(),
            ledger: self.ledger.clone(),
            adjustments: BTreeMap::new(),
            checkpoint: self.checkpoint.clone(),
            approved: self.approved.clone(),
        }
    }

    pub(crate) fn evaluate(&self) -> Evaluation {
        evaluate(&self.rules, &self.evidence())
    }

    /// Evaluates, and keeps what the next evaluation needs, as the service does.
    pub(crate) fn sweep(&mut self) -> Evaluation {
        let evaluation = self.evaluate();
        self.ledger.clone_from(&evaluation.open);
        self.checkpoint = evaluation.checkpoint.clone().or(self.checkpoint.take());
        evaluation
    }

    /// Sweeps until an effect without a cause has waited long enough.
    pub(crate) fn sweep_to_the_bound(&mut self) -> Evaluation {
        self.marks = self.heads;
        self.sweep();
        self.blocks(BOUND);
        self.sweep()
    }

    fn books(&self) -> Books {
        let sum = |kind: EventKind| {
            let of_kind = self.events.iter().filter(|(side, event, noted)| {
                event.kind == kind && *noted == Noted::Yes && event.height <= self.marks[index(*side)]
            });
            of_kind.fold(U256::ZERO, |sum, (_, event, _)| sum + event.amount)
        };
        let sums = [
            (terms::DEPOSITS, EventKind::Deposit),
            (terms::WITHDRAWALS, EventKind::Release),
            (terms::MINTS, EventKind::Mint),
            (terms::BURNS, EventKind::Burn),
        ];
        let mark =
            |side: Side| Watermark { height: self.marks[index(side)], hash: hash(side, self.marks[index(side)], 0) };
        let left = self.events.iter().filter(|(side, event, _)| {
            *side == Side::Home && event.kind == EventKind::Release && event.height <= self.marks[0]
        });
        let left = left.fold(U256::ZERO, |sum, (_, event, _)| sum + event.amount);
        Books {
            watermarks: [Side::Home, Side::Remote].into_iter().map(|side| (chain(side), mark(side))).collect(),
            sums: sums.into_iter().map(|(term, kind)| ((asset(), name(term)), sum(kind))).collect(),
            terms: BTreeMap::new(),
            carried: self.carried.clone(),
            last_batch: self.batches.iter().map(|batch| (batch.number, batch.root)).max(),
            last_proof: self.proofs.iter().map(|proof| proof.row).max().unwrap_or_default(),
            batches: self.batches.clone(),
            shared_deposits: self.shared_deposits.clone(),
            proofs: self.proofs.clone(),
            accounts: vec![AccountRow {
                chain: chain(Side::Home),
                address: SIGNER,
                next: self.next,
                gaps: BTreeMap::new(),
            }],
            messages: vec![MessageRow {
                chain: chain(Side::Home),
                contract: CONTRACT,
                first: 0,
                highest: self.messages.checked_sub(1),
                distinct: self.messages,
                rows: self.messages,
            }],
            constraints: self.constraints.clone(),
            outflows: BTreeMap::from([((asset(), name("day")), left)]),
        }
    }

    fn answer(&self, side: Side, (endpoint, operator, behaviour): (&str, &str, Endpoint)) -> Answer {
        let mut reading = self.reading(side);
        let head = self.heads[index(side)];
        let pending = if side == Side::Home { BTreeMap::from([(SIGNER, self.pending)]) } else { BTreeMap::new() };
        match behaviour {
            Endpoint::Honest | Endpoint::Silent => {}
            Endpoint::Lying => {
                reading.values.values_mut().for_each(|value| *value = U256::from(666));
                reading.events.clear();
            }
        }
        let said = match behaviour {
            Endpoint::Honest | Endpoint::Lying => Said::Reading { head, final_height: head, pending, reading },
            Endpoint::Silent => Said::Nothing(Gap::new(Reason::NoQuorum, endpoint, "timeout")),
        };
        Answer { endpoint: name(endpoint), operator: name(operator), said }
    }

    fn reading(&self, side: Side) -> Reading {
        let mark = self.marks[index(side)];
        let balance = self.balances.iter().filter(|(of, height, _)| *of == side && *height <= mark);
        let balance: i128 = balance.map(|(_, _, amount)| amount).sum();
        let term = if side == Side::Home { terms::CUSTODY } else { terms::SUPPLY };
        let known = self.checkpoint.as_ref().and_then(|checkpoint| checkpoint.chains.get(&chain(side)));
        // As the service asks: what is below the checkpoint is known or never will be.
        let from = known.map_or(0, |at| at.height);
        let here = self.events.iter().filter(|(of, event, _)| *of == side && (event.height > from || known.is_none()));
        let here = here.filter(|(_, event, _)| event.height <= mark);
        let home = side == Side::Home;
        Reading {
            hash: hash(side, mark, self.forks[index(side)]),
            checkpoint_hash: known.map(|at| hash(side, at.height, self.forks[index(side)])),
            values: BTreeMap::from([((asset(), name(term)), units(balance))]),
            nonces: home.then_some((SIGNER, self.mined)).into_iter().collect(),
            counters: home.then_some((CONTRACT, self.messages)).into_iter().collect(),
            roots: BTreeMap::new(),
            slots: if home { self.slots.clone() } else { BTreeMap::new() },
            events: here.map(|(_, event, _)| event.clone()).collect(),
        }
    }
}

fn rules() -> Rules {
    let (home, remote) = (chain(Side::Home), chain(Side::Remote));
    let tolerance = Tolerance::of_units(units(TOLERANCE));
    let bridge = Bridge { asset: asset(), home: home.clone(), remote: remote.clone(), tolerance };
    let rule = ChainRule { quorum: 2, max_lag: 1_000, first_block: 0 };
    Rules {
        equations: preset::equations(Preset::LockMint, &bridge),
        routes: BTreeMap::from([(asset(), Route { home: home.clone(), remote: remote.clone() })]),
        chains: BTreeMap::from([(home.clone(), rule), (remote, rule)]),
        matching_bound: BOUND,
        nonces: NonceRule { settle_ms: 2_000, limit_ms: 600_000 },
        constraints: BTreeSet::from([name("settlement_batch_root")]),
        slots: BTreeMap::from([(name("keeper"), SlotRule { chain: home, value: KEEPER })]),
        velocity: vec![Cap {
            asset: asset(),
            window: name("day"),
            amount: Some(units(500 * TOKEN)),
            share_ppm: Some(900_000),
        }],
        consequences: BTreeMap::new(),
    }
}

/// Never negative in a test that means what it says.
pub(crate) fn units(amount: i128) -> U256 {
    U256::from(u128::try_from(amount).unwrap())
}

const fn index(side: Side) -> usize {
    match side {
        Side::Home => 0,
        Side::Remote => 1,
    }
}

/// What was found that halts.
pub(crate) fn halting(evaluation: &Evaluation) -> BTreeSet<(Code, Detail)> {
    let halting = evaluation.findings.iter().filter(|finding| finding.consequence.halts());
    halting.map(|finding| (finding.code, finding.detail)).collect()
}
