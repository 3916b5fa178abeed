//! The rules of the house, read from manifests and sources as text. Each failure lists every place.

mod arrows;
mod dashboards;
mod dependencies;
mod documents;
mod domain;
mod files;
mod manifests;
mod metrics;
mod observability;
mod promql;
mod readmes;
mod repository;
mod requirements;
mod rust;
mod scripts;
mod waits;
