//! The connector's rules as facts. The vectors are the connector's own behaviour, expressed anew.

mod compatibility;
mod crash;
mod formats;
mod memory;
mod naming_vectors;
mod remedies;
mod rotation_vectors;
mod running;
mod task_vectors;
mod values;
mod vectors;
mod world;
