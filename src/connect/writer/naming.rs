//! The names of objects.

use crate::base::{Offset, TopicPartition};
use crate::connect::config::Naming;

/// What an object is named after.
#[derive(Debug, Clone, Copy)]
pub struct ObjectName<'a> {
    /// Where its records come from.
    pub partition: &'a TopicPartition,
    /// The topic as transforms have left it.
    pub topic: &'a str,
    /// Between topic and file name.
    pub folder: &'a str,
    /// The offset of its first record.
    pub start: Offset,
}

/// `topics/clickstream/year=2024/month=06/day=10/hour=15/clickstream+0+0000001000.json`
#[must_use]
pub fn object_key(naming: &Naming, name: &ObjectName<'_>, extension: &str) -> String {
    let (delim, file_delim) = (&naming.directory_delim, &naming.file_delim);
    let top = match naming.topics_dir.as_str() {
        "" => String::new(),
        topics_dir => format!("{topics_dir}{delim}"),
    };
    let (topic, folder, number) = (name.topic, name.folder, name.partition.partition.0);
    let (offset, width) = (name.start.0, naming.offset_digits_min);
    format!(
        "{top}{topic}{delim}{folder}{delim}{topic}{file_delim}{number}{file_delim}{offset:0>width$}{extension}"
    )
}
