//! A message: its blocks in their order, and the questions that are asked of every message.

use std::fmt;

use causeway_identifiers::Uetr;

use crate::block::{ApplicationHeader, BasicHeader, Field, LogicalTerminal, SubBlocks, Text};

/// What a block holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body<'a> {
    Basic(BasicHeader<'a>),
    Application(ApplicationHeader<'a>),
    List(SubBlocks<'a>),
    Text(Text<'a>),
}

/// A block with its name and the blanks before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block<'a> {
    pub(crate) gap: &'a str,
    pub(crate) id: char,
    pub(crate) body: Body<'a>,
}

/// Which rules a payment follows beside those of its type: tag 119 of block 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// None: the core rules.
    Core,
    /// `STP`: straight-through processing (MT102, MT103).
    Stp,
    /// `REMIT`: with structured remittance in 77T (MT103).
    Remit,
    /// `COV`: cover of a customer transfer (MT202, MT205).
    Cover,
    /// Another flag, such as `RFDD`; nothing is checked for it.
    Other,
}

/// Whether the network took what it was given: service message 21.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledgement<'a> {
    /// Tag 451 is `0`.
    Accepted,
    /// Tag 451 is `1`; the reason is tag 405: a code and perhaps a line, as in `T13057`.
    Refused {
        /// Empty when the network gave none.
        reason: &'a str,
    },
}

/// One FIN message, borrowed from the input. Written with `Display` it is the input again, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    pub(crate) basic: BasicHeader<'a>,
    pub(crate) blocks: Vec<Block<'a>>,
}

impl<'a> Message<'a> {
    /// Block 1.
    pub const fn basic(&self) -> &BasicHeader<'a> {
        &self.basic
    }

    /// Block 2; service messages have none.
    pub fn application(&self) -> Option<&ApplicationHeader<'a>> {
        self.blocks.iter().find_map(|block| match &block.body {
            Body::Application(header) => Some(header),
            Body::Basic(_) | Body::List(_) | Body::Text(_) => None,
        })
    }

    /// A block that is a list of tags: 3, 5, `S` and other additions, and 4 of a system message.
    pub fn list(&self, id: char) -> Option<&SubBlocks<'a>> {
        self.blocks.iter().filter(|block| block.id == id).find_map(|block| match &block.body {
            Body::List(list) => Some(list),
            Body::Basic(_) | Body::Application(_) | Body::Text(_) => None,
        })
    }

    /// Block 4 of a user message.
    pub fn text(&self) -> Option<&Text<'a>> {
        self.blocks.iter().find_map(|block| match &block.body {
            Body::Text(text) => Some(text),
            Body::Basic(_) | Body::Application(_) | Body::List(_) => None,
        })
    }

    /// The fields of block 4, none when there is no such text.
    pub fn fields(&self) -> &[Field<'a>] {
        self.text().map_or(&[], Text::fields)
    }

    /// Three digits, `103`; `None` for a message without block 2.
    pub fn message_type(&self) -> Option<&'a str> {
        self.application().map(ApplicationHeader::message_type)
    }

    /// Who sent it: block 1 of an input message, the input reference of an output message.
    pub fn sender(&self) -> Option<LogicalTerminal<'a>> {
        match self.application()? {
            ApplicationHeader::Input { .. } => Some(self.basic.terminal),
            ApplicationHeader::Output { sender, .. } => Some(*sender),
        }
    }

    /// To whom: block 2 of an input message, block 1 of an output message and of what the network itself says.
    pub fn receiver(&self) -> Option<LogicalTerminal<'a>> {
        match self.application() {
            Some(ApplicationHeader::Input { receiver, .. }) => Some(*receiver),
            Some(ApplicationHeader::Output { .. }) | None => Some(self.basic.terminal),
        }
    }

    /// The UETR of tag 121, as it stands; [`crate::validate`] says whether it is one.
    pub fn uetr_text(&self) -> Option<&'a str> {
        self.list('3')?.get("121")
    }

    /// The UETR, when there is one and it is right.
    pub fn uetr(&self) -> Option<Uetr> {
        self.uetr_text()?.parse().ok()
    }

    /// The sender's own reference of the message, tag 108; in a message of the network, that of the one it is about.
    pub fn user_reference(&self) -> Option<&'a str> {
        self.list('3').or_else(|| self.list('4'))?.get("108")
    }

    /// Tag 119.
    pub fn variant(&self) -> Variant {
        match self.list('3').and_then(|list| list.get("119")) {
            None => Variant::Core,
            Some("STP") => Variant::Stp,
            Some("REMIT") => Variant::Remit,
            Some("COV") => Variant::Cover,
            Some(_) => Variant::Other,
        }
    }

    /// The sender says that it may have sent this before (trailer `PDE`): a candidate for a duplicate, not one.
    pub fn is_possible_duplicate_emission(&self) -> bool {
        self.trailer("PDE").is_some()
    }

    /// The network says that it may have delivered this before (trailer `PDM`).
    pub fn is_possible_duplicate_message(&self) -> bool {
        self.trailer("PDM").is_some()
    }

    /// Test and training: trailer `TNG`, or an address whose eighth character is `0`. Moves no money, ever.
    pub fn is_training(&self) -> bool {
        let addresses = [Some(self.basic.terminal), self.sender(), self.receiver()];
        self.trailer("TNG").is_some() || addresses.into_iter().flatten().any(LogicalTerminal::is_test)
    }

    fn trailer(&self, label: &str) -> Option<&'a str> {
        self.list('5')?.get(label)
    }

    /// Of a service message 21: whether the network took the message.
    pub fn acknowledgement(&self) -> Option<Acknowledgement<'a>> {
        let list = self.list('4').filter(|_| self.basic.is_acknowledgement())?;
        match list.get("451")? {
            "0" => Some(Acknowledgement::Accepted),
            _ => Some(Acknowledgement::Refused { reason: list.get("405").unwrap_or_default() }),
        }
    }
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Block { gap, id, body } in &self.blocks {
            write!(f, "{gap}{{{id}:")?;
            match body {
                Body::Basic(header) => write!(f, "{header}}}")?,
                Body::Application(header) => write!(f, "{header}}}")?,
                Body::List(list) => write!(f, "{list}}}")?,
                Body::Text(text) => write!(f, "{text}}}")?,
            }
        }
        Ok(())
    }
}
