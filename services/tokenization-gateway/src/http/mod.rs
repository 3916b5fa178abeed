//! The REST face: messages and instructions in, requests and books out.

mod door;
mod dto;
mod orders;
mod problem;
mod routes;

pub(crate) use self::{
    door::Door,
    routes::{Api, router},
};
