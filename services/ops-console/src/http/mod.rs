//! The pages: what is known, made readable. No decision is made here. What services answer is put into views field by field,
//! each text made inert on the way (`adapters::wire`), and what the views hold is all that a template can show.

mod ages;
mod assets;
mod audit;
mod bridge;
mod change_new;
mod change_step;
mod changes;
mod charts;
mod error;
mod events;
mod guard;
mod live;
mod maintenance;
mod map;
mod marks;
mod messages;
mod oidc;
mod oracle;
mod overview;
mod page;
mod params;
mod posted;
mod refusal;
mod routes;
mod services;
mod show;
mod sign_in;
mod tokens;
mod unanswered;

pub(crate) use self::routes::{Pages, router};
