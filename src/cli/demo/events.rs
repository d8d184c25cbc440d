//! Click events as the page's script posts them and the Python producer passes them on:
//! `json.dumps` of path, tag, id and timestamp.

use chrono::{DateTime, SecondsFormat, Utc};

const PATHS: &[&str] = &[
    "/",
    "/about",
    "/archives",
    "/categories",
    "/posts/kafka-cluster",
    "/posts/lambda-s3-sink",
    "/posts/click-log",
    "/search",
    "/tags",
];
const ELEMENTS: &[(&str, &str)] = &[
    ("A", "nav-home"),
    ("A", "post-link"),
    ("A", "tag-kafka"),
    ("BUTTON", "btn1"),
    ("BUTTON", "search-trigger"),
    ("BUTTON", "theme-toggle"),
    ("DIV", "post-card"),
    ("IMG", "avatar"),
    ("INPUT", "search-input"),
];

/// An endless row of visitors; the same for the same start.
#[derive(Debug, Clone)]
pub(super) struct Events {
    state: u64,
}

impl Events {
    pub(super) fn new() -> Self {
        Events { state: 0x6b6c_616d_6d00_0001 }
    }

    /// The next click, at this time. Spaced as Python's `json.dumps` does.
    pub(super) fn next(&mut self, time: DateTime<Utc>) -> String {
        let path = PATHS[self.below(PATHS.len())];
        let (tag, id) = ELEMENTS[self.below(ELEMENTS.len())];
        let time = time.to_rfc3339_opts(SecondsFormat::Secs, true);
        format!(r#"{{"path": "{path}", "tag": "{tag}", "id": "{id}", "timestamp": "{time}"}}"#)
    }

    fn below(&mut self, bound: usize) -> usize {
        // Knuth's multiplier; the upper bits are good enough to pick a page.
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.state >> 33) as usize % bound
    }
}

#[cfg(test)]
mod tests {
    use super::Events;

    #[test]
    fn events_are_json_as_the_python_producer_writes_it() {
        let time = chrono::DateTime::from_timestamp(1_747_907_100, 0).unwrap();
        let mut events = Events::new();
        let mut paths = std::collections::BTreeSet::new();
        for _ in 0..100 {
            let event = events.next(time);
            let value: serde_json::Value = serde_json::from_str(&event).unwrap();
            let keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
            assert_eq!(keys, ["path", "tag", "id", "timestamp"]);
            assert_eq!(value["timestamp"], "2025-05-22T09:45:00Z");
            assert!(event.starts_with(r#"{"path": "/"#));
            paths.insert(value["path"].to_string());
        }
        assert!(paths.len() > 5);
    }
}
