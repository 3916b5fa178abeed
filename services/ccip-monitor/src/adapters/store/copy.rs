//! Rows in the binary form of COPY: one message to the server for thousands of rows, without a plan for each.
//!
//! The format is PostgreSQL's "Binary Format" of COPY and the `*send` functions of its types.

use causeway_primitives::{Timestamp, U256};
use causeway_store::{Error, Transaction};

/// What stands before the rows: the signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();
const NULL: [u8; 4] = (-1_i32).to_be_bytes();
/// Milliseconds from 1970 to 2000, where PostgreSQL's times begin.
const EPOCH_MILLIS: i64 = 946_684_800_000;
const BYTEA: i32 = 17;
const NUMERIC: i32 = 1_700;
/// PostgreSQL's digits of NUMERIC are four decimal ones.
const DIGIT: u64 = 10_000;
/// The most digits that fit u64: four of them at a time.
const DIGITS_AT_ONCE: u64 = 10_000_000_000_000_000;

/// Rows of one table, encoded.
#[derive(Debug)]
pub(super) struct Rows {
    bytes: Vec<u8>,
    columns: i16,
    count: usize,
}

impl Rows {
    /// For rows of so many columns, of about so many bytes each.
    pub(super) fn new(columns: i16, rows: usize, width: usize) -> Self {
        let mut bytes = Vec::with_capacity(HEADER.len() + rows.saturating_mul(width));
        bytes.extend_from_slice(HEADER);
        Self { bytes, columns, count: 0 }
    }

    /// Begins a row; its columns follow in the order of the statement.
    pub(super) fn row(&mut self) -> &mut Self {
        self.count += 1;
        self.raw(&self.columns.to_be_bytes())
    }

    fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Lengths are of values that fit memory: a value of 2 GiB is refused by the server.
    fn length(&mut self, length: usize) -> &mut Self {
        self.raw(&i32::try_from(length).unwrap_or(i32::MAX).to_be_bytes())
    }

    pub(super) fn null(&mut self) -> &mut Self {
        self.raw(&NULL)
    }

    pub(super) fn i64(&mut self, value: i64) -> &mut Self {
        self.length(8).raw(&value.to_be_bytes())
    }

    pub(super) fn i32(&mut self, value: i32) -> &mut Self {
        self.length(4).raw(&value.to_be_bytes())
    }

    pub(super) fn i16(&mut self, value: i16) -> &mut Self {
        self.length(2).raw(&value.to_be_bytes())
    }

    pub(super) fn flag(&mut self, value: bool) -> &mut Self {
        self.length(1).raw(&[u8::from(value)])
    }

