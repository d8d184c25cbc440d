//! Small pieces that every page is made of.

use chrono::{DateTime, Local, SecondsFormat, Utc};
use maud::{Markup, html};

/// `1 client`, `2 clients`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// A time of day, in this machine's zone; the script puts it into the reader's.
pub(super) fn time_of_day(ms: i64) -> Markup {
    let time = DateTime::<Utc>::from_timestamp_millis(ms).unwrap_or_default();
    let local = time.with_timezone(&Local);
    html! {
        time datetime=(time.to_rfc3339_opts(SecondsFormat::Millis, true)) {
            (local.format("%H:%M:%S"))
        }
    }
}

/// Text to take away: the script adds life to the button, and without it there is none.
pub(super) fn copyable(text: &str) -> Markup {
    html! {
        div.snippet {
            pre { code { (text) } }
            button.copy type="button" { "Copy" }
        }
    }
}

/// Text in which backticks enclose what would be typed.
pub(super) fn prose(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// Makes part of an `id` of any text.
pub(super) fn slug(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}
