//! Which partition of an internal topic keeps a group.

/// The partition of a group among `partitions`, as Kafka computes it: the absolute value of
/// Java's `String.hashCode`, which is taken over UTF-16 units, modulo the number of partitions.
///
/// # Panics
/// If there are no partitions.
#[must_use]
pub fn partition_of(id: &str, partitions: i32) -> i32 {
    assert!(partitions > 0, "an internal topic has at least one partition");
    let hash = id
        .encode_utf16()
        .fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    // Java has no positive counterpart of the smallest number; Kafka takes 0 for it.
    hash.checked_abs().unwrap_or(0) % partitions
}
