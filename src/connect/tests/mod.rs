//! The connector's rules as facts. The vectors are the connector's own behaviour, expressed anew.

mod crash;
mod rotation_vectors;
mod values;
mod world;
