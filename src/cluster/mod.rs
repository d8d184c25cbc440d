//! Topic and broker settings: names, types, defaults, validation.

mod log_config;

pub use self::log_config::{CompressionType, LogConfig, TimestampType};
