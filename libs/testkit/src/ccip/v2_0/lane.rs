//! One direction of 2.0: send, attest, execute.

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};

use super::contracts::VERSION_TAG;
use crate::ccip::{
    Chain, Error, Executed, Outcome, Role, Send, Sent, State, Subject, Transaction,
    abi::v2_0::{
        OffRamp::{self, ExecutionStateChanged},
        OnRamp::{self, CCIPMessageSent},
        Rmn,
    },
    client::Route,
    oracles::Oracles,
    transact::{Call, attempt, emitted, history, read, transact},
};

/// From one chain to the other.
#[derive(Debug, Clone, Copy)]
pub struct Lane<'a> {
    source: &'a Chain,
    destination: &'a Chain,
}

/// Where the message number stands in an encoded message: behind the version and the two selectors.
const NUMBER: std::ops::Range<usize> = 17..25;

impl<'a> Lane<'a> {
    pub(in crate::ccip) const fn new(source: &'a Chain, destination: &'a Chain) -> Self {
        Self { source, destination }
    }

    const fn off_ramp(&self) -> Address {
        self.destination.v2_0.off_ramp
    }

    const fn route(&self) -> Route<'a> {
        Route { chain: self.source, router: self.source.v2_0.router, destination: self.destination.selector }
    }

    /// What the router asks for, in the fee token's smallest unit.
    ///
    /// # Errors
    /// [`Error::Chain`] when the router refuses the message. A cursed lane is still quoted.
    pub async fn fee(&self, send: &Send) -> Result<U256, Error> {
        self.route().fee(send).await
    }

    /// Sends through the router and pays exactly the fee. The message number stands where others have a sequence
    /// number; there is no nonce, and the fee is the sum of the receipts.
    ///
    /// # Errors
    /// As [`Lane::fee`]; [`Error::Reverted`]; [`Error::Id`] when the id is not the hash of the encoded message.
    pub async fn send(&self, send: &Send) -> Result<Sent, Error> {
        let transaction = self.route().send(send).await?;
        let silent = Error::Silent { what: "ccipSend", event: "CCIPMessageSent" };
        let (log_index, event) = {
            let events = emitted::<CCIPMessageSent>(&transaction, self.source.v2_0.on_ramp)?;
            let (log, event) = events.into_iter().next().ok_or(silent)?;
            (log.log_index.unwrap_or_default(), event)
        };
        let sequence_number = number(&event.encodedMessage);
        let (emitted, computed) = (event.messageId, keccak256(&event.encodedMessage));
        if emitted != computed {
            return Err(Error::Id { sequence_number, emitted, computed });
        }
        let fee = event.receipts.iter().fold(U256::ZERO, |sum, receipt| sum.saturating_add(receipt.feeTokenAmount));
        Ok(Sent { transaction, log_index, message_id: emitted, sequence_number, nonce: 0, fee })
    }

    /// Sends what the router may refuse, with so much native coin: the transaction is mined either way.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub async fn attempt_send(&self, send: &Send, native: U256) -> Result<Transaction, Error> {
        self.route().attempt(send, native).await
    }

    /// The number that the next message gets: one more than were sent.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Shape`].
    pub async fn next_to_send(&self) -> Result<u64, Error> {
        let call = OnRamp::getExpectedNextMessageNumberCall { destination: self.destination.selector };
        read(&self.source.anvil, self.source.v2_0.on_ramp, &call).await
    }

    /// Executes with the committee's signatures, again after a failure too. `gas` replaces the message's limit and
    /// must not be below it.
    ///
    /// # Errors
    /// [`Error::NotSent`]; [`Error::Reverted`] also when the receiver of a message that had failed fails again.
    pub async fn execute(&self, sent: &Sent, gas: Option<u32>) -> Result<Executed, Error> {
        let call = self.execute_call(sent, gas).await?;
        let transaction = transact(&self.destination.anvil, call).await?;
        self.executed(transaction)
    }

    /// As [`Lane::execute`], but a revert is no error: it is mined.
    ///
    /// # Errors
    /// [`Error::NotSent`] or [`Error::Chain`].
    pub async fn attempt(&self, sent: &Sent, gas: Option<u32>) -> Result<Transaction, Error> {
        let call = self.execute_call(sent, gas).await?;
        attempt(&self.destination.anvil, &call).await
    }

    async fn execute_call(&self, sent: &Sent, gas: Option<u32>) -> Result<Call, Error> {
        let indexed = [None, None, Some(sent.message_id)];
        let found = history::<CCIPMessageSent>(&self.source.anvil, self.source.v2_0.on_ramp, &indexed).await?;
        let (_, event) = found.into_iter().next().ok_or(Error::NotSent(sent.sequence_number))?;
        let call = OffRamp::executeCall {
            message: event.encodedMessage,
            verifiers: vec![self.destination.v2_0.resolver],
            results: vec![attestation(sent.message_id)?],
            gasOverride: gas.unwrap_or_default(),
        };
        Ok(Call::new(self.destination.account(Role::User), self.off_ramp(), &call))
    }

    fn executed(&self, transaction: Transaction) -> Result<Executed, Error> {
        let outcomes = emitted::<ExecutionStateChanged>(&transaction, self.off_ramp())?
            .into_iter()
            .map(|(_, event)| {
                Ok(Outcome {
                    sequence_number: event.messageNumber,
                    message_id: event.messageId,
                    message_hash: event.messageId,
                    state: State::from_number(event.state)?,
                    return_data: event.returnData,
                })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Executed { transaction, outcomes })
    }

    /// What the off-ramp says of a message.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Shape`].
    pub async fn state(&self, message_id: B256) -> Result<State, Error> {
        let call = OffRamp::getExecutionStateCall { messageId: message_id };
        State::from_number(read(&self.destination.anvil, self.off_ramp(), &call).await?)
    }

    /// The source's risk network curses the destination, or everything: sends revert.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Reverted`], as all of these.
    pub async fn curse_source(&self, subject: Subject) -> Result<Transaction, Error> {
        curse(self.source, subject, self.destination.selector).await
    }

    /// Lifts it.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn uncurse_source(&self, subject: Subject) -> Result<Transaction, Error> {
        uncurse(self.source, subject, self.destination.selector).await
    }

    /// The destination's risk network curses the source, or everything: executions revert.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn curse_destination(&self, subject: Subject) -> Result<Transaction, Error> {
        curse(self.destination, subject, self.source.selector).await
    }

    /// Lifts it.
    ///
    /// # Errors
    /// As [`Lane::curse_source`].
    pub async fn uncurse_destination(&self, subject: Subject) -> Result<Transaction, Error> {
        uncurse(self.destination, subject, self.source.selector).await
    }
}

async fn curse(chain: &Chain, subject: Subject, other: u64) -> Result<Transaction, Error> {
    chain.transact(Role::Owner, chain.v2_0.rmn, &Rmn::curseCall { subject: subject.of(other) }).await
}

async fn uncurse(chain: &Chain, subject: Subject, other: u64) -> Result<Transaction, Error> {
    chain.transact(Role::Owner, chain.v2_0.rmn, &Rmn::uncurseCall { subject: subject.of(other) }).await
}

fn number(message: &[u8]) -> u64 {
    message.get(NUMBER).map_or(0, |bytes| U256::from_be_slice(bytes).saturating_to())
}

/// The verifier's version, the length of the signatures, and the signatures over version and id.
fn attestation(message_id: B256) -> Result<Bytes, Error> {
    let digest = keccak256([VERSION_TAG.as_slice(), message_id.as_slice()].concat());
    let signatures = Oracles::new()?.sign_as_committee(digest)?;
    let length = u16::try_from(signatures.len()).unwrap_or(u16::MAX);
    Ok([VERSION_TAG.as_slice(), &length.to_be_bytes(), &signatures].concat().into())
}
