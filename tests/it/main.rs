//! The program as a client sees it: real sockets, real files, requests of an independent
//! implementation of the protocol.

#![allow(unreachable_pub, reason = "nobody depends on a test")]

#[path = "../support/mod.rs"]
mod support;

mod cli;
mod connect;
mod console;
mod explain;
mod fetch;
mod frames;
mod learn;
mod metrics;
mod produce;
mod requests;
mod sink;
