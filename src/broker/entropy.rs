//! The one place that makes identities.

use crate::base::Uuid;

/// A random id, as Java's `UUID.randomUUID` makes it (version 4).
///
/// # Panics
/// When the operating system has no random numbers: nothing can be named then.
#[must_use]
pub fn random_uuid() -> Uuid {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Uuid(bytes)
}

/// A random id as people read it: `8-4-4-4-12` hexadecimal digits, the tail of a member id.
#[must_use]
pub fn random_uuid_text() -> String {
    let Uuid(bytes) = random_uuid();
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            text.push(
                char::from_digit(u32::from(digit), 16).expect("four bits are a hexadecimal digit"),
            );
        }
    }
    text
}

/// A random id that is fit to name a topic: Kafka avoids ids whose text starts with `-`,
/// and the reserved ones.
#[must_use]
pub fn random_topic_id() -> Uuid {
    loop {
        let id = random_uuid();
        if !id.to_string().starts_with('-') {
            return id;
        }
    }
}
