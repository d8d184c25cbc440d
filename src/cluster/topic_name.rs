//! What a topic may be called (`org.apache.kafka.common.internals.Topic`).

/// The longest name, in bytes.
pub const TOPIC_NAME_BYTES_MAX: usize = 249;

/// The topic of the metadata log, which no client may make or write.
pub const METADATA_TOPIC: &str = "__cluster_metadata";

/// Checks a name, with Kafka's words if it is refused.
///
/// # Errors
/// `Topic name is invalid: ...`, the text of an INVALID_TOPIC_EXCEPTION.
pub fn validate_topic_name(name: &str) -> Result<(), String> {
    let refused = |reason: String| Err(format!("Topic name is invalid: {reason}"));
    if name.is_empty() {
        return refused("the empty string is not allowed".to_owned());
    }
    if name == "." || name == ".." {
        return refused(format!("'{name}' is not allowed"));
    }
    if name.encode_utf16().count() > TOPIC_NAME_BYTES_MAX {
        return refused(format!(
            "the length of '{name}' is longer than the max allowed length {TOPIC_NAME_BYTES_MAX}"
        ));
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if !name.bytes().all(legal) {
        return refused(format!(
            "'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' \
             and '-'"
        ));
    }
    Ok(())
}

/// What two names must not share: they differ in `.` and `_` alone, and would be the same in
/// the names of metrics. `None` for a name that cannot collide.
#[must_use]
pub(super) fn collision_name(name: &str) -> Option<String> {
    name.contains(['.', '_']).then(|| name.replace('.', "_"))
}