    pub(super) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.length(value.len()).raw(value)
    }

    pub(super) fn time(&mut self, value: Timestamp) -> &mut Self {
        let millis = i64::try_from(value.as_millis()).unwrap_or(i64::MAX).saturating_sub(EPOCH_MILLIS);
        self.i64(millis.saturating_mul(1_000))
    }

    pub(super) fn numeric(&mut self, value: U256) -> &mut Self {
        let (digits, count) = digits(value);
        let used = digits.get(..count).unwrap_or_default();
        self.length(8 + 2 * count);
        let size = i16::try_from(count).unwrap_or(i16::MAX);
        self.raw(&size.to_be_bytes()).raw(&size.saturating_sub(1).max(0).to_be_bytes()).raw(&[0; 4]);
        for digit in used.iter().rev() {
            self.raw(&digit.to_be_bytes());
        }
        self
    }

    /// A value, or NULL.
    pub(super) fn some<T>(&mut self, value: Option<T>, put: impl FnOnce(&mut Self, T) -> &mut Self) -> &mut Self {
        match value {
            Some(value) => put(self, value),
            None => self.null(),
        }
    }

    /// A one-dimensional array.
    fn array<T>(&mut self, kind: i32, values: &[T], put: impl Fn(&mut Self, &T)) -> &mut Self {
        let start = self.bytes.len();
        self.raw(&NULL);
        let dimensions = i32::from(!values.is_empty());
        self.raw(&dimensions.to_be_bytes()).raw(&0_i32.to_be_bytes()).raw(&kind.to_be_bytes());
        if !values.is_empty() {
            self.length(values.len()).raw(&1_i32.to_be_bytes());
        }
        for value in values {
            put(self, value);
        }
        let length = i32::try_from(self.bytes.len() - start - NULL.len()).unwrap_or(i32::MAX);
        if let Some(place) = self.bytes.get_mut(start..start + NULL.len()) {
            place.copy_from_slice(&length.to_be_bytes());
        }
        self
    }

    /// BYTEA[].
    pub(super) fn bytes_array<T>(&mut self, values: &[T], of: impl Fn(&T) -> &[u8]) -> &mut Self {
        self.array(BYTEA, values, |rows, value| {
            rows.bytes(of(value));
        })
    }

    /// NUMERIC[].
    pub(super) fn numeric_array<T>(&mut self, values: &[T], of: impl Fn(&T) -> U256) -> &mut Self {
        self.array(NUMERIC, values, |rows, value| {
            rows.numeric(of(value));
        })
    }

    /// Sends the rows. `statement` is a `COPY … FROM STDIN (FORMAT BINARY)`; nothing is sent when there is no row.
    pub(super) async fn copy(
        mut self,
        tx: &mut Transaction,
        name: &'static str,
        statement: &'static str,
    ) -> Result<(), Error> {
        if self.count == 0 {
            return Ok(());
        }
        self.raw(&TRAILER);
        let queries = tx.queries();
        queries
            .run(name, async {
                let mut sink = tx.copy_in_raw(statement).await?;
                sink.send(self.bytes.as_slice()).await?;
                sink.finish().await
            })
            .await
            .map(drop)
    }
}

/// Digits of base 10,000, lowest first, and how many: 20 hold 256 bits.
fn digits(value: U256) -> ([i16; 20], usize) {
    let mut digits = [0_i16; 20];
    let mut count = 0;
    let mut rest = value;
    let mut slots = digits.iter_mut();
    while !rest.is_zero() {
        let (quotient, low) = match u64::try_from(rest) {
            Ok(small) => (U256::from(small / DIGITS_AT_ONCE), small % DIGITS_AT_ONCE),
            Err(_) => {
                let (quotient, low) = rest.div_rem(U256::from(DIGITS_AT_ONCE));
                (quotient, low.saturating_to())
            }
        };
        rest = quotient;
        let mut low = low;
        for slot in slots.by_ref().take(4) {
            *slot = i16::try_from(low % DIGIT).unwrap_or(0);
            low /= DIGIT;
            count += 1;
            if low == 0 && rest.is_zero() {
                break;
            }
        }
    }
    (digits, count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rebuilt(value: U256) -> U256 {
        let (digits, count) = digits(value);
        digits[..count].iter().rev().fold(U256::ZERO, |sum, digit| {
            assert!((0..10_000).contains(digit));
            sum * U256::from(DIGIT) + U256::from(u64::try_from(*digit).unwrap())
        })
    }

    #[test]
    fn every_width_of_a_number_is_written_in_full() {
        for value in [U256::ZERO, U256::from(9_999), U256::from(10_000), U256::from(u64::MAX), U256::MAX] {
            assert_eq!(rebuilt(value), value);
        }
        assert_eq!(digits(U256::MAX).1, 20);
        assert_eq!(digits(U256::ZERO).1, 0);
        assert_eq!(
            digits(U256::from(DIGITS_AT_ONCE)),
            (
                {
                    let mut d = [0; 20];
                    d[4] = 1;
                    d
                },
                5
            )
        );
    }

    proptest! {
        #[test]
        fn a_number_is_the_sum_of_its_digits(limbs in any::<[u64; 4]>()) {
            let value = U256::from_limbs(limbs);
            prop_assert_eq!(rebuilt(value), value);
        }
    }
}
