//! A shop's service with segue inside.
//!
//! - [`customer`]: the shop's own types, as rules read them; [`till`] stands for a crate of another team.
//! - [`shop`]: what becomes of an entry: the engine, saved by what has changed.
//! - [`store`]: the database.
//! - [`server`]: connections, the present, the rule file, and sending.
//!
//! `docs/service.md` of the project walks through it.

pub mod config;
pub mod customer;
pub mod server;
pub mod shop;
pub mod store;
pub mod till;
