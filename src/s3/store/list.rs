//! Listing a page of a bucket.

use std::io;
use std::os::fd::OwnedFd;
use std::time::SystemTime;

use super::walk::Walk;
use super::{Error, ObjectMeta, Store};

/// What to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::s3) struct ListQuery {
    /// Only keys that begin so.
    pub(in crate::s3) prefix: String,
    /// Keys are rolled up at the first occurrence after the prefix.
    pub(in crate::s3) delimiter: Option<String>,
    /// Only entries that sort after this.
    pub(in crate::s3) after: Option<String>,
    /// At most so many entries, of both kinds.
    pub(in crate::s3) max: usize,
}

/// An object, or a prefix that stands for all keys that begin with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::s3) enum ListEntry {
    Object { key: String, size: u64, modified: SystemTime, meta: Box<ObjectMeta> },
    Prefix(String),
}

impl ListEntry {
    /// The key or the prefix.
    pub(in crate::s3) fn name(&self) -> &str {
        match self {
            Self::Object { key, .. } | Self::Prefix(key) => key,
        }
    }

    pub(in crate::s3) fn into_name(self) -> String {
        match self {
            Self::Object { key, .. } | Self::Prefix(key) => key,
        }
    }
}

/// One page, in the byte order of keys and prefixes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::s3) struct ListPage {
    pub(in crate::s3) entries: Vec<ListEntry>,
    /// There is more after the last entry.
    pub(in crate::s3) truncated: bool,
}

impl Store {
    /// Lists a page.
    pub(in crate::s3) fn list(&self, bucket: &str, query: &ListQuery) -> Result<ListPage, Error> {
        let failed = |error: io::Error| Error::io("list", self.root.join(bucket), error);
        let directory = self.bucket(bucket)?;
        // Keys move from aside to their plain place, never back: read them first, so that
        // none is missed.
        let from = query.after.as_deref().unwrap_or_default().max(&query.prefix);
        let aside = self.aside_keys(bucket, from, |key| query.wants(key))?;
        let mut keys = Keys::new(&directory, query, aside).map_err(failed)?;
        let mut page = ListPage::default();
        if let Some(after) = &query.after
            && let Some(rolled_up) = query.roll_up(after)
        {
            keys.skip(rolled_up);
        }
        while let Some(key) = keys.next().map_err(failed)? {
            let full = page.entries.len() == query.max;
            if let Some(prefix) = query.roll_up(&key) {
                if full {
                    page.truncated = true;
                    break;
                }
                keys.skip(prefix);
                page.entries.push(ListEntry::Prefix(prefix.to_owned()));
                continue;
            }
            let object = match self.open(bucket, &key) {
                Ok(object) => object,
                // Deleted meanwhile.
                Err(Error::NoSuchKey) => continue,
                Err(error) => return Err(error),
            };
            if full {
                page.truncated = true;
                break;
            }
            let (size, modified, meta) = (object.size, object.modified, object.meta);
            page.entries.push(ListEntry::Object { key, size, modified, meta: Box::new(meta) });
        }
        Ok(page)
    }
}

impl ListQuery {
    /// The common prefix that a key is rolled up into, if any.
    pub(in crate::s3) fn roll_up<'k>(&self, key: &'k str) -> Option<&'k str> {
        let delimiter = self.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty())?;
        let rest = key.strip_prefix(self.prefix.as_str())?;
        let position = rest.find(delimiter)?;
        Some(&key[..self.prefix.len() + position + delimiter.len()])
    }
}

/// The keys in their plain places and aside, merged in order.
struct Keys<'a> {
    plain: Walk<'a>,
    aside: std::iter::Peekable<std::vec::IntoIter<String>>,
    /// Read from `plain`, not given out yet.
    next_plain: Option<String>,
    skip: Option<String>,
}

impl<'a> Keys<'a> {
    fn new(bucket: &'a OwnedFd, query: &'a ListQuery, aside: Vec<String>) -> io::Result<Self> {
        let plain = Walk::new(bucket, query)?;
        Ok(Self { plain, aside: aside.into_iter().peekable(), next_plain: None, skip: None })
    }

    fn skip(&mut self, prefix: &str) {
        self.plain.skip(prefix);
        self.skip = Some(prefix.to_owned());
    }

    fn next(&mut self) -> io::Result<Option<String>> {
        let skip = self.skip.clone();
        let skipped = |key: &String| skip.as_ref().is_some_and(|skip| key.starts_with(skip));
        if self.next_plain.as_ref().is_none_or(skipped) {
            self.next_plain = self.plain.next()?;
        }
        while self.aside.next_if(skipped).is_some() {}
        let take_plain = match (&self.next_plain, self.aside.peek()) {
            (Some(plain), Some(aside)) => {
                if plain == aside {
                    self.aside.next();
                    true
                } else {
                    plain < aside
                }
            }
            (Some(_), None) => true,
            (None, _) => false,
        };
        Ok(if take_plain { self.next_plain.take() } else { self.aside.next() })
    }
}
