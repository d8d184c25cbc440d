//! klamm: a Kafka broker, the S3 sink that people run beside it and the S3
//! endpoint that the sink writes to, in one process.
//!
//! *Bytes become a frame, a frame a typed request, a request a call on the state
//! that owns the answer, the answer a typed response, the response bytes; nothing
//! flows back up, and only the outermost ring touches a socket, a file, a clock or
//! a random number.*
//!
//! The rooms, from the bottom up. A room uses only rooms below its own; the test
//! `tests/tidy.rs` holds this.
//!
//! | room | owns |
//! |---|---|
//! | [`base`] | ids, offsets, error codes, time as a value |
//! | [`wire`] | bytes to typed messages and back, generated from the message tables |
//! | [`record`] | record batches and their compression |
//! | [`cluster`] | topic and broker settings: names, types, defaults, validation |
//! | [`listener`] | what to bind, who is told which address, what is wrong with it |
//! | [`log`], [`group`] | one partition, one group coordinator: pure state machines |
//! | [`storage`] | the only code that touches the Kafka data directory |
//! | [`broker`] | the runtime: owns partitions, groups, waiting fetches, real time |
//! | [`api`] | one file per API key, and the table that ApiVersions is made from |
//! | [`server`], [`http`], [`connect`], [`s3`] | the edges |
//! | [`cli`] | flags, environment and files to a configuration; the commands |

pub mod base;

pub mod cluster;
pub mod listener;
pub mod record;
pub mod wire;

pub mod group;
pub mod log;

pub mod storage;

pub mod broker;

pub mod api;

pub mod connect;
pub mod http;
pub mod s3;
pub mod server;

pub mod cli;
