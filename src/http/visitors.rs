//! Pages of other origins, and other names of this machine, that somebody wants let in.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Who may come besides pages of this very port; nobody unless named.
#[derive(Debug, Clone, Default)]
pub struct Visitors {
    /// Origins (`http://ui.example`), or `*`.
    pub origins: Vec<String>,
    /// The methods that their pages may use.
    pub methods: Vec<String>,
    /// Names with dots that this machine goes by.
    pub hosts: Vec<String>,
}

/// For how long a browser remembers what it may, in seconds: as Jetty.
const REMEMBERED: &str = "60";

impl Visitors {
    pub(super) fn knows_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|known| known == "*" || known == origin)
    }

    pub(super) fn knows_host(&self, name: &str) -> bool {
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Lets a page read the answer; one that asks first is told what it may.
    pub(super) fn welcome(&self, origin: &str, asks_first: bool, headers: &mut HeaderMap) {
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        set(header::VARY, "Origin");
        if asks_first {
            set(header::ACCESS_CONTROL_ALLOW_METHODS, &self.methods.join(","));
            set(header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type");
            set(header::ACCESS_CONTROL_MAX_AGE, REMEMBERED);
        }
    }
}
