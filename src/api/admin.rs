//! What the handlers of the admin keys share.

use std::borrow::Cow;

use crate::broker::Refusal;
use crate::broker::configs::ConfigSource;

/// The permissions that anyone has on a topic where nothing is forbidden, a bit for each of
/// Kafka's `AclOperation`: READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS,
/// ALTER_CONFIGS.
pub(super) const TOPIC_OPERATIONS: i32 = 0b1101_1111_1000;
/// The same on the cluster: CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS,
/// ALTER_CONFIGS, IDEMPOTENT_WRITE.
pub(super) const CLUSTER_OPERATIONS: i32 = 0b1_1111_1010_0000;
/// Where the permissions were not asked for.
pub(super) const OPERATIONS_OMITTED: i32 = i32::MIN;

/// A refusal as response fields: code and text. The text is null where there is none.
pub(super) fn error<'r>(outcome: Result<(), Refusal>) -> (i16, Option<Cow<'r, str>>) {
    match outcome {
        Ok(()) => (0, None),
        Err(refusal) => (refusal.code.code(), refusal.message.map(Cow::Owned)),
    }
}

/// Kafka's number for where a value comes from.
pub(super) fn source(source: ConfigSource) -> i8 {
    match source {
        ConfigSource::DynamicTopic => 1,
        ConfigSource::DynamicBroker => 2,
        ConfigSource::DynamicDefaultBroker => 3,
        ConfigSource::StaticBroker => 4,
        ConfigSource::Default => 5,
    }
}
