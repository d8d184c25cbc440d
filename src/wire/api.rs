//! The table of API keys: what a client or tool may ask, and in which versions.

use super::{Request, messages};

/// One row of [`API_KEYS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiInfo {
    /// The key.
    pub key: ApiKey,
    /// Kafka's name without `Request` or `Response`.
    pub name: &'static str,
    /// The oldest version that Kafka accepts.
    pub min: i16,
    /// The newest version that Kafka accepts.
    pub max: i16,
    /// The first version in the compact encoding; `i16::MAX`: none.
    pub flexible_since: i16,
    /// Whether Kafka does not advertise the newest version by default.
    pub latest_unstable: bool,
}

impl ApiInfo {
    /// The header version of a request of this version.
    #[must_use]
    pub fn request_header_version(&self, version: i16) -> i16 {
        if version >= self.flexible_since { 2 } else { 1 }
    }

    /// The header version of the response. An ApiVersions response always has version 0,
    /// because a client reads it before it knows what the broker speaks.
    #[must_use]
    pub fn response_header_version(&self, version: i16) -> i16 {
        i16::from(version >= self.flexible_since && self.key != ApiKey::ApiVersions)
    }

    /// Whether Kafka accepts this version.
    #[must_use]
    pub fn accepts(&self, version: i16) -> bool {
        self.min <= version && version <= self.max
    }
}

impl ApiKey {
    /// The number on the wire.
    #[must_use]
    pub fn code(self) -> i16 {
        self as i16
    }

    /// The key of a number, if clients may use it.
    #[must_use]
    pub fn from_code(code: i16) -> Option<ApiKey> {
        let at = API_KEYS.binary_search_by_key(&code, |info| info.key.code()).ok()?;
        Some(API_KEYS[at].key)
    }

    /// Its row.
    #[must_use]
    pub fn info(self) -> &'static ApiInfo {
        let at = API_KEYS.binary_search_by_key(&self, |info| info.key);
        &API_KEYS[at.expect("the table has a row for every key")]
    }

    /// Kafka's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.info().name
    }
}

include!(concat!(env!("OUT_DIR"), "/api.rs"));
