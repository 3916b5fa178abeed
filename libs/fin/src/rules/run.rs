//! Which rules a message type has.

use super::{context::Context, orders, payments, securities, statements};
use crate::{Message, Variant, finding::Finding, layout::Outline};

/// Runs the rules of the message's type over a message that follows its layout.
pub(crate) fn run(message: &Message<'_>, outline: &Outline<'_, '_>, findings: &mut Vec<Finding>) {
    let mut context = Context { message, root: outline.root(), findings };
    match message.message_type().unwrap_or_default() {
        "101" => orders::request_for_transfer(&mut context),
        "103" => payments::customer_transfer(&mut context),
        "202" | "205" => orders::bank_transfer(&mut context, message.variant() == Variant::Cover),
        "210" => orders::notice_to_receive(&mut context),
        "910" => statements::confirmation_of_credit(&mut context),
        "940" | "950" => statements::statement(&mut context),
        "942" => statements::interim_report(&mut context),
        "540" | "541" | "542" | "543" => securities::instruction(&mut context),
        "544" | "545" | "546" | "547" => securities::confirmation(&mut context),
        "548" => securities::status(&mut context),
        "535" => securities::holdings(&mut context),
        other => match other.get(1..) {
            Some("92") => statements::cancellation(&mut context),
            Some("96") => statements::answer(&mut context),
            _ => {}
        },
    }
}
