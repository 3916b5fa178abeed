//! The shapes of the domain's own values: fields in the order that stands here, choices by their tags. Changing anything
//! is a new version of what contains it.

use super::{Canonical, Malformed, Reader};
use crate::domain::{
    checkpoint::Checkpoint,
    equation::{Equation, Relation, Side, Source, Term},
    evaluate::{Balance, ChainStanding, Evaluation, Verdict},
    evidence::{
        AccountRow, Answer, Approved, BatchRow, Books, Correction, Event, EventKind, Evidence, MessageRow,
        ProofOutcome, ProofRow, Reading, Said, Seen, Watermark,
    },
    finding::{Consequence, Finding, Gap},
    latch::HaltId,
    matching::{Leg, Pairing},
    quantity::Tolerance,
    resume::{Kind, Plan},
    rules::{ChainRule, NonceRule, Route, Rules, SlotRule},
    velocity::Cap,
};

macro_rules! records {
    ($($type:ident { $($field:ident),* $(,)? })*) => {
        $(impl Canonical for $type {
            fn write(&self, out: &mut Vec<u8>) {
                let Self { $($field),* } = self;
                $($field.write(out);)*
            }

            fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
                // Fields are read in the order in which they are written here.
                Ok(Self { $($field: Canonical::read(input)?),* })
            }
        })*
    };
}

macro_rules! choices {
    ($($type:ident $what:literal { $($tag:literal => $variant:ident $({ $($field:ident),* })? $(( $item:ident ))?,)* })*) => {
        $(impl Canonical for $type {
            fn write(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $({ $($field),* })? $(( $item ))? => {
                        out.push($tag);
                        $($($field.write(out);)*)?
                        $($item.write(out);)?
                    })*
                }
            }

            fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
                match u8::read(input)? {
                    $($tag => Ok(Self::$variant
                        $({ $($field: Canonical::read(input)?),* })?
                        $(({ let $item = Canonical::read(input)?; $item }))?
                    ),)*
                    _ => Err(Malformed::Value { what: $what }),
                }
            }
        })*
    };
}

records! {
    Evidence { taken_at, books, chains, ledger, adjustments, checkpoint, approved }
    Approved { rules, slots, corrections }
    Correction { checkpoint, asset, term, difference }
    Watermark { height, hash }
    Books {
        watermarks, sums, terms, carried, last_batch, last_proof, batches, shared_deposits, proofs, accounts, messages, constraints, outflows,
    }
    BatchRow { row, number, root, chain, anchored_at, leaves }
    ProofRow { row, message, batch, root, chain, height, leaf, path, outcome }
    AccountRow { chain, address, next, gaps }
    MessageRow { chain, contract, first, highest, distinct, rows }
    Answer { endpoint, operator, said }
    Reading { hash, checkpoint_hash, values, nonces, counters, roots, slots, events }
    Event { kind, id, asset, amount, recipient, height, log_index, tx }
    Pairing { leg, id, events, waiting_since }
    Gap { reason, subject, detail }
    Finding { consequence, code, detail, check, subject, summary }
    Consequence { tier, mode, scope }
    Checkpoint { sequence, chains, sums, last_batch, last_proof, counters, nonces, rules, previous }
    Evaluation { verdict, findings, gaps, balances, chains, open, checkpoint }
    Balance { name, asset, delta, terms, holds }
    ChainStanding { chain, watermark, voters, dissenters }
    Rules { equations, routes, chains, matching_bound, nonces, constraints, slots, velocity, consequences }
    Route { home, remote }
    ChainRule { quorum, max_lag, first_block }
    NonceRule { settle_ms, limit_ms }
    SlotRule { chain, value }
    Cap { asset, window, amount, share_ppm }
    Equation { name, asset, left, relation, right, above, below, explanation }
    Term { name, source, coefficient }
    Side { detail, tolerance, consequence }
    Plan { halt, evidence, kind, text }
}

choices! {
    Said "answer" {
        0 => Reading { head, final_height, pending, reading },
        1 => Nothing(gap),
    }
    ProofOutcome "outcome of a proof" {
        0 => Accepted,
        1 => Rejected,
    }
    EventKind "kind of event" {
        0 => Deposit,
        1 => Mint,
        2 => Burn,
        3 => Release,
    }
    Kind "kind of resume" {
        0 => Resume,
        1 => Release,
    }
    Leg "leg" {
        0 => Inbound,
        1 => Outbound,
    }
    Verdict "verdict" {
        0 => Pass,
        1 => Violation { code, detail, scopes },
        2 => Indeterminate { reason },
    }
    Source "source of a term" {
        0 => Books(chain),
        1 => Chain(chain),
        2 => InFlight,
        3 => Adjustment,
    }
    Relation "relation" {
        0 => Equal,
        1 => AtMost,
        2 => AtLeast,
    }
}

impl<T: Canonical> Canonical for Seen<T> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Known(value) => {
                out.push(0);
                value.write(out);
            }
            Self::Missing(gap) => {
                out.push(1);
                gap.write(out);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        match u8::read(input)? {
            0 => T::read(input).map(Self::Known),
            1 => Gap::read(input).map(Self::Missing),
            _ => Err(Malformed::Value { what: "sight" }),
        }
    }
}

impl Canonical for HaltId {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.get().to_be_bytes());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        input.array().map(u128::from_be_bytes).map(Self::new)
    }
}

impl Canonical for Tolerance {
    fn write(&self, out: &mut Vec<u8>) {
        self.units().write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        Canonical::read(input).map(Self::of_units)
    }
}
