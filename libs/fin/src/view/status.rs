//! MT548: what became of a settlement instruction.

use super::{
    Error,
    read::{part, root},
    settlement::reference,
};
use crate::{Part, Sequence, Validation};

/// Why a status is as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason<'a> {
    /// The qualifier of 24B: `PEND`, `PENF`, `REJT`, `NMAT` and so on.
    pub kind: &'a str,
    /// The code of 24B.
    pub code: &'a str,
    /// 70D::REAS, line ends as they stand.
    pub narrative: Option<&'a str>,
}

/// A status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status<'a> {
    /// The qualifier of 25D: `MTCH`, `SETT`, `IPRC`, `CPRC` and so on.
    pub kind: &'a str,
    /// The code of 25D.
    pub code: &'a str,
    /// Why.
    pub reasons: Vec<Reason<'a>>,
}

/// A status advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusAdvice<'a> {
    /// 20C::SEME
    pub reference: &'a str,
    /// 23G: `INST`, or `CAST` for a cancellation.
    pub function: &'a str,
    /// References of other messages: qualifier and reference, `RELA` the instruction.
    pub links: Vec<(&'a str, &'a str)>,
    /// One or more.
    pub statuses: Vec<Status<'a>>,
}

impl<'a> StatusAdvice<'a> {
    /// # Errors
    /// [`Error::Type`] for another message, [`Error::Invalid`] when validation found something.
    pub fn read(validation: &Validation<'_, 'a>) -> Result<Self, Error> {
        let general = root(validation, &["548"])?.child("GENL").ok_or(Error::Field("GENL"))?;
        Ok(Self {
            reference: part(general.qualified(20, "SEME"), Part::Reference).ok_or(Error::Field("20C"))?,
            function: part(general.get("23G"), Part::Code).ok_or(Error::Field("23G"))?,
            links: general.children("LINK").filter_map(|link| reference(link.numbered(20)?)).collect(),
            statuses: general
                .children("STAT")
                .map(|status| read(&status))
                .collect::<Option<_>>()
                .ok_or(Error::Field("25D"))?,
        })
    }
}

fn read<'a>(sequence: &Sequence<'_, '_, 'a>) -> Option<Status<'a>> {
    let status = sequence.get("25D")?;
    let reasons = sequence.children("REAS").map(|reason| {
        let code = reason.get("24B")?;
        let narrative = part(reason.get("70D"), Part::Narrative);
        Some(Reason { kind: code.qualifier()?, code: part(Some(code), Part::Code)?, narrative })
    });
    Some(Status {
        kind: status.qualifier()?,
        code: part(Some(status), Part::Code)?,
        reasons: reasons.collect::<Option<_>>()?,
    })
}
