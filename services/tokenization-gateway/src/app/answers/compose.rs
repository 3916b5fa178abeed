//! Which answers a step causes.

use causeway_identifiers::Bic;
use causeway_iso20022::DraftError;
use causeway_primitives::Timestamp;

use super::{cash, securities, status};
use crate::{
    adapters::store::NewAnswer,
    domain::{
        identity::Role,
        request::{Origin, Request},
        saga::Answer,
    },
};

/// Writes answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Composer {
    own: Option<Bic>,
}

impl Composer {
    /// In the name of this bank; `None`: FIN messages are answered in ISO 20022.
    pub const fn new(own: Option<Bic>) -> Self {
        Self { own }
    }

    /// Everything that is told of one request. What became of a whole payment message is told once, when none of its
    /// transactions is open: see [`super::report`]. Whoever called directly asks for the state of his request instead.
    ///
    /// # Errors
    /// [`DraftError`] when a stored text cannot stand in XML, which no text of a valid message is.
    pub fn compose(&self, request: &Request, answer: Answer, at: Timestamp) -> Result<Vec<NewAnswer>, DraftError> {
        let Some(origin) = &request.origin else { return Ok(Vec::new()) };
        let ends = self.ends(origin);
        match (origin.role, answer) {
            (Role::CustomerTransfer | Role::BankTransfer | Role::Initiation, Answer::Pending(_)) => {
                Ok(vec![status::pending(request, origin, answer, at)?])
            }
            (Role::CustomerTransfer | Role::BankTransfer | Role::Initiation, Answer::Settled) => {
                cash::moved(request, origin, ends.as_ref(), at)
            }
            (
                Role::CustomerTransfer | Role::BankTransfer | Role::Initiation,
                Answer::Rejected(_) | Answer::Failed(_),
            ) => Ok(Vec::new()),
            (Role::Settlement | Role::SettlementConfirmation, _) => {
                Ok(vec![securities::status(request, origin, ends.as_ref(), answer)?])
            }
        }
    }

    /// Us and the sender of a FIN message, as terminals; `None` when the answer is not FIN.
    fn ends(&self, origin: &Origin) -> Option<Ends> {
        let (own, sender) = (self.own?, origin.sender.parse::<Bic>().ok()?);
        let is_fin = origin.message_type.starts_with("MT");
        is_fin.then(|| Ends { us: terminal(own, 'A'), sender: terminal(sender, 'X'), bic: sender })
    }
}

/// Who writes to whom.
pub(super) struct Ends {
    pub(super) us: String,
    pub(super) sender: String,
    /// The sender of the message that is answered.
    pub(super) bic: Bic,
}

/// A BIC with the code of a terminal in its ninth place; `X` stands for whichever the receiver has.
fn terminal(bic: Bic, code: char) -> String {
    let text = bic.to_string();
    let (bank, branch) = text.split_at_checked(8).unwrap_or((&text, ""));
    format!("{bank}{code}{}", if branch.is_empty() { "XXX" } else { branch })
}

#[cfg(test)]
pub(super) mod samples {
    //! Requests that came in messages.

    use super::*;
    use crate::domain::{
        instruction::Kind,
        request::{MessageId, samples::request},
    };

    pub(crate) fn came_in(message_type: &str, role: Role, kind: Kind) -> Request {
        let mut request = request(kind);
        request.amount = match role {
            Role::Settlement | Role::SettlementConfirmation => "US0378331005 10".to_owned(),
            Role::CustomerTransfer | Role::BankTransfer | Role::Initiation => "EUR 1234.50".to_owned(),
        };
        request.origin = Some(Origin {
            message: MessageId::new(7),
            message_type: message_type.to_owned(),
            message_reference: "PAY-1".to_owned(),
            position: 1,
            role,
            sender: "BANKBEBB".to_owned(),
            reference: "PAY-1".to_owned(),
            end_to_end: None,
            uetr: Some("174c245f-2682-4291-ad67-2a41e530cd27".to_owned()),
            accounts: [Some("BE71096123456769".to_owned()), Some("DE89370400440532013000".to_owned())],
        });
        request
    }
}

