//! Topic and broker settings: names, types, defaults, validation.

mod alter;
mod broker_config;
mod broker_keys;
mod config_key;
mod describe;
mod differences;
mod image;
mod log_config;
mod retired;
mod topic_config;
mod topic_name;

#[cfg(test)]
mod tests;

pub use self::alter::{
    AlterError, AlterOperation, Alteration, BrokerScope, DynamicConfig, Overrides, alter_broker,
    alter_topic, check_alterations, topic_overrides, validate_topic,
};
pub use self::broker_config::BrokerConfig;
pub use self::broker_keys::{
    BrokerKey, Treatment, UpdateMode, Why, broker_key, broker_keys, broker_keys_by_theme,
    klamm_keys,
};
pub use self::config_key::{Check, ConfigError, ConfigKey, ConfigType, Value, split_list};
pub use self::describe::{
    ConfigSource, Described, DescribedSynonym, describe_all_brokers, describe_broker,
    describe_topic,
};
pub use self::differences::{DIFFERENCES, Difference, Profile, default_of};
pub use self::image::{
    Change, ClusterImage, ConfigResource, ImageError, PartitionImage, TopicImage,
};
pub use self::log_config::{CompressionType, LogConfig, TimestampType};
pub use self::retired::{RETIRED_NAMES, RETIRED_PREFIXES, Retired, retired};
pub use self::topic_config::{Synonym, TOPIC_KEYS, TopicKey, topic_key};
pub use self::topic_name::{METADATA_TOPIC, TOPIC_NAME_BYTES_MAX, validate_topic_name};

#[cfg(test)]
mod image_tests;
