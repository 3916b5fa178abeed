//! The gRPC face: the service's own calls, and the operators'.

mod actions;
mod convert;
mod keep;
mod request;
mod status;
mod steps;
mod tokenization;
mod watch;

pub(crate) use self::{
    actions::Actions,
    steps::Steps,
    tokenization::{METHODS, Tokenization},
};