#[cfg(test)]
mod tests {
    use causeway_fin::view::{Advice, StatusAdvice};

    use super::{samples::came_in, *};
    use crate::domain::{
        authorise::Refusal,
        instruction::Kind,
        saga::{Hold, Rejection},
    };

    fn kinds(composer: Composer, request: &Request, answer: Answer) -> Vec<String> {
        let answers = composer.compose(request, answer, request.created_at).unwrap();
        answers.into_iter().map(|answer| answer.message_type).collect()
    }

    #[test]
    fn tok_4_tok_5_each_standard_is_answered_in_its_own_words() {
        let ours = Composer::new(Some("BANKUS33XXX".parse().unwrap()));
        let pending = Answer::Pending(Hold::Approval);
        let refused = Answer::Rejected(Rejection::Rule(Refusal::Zero));
        let fin = came_in("MT103", Role::CustomerTransfer, Kind::Mint);
        assert_eq!(kinds(ours, &fin, pending), ["pacs.002.001.10"]);
        assert_eq!(kinds(ours, &fin, Answer::Settled), ["camt.054.001.08", "MT910"]);
        assert_eq!(kinds(Composer::default(), &fin, Answer::Settled), ["camt.054.001.08"]);
        assert_eq!(kinds(ours, &fin, refused), [""; 0], "told of the whole message");
        let iso = came_in("pacs.008.001.08", Role::CustomerTransfer, Kind::Mint);
        assert_eq!(kinds(ours, &iso, Answer::Settled), ["camt.054.001.08"]);
        for answer in [pending, refused, Answer::Settled] {
            let fin = came_in("MT541", Role::Settlement, Kind::Mint);
            assert_eq!(kinds(ours, &fin, answer), ["MT548"]);
            let iso = came_in("sese.023.001.09", Role::Settlement, Kind::Redeem);
            assert_eq!(kinds(ours, &iso, answer), ["sese.024.001.10"]);
        }
    }

    #[test]
    fn tok_5_an_advice_says_whose_account_what_and_for_which_payment() {
        let ours = Composer::new(Some("BANKUS33".parse().unwrap()));
        let request = came_in("MT103", Role::CustomerTransfer, Kind::Mint);
        let answers = ours.compose(&request, Answer::Settled, request.created_at).unwrap();
        let text = &answers.last().unwrap().content;
        let message = causeway_fin::parse(text.as_bytes()).unwrap();
        let validation = causeway_fin::validate(&message);
        let advice = Advice::read(&validation).unwrap();
        assert_eq!(advice.related, "PAY-1");
        assert_eq!(advice.account, "DE89370400440532013000");
        assert_eq!(advice.amount.value().to_string(), "1234.50");
        assert!(text.starts_with("{1:F01BANKUS33AXXX0000000000}{2:I910BANKBEBBXXXXN}"), "{text}");
    }

    #[test]
    fn tok_5_a_status_names_the_instruction_and_why() {
        let ours = Composer::new(Some("BANKUS33".parse().unwrap()));
        let request = came_in("MT542", Role::Settlement, Kind::Redeem);
        let told = |answer| {
            let answers = ours.compose(&request, answer, request.created_at).unwrap();
            answers[0].content.clone()
        };
        for (answer, status) in [
            (Answer::Pending(Hold::Books), ("SETT", "PEND", "PEND", "LACK")),
            (Answer::Pending(Hold::ValueDate), ("SETT", "PEND", "PEND", "FUTU")),
            (Answer::Rejected(Rejection::Rule(Refusal::HolderNotListed)), ("IPRC", "REJT", "REJT", "SAFE")),
        ] {
            let text = told(answer);
            let message = causeway_fin::parse(text.as_bytes()).unwrap();
            let validation = causeway_fin::validate(&message);
            let advice = StatusAdvice::read(&validation).unwrap();
            assert_eq!(advice.links, [("RELA", "PAY-1")]);
            let found = &advice.statuses[0];
            let reason = &found.reasons[0];
            assert_eq!((found.kind, found.code, reason.kind, reason.code), status);
        }
    }
}
