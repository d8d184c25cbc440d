//! The connector's rules as facts. The vectors are the connector's own behaviour, expressed anew.

mod compatibility;
mod crash;
mod formats;
mod memory;
mod rotation_vectors;
mod running;
mod values;
mod world;
