//! A running klamm, and a client small enough to send anything.
//!
//! Shared by the test programs; each uses a part of it.
#![allow(dead_code, reason = "each test program uses a part")]

pub mod client;
pub mod http;
pub mod klamm;
