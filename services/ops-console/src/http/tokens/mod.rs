//! Tokens as `tokenization-gateway` tells them: requests, one request's way with its postings and answers, and how books and
//! chain agree.

mod request;
mod requests;
mod row;

pub(super) use self::{request::request, requests::requests};
