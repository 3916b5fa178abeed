//! Messages of any family, driven step by step over the real contracts.

use alloy::primitives::Bytes;
use causeway_testkit::{
    ccip::{Behaviour, Family, Order, Send, Sender, Sent, Side, State, private::Relayed},
    monitor::lane_name,
};

use super::stage::Stage;

/// All of them.
pub(super) const FAMILIES: [Family; 4] = [Family::Private, Family::V1_5, Family::V1_6, Family::V2_0];

/// A message on its way.
pub(super) struct Message {
    family: Family,
    from: Side,
    /// As REST takes it.
    pub(super) id: String,
    way: Way,
}

enum Way {
    Relayed(Relayed),
    Ramped(Sent),
}

impl Message {
    /// The lane's name.
    pub(super) fn lane(&self) -> String {
        lane_name(self.family, self.from)
    }

    /// Its send, as 0x text.
    pub(super) fn tx(&self) -> String {
        match &self.way {
            Way::Relayed(relayed) => relayed.transaction.hash.to_string(),
            Way::Ramped(sent) => sent.transaction.hash.to_string(),
        }
    }

    /// Its place on the lane; 0 where messages are not counted.
    pub(super) fn sequence(&self) -> u64 {
        match &self.way {
            Way::Relayed(_) => 0,
            Way::Ramped(sent) => sent.sequence_number,
        }
    }

    /// As its relayer has it.
    pub(super) fn relayed(&self) -> &Relayed {
        match &self.way {
            Way::Relayed(relayed) => relayed,
            Way::Ramped(_) => panic!("{} is of a ramp", self.id),
        }
    }
}

impl Stage {
    /// Sends a text to the receiver on the other chain.
    pub(super) async fn send(&self, family: Family, from: Side, text: &str) -> Message {
        let world = &self.world.ccip;
        let receiver = world.chain(from.other()).tokens.receiver;
        let data = Bytes::copy_from_slice(text.as_bytes());
        let send = Send { order: Order::Free, ..Send::new(receiver, data.clone()) };
        let way = match family {
            Family::Private => {
                Way::Relayed(world.private(from).send(Sender::Contract, receiver, data).await.expect("a send"))
            }
            Family::V1_5 => Way::Ramped(world.v1_5(from).send(&send).await.expect("a send")),
            Family::V1_6 => Way::Ramped(world.v1_6(from).send(&send).await.expect("a send")),
            Family::V2_0 => Way::Ramped(world.v2_0(from).send(&send).await.expect("a send")),
        };
        let id = match &way {
            Way::Relayed(relayed) => relayed.message_id,
            Way::Ramped(sent) => sent.message_id,
        };
        Message { family, from, id: id.to_string(), way }
    }

    /// Reports everything that was sent on the message's lane; nothing where there are no reports.
    pub(super) async fn commit(&self, message: &Message) {
        let world = &self.world.ccip;
        match message.family {
            Family::V1_5 => drop(world.v1_5(message.from).commit_all().await.expect("a report")),
            Family::V1_6 => drop(world.v1_6(message.from).commit_all().await.expect("a report")),
            Family::Private | Family::V2_0 => {}
        }
    }

    /// Executes as those do whose task it is; a receiver may fail in it.
    pub(super) async fn execute(&self, message: &Message) -> State {
        let world = &self.world.ccip;
        let executed = match &message.way {
            Way::Relayed(relayed) => {
                world.private(message.from).execute(relayed).await.expect("an execution");
                return State::Success;
            }
            Way::Ramped(sent) => match message.family {
                Family::V1_5 => world.v1_5(message.from).execute(&[sent.sequence_number]).await,
                Family::V1_6 => world.v1_6(message.from).execute(&[sent.sequence_number]).await,
                Family::Private | Family::V2_0 => world.v2_0(message.from).execute(sent, None).await,
            },
        };
        executed.expect("an execution").outcomes[0].state
    }

    /// A message from its send to its execution.
    pub(super) async fn deliver(&self, family: Family, from: Side, text: &str) -> Message {
        let message = self.send(family, from, text).await;
        self.commit(&message).await;
        assert_eq!(self.execute(&message).await, State::Success);
        message
    }

    /// Tells the receivers of both chains what to do from now on.
    pub(super) async fn receivers(&self, behaviour: &Behaviour) {
        for side in [Side::Home, Side::Away] {
            self.world.ccip.chain(side).tell_receiver(behaviour).await.expect("it listens");
        }
    }
}
