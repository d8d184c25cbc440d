//! Time zones by their Joda ids, daylight saving included.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeZone as _};
use chrono_tz::{OffsetName, Tz};

const DAY_MS: i64 = 86_400_000;
/// The largest distance from UTC that Joda accepts, exclusive: 24 hours.
const FIXED_OFFSET_MINUTES_MAX: i64 = 24 * 60;

/// A zone of the tz database, or a fixed distance from UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeZone {
    /// `Asia/Seoul`
    Named(Tz),
    /// `+09:00`: milliseconds east of UTC
    Fixed(i64),
}

/// A zone id that Joda does not know either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownZone(pub String);

impl fmt::Display for UnknownZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The datetime zone id '{}' is not recognised", self.0)
    }
}

impl TimeZone {
    /// Looks an id up, with Joda's rules: case matters, `+09:00` is a zone, `KST` is not.
    ///
    /// # Errors
    /// If Joda would not know it.
    pub fn parse(id: &str) -> Result<TimeZone, UnknownZone> {
        if id == "UTC" || id == "UT" || id == "Z" {
            return Ok(TimeZone::Named(Tz::UTC));
        }
        if let Ok(zone) = Tz::from_str(id) {
            return Ok(TimeZone::Named(zone));
        }
        let offset = ["UTC", "GMT", "UT"].iter().find_map(|name| id.strip_prefix(name));
        fixed_offset_ms(offset.unwrap_or(id))
            .map(TimeZone::Fixed)
            .ok_or_else(|| UnknownZone(id.to_owned()))
    }

    /// How far local time is ahead of UTC at an instant, in milliseconds.
    #[must_use]
    pub fn offset_ms(&self, utc_ms: i64) -> i64 {
        match self {
            TimeZone::Fixed(offset_ms) => *offset_ms,
            TimeZone::Named(zone) => {
                let local = zone.offset_from_utc_datetime(&naive(utc_ms));
                i64::from(local.fix().local_minus_utc()) * 1000
            }
        }
    }

    /// The short name of the zone at an instant: `KST`, `PDT`, `+09:00`.
    #[must_use]
    pub fn abbreviation(&self, utc_ms: i64) -> String {
        match self {
            TimeZone::Fixed(offset_ms) => offset_text(*offset_ms, true),
            TimeZone::Named(zone) => {
                let offset = zone.offset_from_utc_datetime(&naive(utc_ms));
                offset.abbreviation().unwrap_or("UTC").to_owned()
            }
        }
    }

    /// The id: `Asia/Seoul`, `+09:00`.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            TimeZone::Fixed(offset_ms) => offset_text(*offset_ms, true),
            TimeZone::Named(zone) => zone.name().to_owned(),
        }
    }

    /// The wall clock of the zone, in milliseconds as if it were UTC.
    #[must_use]
    pub fn local_ms(&self, utc_ms: i64) -> i64 {
        utc_ms.saturating_add(self.offset_ms(utc_ms))
    }

    /// The instant of a wall clock reading. In a gap (a time that the clock skips) and in
    /// an overlap this decides as Joda's `convertLocalToUTC(local, strict = false)`.
    #[must_use]
    pub fn utc_ms(&self, local_ms: i64) -> i64 {
        let first_guess_ms = self.offset_ms(local_ms);
        let mut offset_ms = self.offset_ms(local_ms.saturating_sub(first_guess_ms));
        // West of Greenwich the second look overshoots a gap; keep the first one then.
        if first_guess_ms != offset_ms && first_guess_ms < 0 {
            let before = self.offset_ms(local_ms.saturating_sub(offset_ms));
            let after = self.offset_ms(local_ms.saturating_sub(first_guess_ms));
            if before != after {
                offset_ms = first_guess_ms;
            }
        }
        local_ms.saturating_sub(offset_ms)
    }

    /// The start of the bucket of `duration_ms` that an instant falls in. Buckets are
    /// counted on the wall clock from 1970 on, so that a day begins at local midnight.
    #[must_use]
    pub fn bucket_start_ms(&self, utc_ms: i64, duration_ms: i64) -> i64 {
        let local_ms = self.local_ms(utc_ms);
        // Toward zero, as Java divides; so the bucket around 1970 is twice as long.
        self.utc_ms(local_ms / duration_ms * duration_ms)
    }

    /// The next point of `rotate.schedule.interval.ms` after `utc_ms`: whole intervals
    /// counted from local midnight, and the next midnight at the latest.
    #[must_use]
    pub fn next_schedule_point_ms(&self, utc_ms: i64, interval_ms: i64) -> i64 {
        let day = self.local_ms(utc_ms).div_euclid(DAY_MS);
        let today_ms = self.day_start_ms(day);
        let tomorrow_ms = self.day_start_ms(day + 1);
        let passed = utc_ms.saturating_sub(today_ms) / interval_ms;
        let next_ms = passed
            .checked_add(1)
            .and_then(|count| count.checked_mul(interval_ms))
            .map_or(i64::MAX, |since_midnight_ms| today_ms.saturating_add(since_midnight_ms));
        next_ms.min(tomorrow_ms)
    }

    /// The first instant of a local day, counted in days since 1970. Where midnight is
    /// skipped, the day begins with the first time there is.
    fn day_start_ms(&self, day: i64) -> i64 {
        let midnight_ms = day.saturating_mul(DAY_MS);
        let candidate_ms = self.utc_ms(midnight_ms);
        let shown_ms = self.local_ms(candidate_ms);
        if shown_ms >= midnight_ms {
            // In an overlap around midnight the earlier of the two is the day's start.
            let earlier_ms = candidate_ms - 3_600_000;
            return if self.local_ms(earlier_ms) == midnight_ms {
                earlier_ms
            } else {
                candidate_ms
            };
        }
        // The result lies before the gap: step over it.
        candidate_ms + (midnight_ms - shown_ms)
    }
}

/// `+09`, `+0900`, `+09:00`, `-03:30`
fn fixed_offset_ms(text: &str) -> Option<i64> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|&c| c != ':').collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 2 | 4 | 6) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| -> i64 {
        digits.get(range).and_then(|part| part.parse().ok()).unwrap_or(0)
    };
    let hours = number(0..digits.len().min(2));
    let (minutes, seconds) = (number(2..4), number(4..6));
    let in_range = minutes < 60 && seconds < 60 && hours * 60 + minutes < FIXED_OFFSET_MINUTES_MAX;
    in_range.then_some(sign * ((hours * 60 + minutes) * 60 + seconds) * 1000)
}

/// `+09:00` or `+0900`
pub(super) fn offset_text(offset_ms: i64, with_colon: bool) -> String {
    let sign = if offset_ms < 0 { '-' } else { '+' };
    let minutes = offset_ms.abs() / 60_000;
    let colon = if with_colon { ":" } else { "" };
    format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
}

/// A date and time without a zone; the ends of chrono's calendar stand in for
/// milliseconds that lie outside of it.
pub(super) fn naive(ms: i64) -> NaiveDateTime {
    match DateTime::from_timestamp_millis(ms) {
        // chrono's extremes overflow when a zone's offset is added.
        Some(time) if (-200_000..=200_000).contains(&time.year()) => time.naive_utc(),
        _ => {
            let year = if ms < 0 { -200_000 } else { 200_000 };
            NaiveDate::from_ymd_opt(year, 1, 1)
                .and_then(|day| day.and_hms_opt(0, 0, 0))
                .expect("a date within chrono's calendar")
        }
    }
}
