//! What the handlers of the admin keys share.

use std::borrow::Cow;

use crate::base::ErrorCode;
use crate::broker::Refusal;
use crate::broker::configs::ConfigTarget;

/// The permissions that anyone has on a topic where nothing is forbidden, a bit for each of
/// Kafka's `AclOperation`: READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS,
/// ALTER_CONFIGS.
pub(super) const TOPIC_OPERATIONS: i32 = 0b1101_1111_1000;
/// The same on the cluster: CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS,
/// ALTER_CONFIGS, IDEMPOTENT_WRITE.
pub(super) const CLUSTER_OPERATIONS: i32 = 0b1_1111_1010_0000;
/// Where the permissions were not asked for.
pub(super) const OPERATIONS_OMITTED: i32 = i32::MIN;

/// Kafka's numbers for kinds of resources (`ConfigResource.Type`).
pub(super) const TOPIC: i8 = 2;
pub(super) const BROKER: i8 = 4;
pub(super) const BROKER_LOGGER: i8 = 8;
pub(super) const CLIENT_METRICS: i8 = 16;
pub(super) const GROUP: i8 = 32;

/// The resource that a request names.
///
/// # Errors
/// A kind of resource that has no settings here.
pub(super) fn target(kind: i8, name: &str) -> Result<ConfigTarget<'_>, Refusal> {
    let named = match kind {
        TOPIC => return Ok(ConfigTarget::Topic(name)),
        BROKER => return Ok(ConfigTarget::Broker(name)),
        BROKER_LOGGER => "BROKER_LOGGER",
        CLIENT_METRICS => "CLIENT_METRICS",
        GROUP => "GROUP",
        _ => "UNKNOWN",
    };
    let text = format!("Unsupported resource type: {named}");
    Err(Refusal::new(ErrorCode::InvalidRequest, text))
}

/// Refuses a resource that is in a request more than once.
pub(super) fn named_once(
    resource: (i8, &str),
    all: impl Iterator<Item = (i8, impl AsRef<str>)>,
) -> Result<(), Refusal> {
    let is_same =
        |(kind, name): &(i8, _)| *kind == resource.0 && AsRef::<str>::as_ref(name) == resource.1;
    if all.filter(is_same).count() > 1 {
        let text = "Each resource must appear at most once.";
        return Err(Refusal::new(ErrorCode::InvalidRequest, text));
    }
    Ok(())
}

/// A refusal as response fields: code and text. The text is null where there is none.
pub(super) fn error<'r>(outcome: Result<(), Refusal>) -> (i16, Option<Cow<'r, str>>) {
    match outcome {
        Ok(()) => (0, None),
        Err(refusal) => (refusal.code.code(), refusal.message.map(Cow::Owned)),
    }
}

/// Kafka's words for UNKNOWN_TOPIC_OR_PARTITION, where it says them.
pub(super) const NOT_HOSTED: &str = "This server does not host this topic-partition.";

/// What Kafka says to changes of ACLs where no authorizer is configured.
pub(super) fn security_disabled<'r>() -> (i16, Option<Cow<'r, str>>) {
    let text = "No Authorizer is configured.";
    (ErrorCode::SecurityDisabled.code(), Some(Cow::Borrowed(text)))
}
