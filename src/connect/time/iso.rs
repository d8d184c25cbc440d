//! ISO 8601 text as Joda's `ISODateTimeFormat.dateTimeParser` reads it.

use chrono::{Datelike, NaiveDate, Weekday};

use super::zone::TimeZone;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Milliseconds since 1970 of `2015-04-02`, `2015-04-02T01:00:00.000-07:00`, `2015-W14`,
/// `2015-092`, `T10:30Z`. Text without an offset is local time in `default_zone`. `None`: not ISO.
#[must_use]
pub fn parse_iso_millis(text: &str, default_zone: &TimeZone) -> Option<i64> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    if date.is_empty() && time.is_none() {
        return None;
    }
    let day =
        if date.is_empty() { NaiveDate::from_ymd_opt(1970, 1, 1)? } else { parse_date(date)? };
    let days = i64::from(day.num_days_from_ce()) - 719_163;
    let (time_ms, offset_ms) = match time {
        Some(time) if !time.is_empty() => parse_time(time)?,
        Some(_) if date.is_empty() => return None,
        _ => (0, None),
    };
    let local_ms = days.checked_mul(DAY_MS)?.checked_add(time_ms)?;
    Some(match offset_ms {
        Some(offset_ms) => local_ms - offset_ms,
        None => default_zone.utc_ms(local_ms),
    })
}

fn parse_date(text: &str) -> Option<NaiveDate> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut fields = rest.split('-');
    let year = sign * i32::try_from(number(fields.next()?, 1, 9)?).ok()?;
    let Some(second) = fields.next() else {
        return NaiveDate::from_ymd_opt(year, 1, 1);
    };
    let third = fields.next();
    if fields.next().is_some() {
        return None;
    }
    if let Some(week) = second.strip_prefix('W') {
        let day = third.map_or(Some(1), |day| number(day, 1, 1))?;
        let weekday = Weekday::try_from(u8::try_from(day.checked_sub(1)?).ok()?).ok()?;
        return NaiveDate::from_isoywd_opt(year, number(week, 1, 2)?, weekday);
    }
    match third {
        Some(day) => NaiveDate::from_ymd_opt(year, number(second, 1, 2)?, number(day, 1, 2)?),
        None if second.len() == 3 => NaiveDate::from_yo_opt(year, number(second, 3, 3)?),
        None => NaiveDate::from_ymd_opt(year, number(second, 1, 2)?, 1),
    }
}

/// Milliseconds of the day, and the offset if one was written.
fn parse_time(text: &str) -> Option<(i64, Option<i64>)> {
    let end = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, offset) = text.split_at(end);
    let offset_ms = match offset {
        "" => None,
        "Z" => Some(0),
        _ => Some(parse_offset(offset)?),
    };
    if clock.is_empty() {
        return offset_ms.map(|offset_ms| (0, Some(offset_ms)));
    }
    let mut fields = clock.split(':');
    let limits = [(HOUR_MS, 24), (MINUTE_MS, 60), (1000, 60)];
    let mut total_ms = 0;
    let mut seen = 0;
    for (unit_ms, limit) in limits {
        let Some(field) = fields.next() else { break };
        seen += 1;
        let (whole, fraction) = match field.split_once(['.', ',']) {
            // A fraction belongs to the last field only.
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (field, None),
        };
        let value = i64::from(number(whole, 1, 2)?);
        if value >= limit {
            return None;
        }
        total_ms += value * unit_ms;
        if let Some(fraction) = fraction {
            total_ms += fraction_ms(fraction, unit_ms)?;
            break;
        }
    }
    (seen > 0 && fields.next().is_none()).then_some((total_ms, offset_ms))
}

fn fraction_ms(digits: &str, unit_ms: i64) -> Option<i64> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let kept = &digits[..digits.len().min(9)];
    let value: i64 = kept.parse().ok()?;
    Some(value * unit_ms / 10_i64.pow(u32::try_from(kept.len()).ok()?))
}

fn parse_offset(text: &str) -> Option<i64> {
    match TimeZone::parse(text) {
        Ok(TimeZone::Fixed(offset_ms)) => Some(offset_ms),
        _ => None,
    }
}

fn number(text: &str, digits_min: usize, digits_max: usize) -> Option<u32> {
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    (plain && (digits_min..=digits_max).contains(&text.len())).then(|| text.parse().ok())?
}
