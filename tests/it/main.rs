//! The program as a client sees it: real sockets, real files, requests of an independent
//! implementation of the protocol.

#[path = "../support/mod.rs"]
mod support;

mod fetch;
mod frames;
mod produce;
mod requests;
