//! Patterns in the letters of Joda-Time's `DateTimeFormat`, which `path.format` is written in.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::locale::LocaleNames;
use super::zone::{TimeZone, naive, offset_text};

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    /// A letter and how often it is repeated.
    Field(char, usize),
}

/// Why a pattern was refused, in Joda's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A run of letters that means nothing.
    #[error("Illegal pattern component: {0}")]
    IllegalComponent(String),
    /// Joda prints the long name of the zone here, which klamm has no table for.
    #[error("{0}: the long name of the time zone is not built into klamm; use z, Z or ZZZ")]
    LongZoneName(String),
    /// An empty pattern.
    #[error("Invalid pattern specification")]
    Empty,
}

const FIELD_LETTERS: &str = "GCxyYweEDMdaKhHkmsSzZ";

impl PathPattern {
    /// Compiles a pattern. Text in single quotes and everything that is no letter is
    /// literal; two quotes are one.
    ///
    /// # Errors
    /// If Joda would refuse it.
    pub fn compile(pattern: &str) -> Result<PathPattern, PatternError> {
        if pattern.is_empty() {
            return Err(PatternError::Empty);
        }
        let characters: Vec<char> = pattern.chars().collect();
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut in_quotes = false;
        let mut index = 0;
        while index < characters.len() {
            let character = characters[index];
            if character == '\'' {
                if characters.get(index + 1) == Some(&'\'') {
                    literal.push('\'');
                    index += 2;
                    continue;
                }
                in_quotes = !in_quotes;
                index += 1;
            } else if in_quotes || !character.is_ascii_alphabetic() {
                literal.push(character);
                index += 1;
            } else {
                let count = characters[index..].iter().take_while(|&&c| c == character).count();
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(field(character, count)?);
                index += count;
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(PathPattern { parts })
    }

    /// Whether the text is the same for every instant.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Literal(_)))
    }

    /// The letters used, each once per run.
    pub fn letters(&self) -> impl Iterator<Item = (char, usize)> + '_ {
        self.parts.iter().filter_map(|part| match part {
            Part::Field(letter, count) => Some((*letter, *count)),
            Part::Literal(_) => None,
        })
    }

    /// Prints an instant as it is in a zone.
    #[must_use]
    pub fn format(&self, utc_ms: i64, zone: &TimeZone, names: LocaleNames) -> String {
        let local = naive(zone.local_ms(utc_ms));
        let mut text = String::with_capacity(48);
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Field(letter, count) => {
                    write_field(&mut text, *letter, *count, &local, utc_ms, zone, names);
                }
            }
        }
        text
    }
}

fn field(letter: char, count: usize) -> Result<Part, PatternError> {
    let run = || std::iter::repeat_n(letter, count).collect::<String>();
    if !FIELD_LETTERS.contains(letter) {
        return Err(PatternError::IllegalComponent(run()));
    }
    if letter == 'z' && count >= 4 {
        return Err(PatternError::LongZoneName(run()));
    }
    Ok(Part::Field(letter, count))
}

fn write_field(
    text: &mut String,
    letter: char,
    count: usize,
    local: &NaiveDateTime,
    utc_ms: i64,
    zone: &TimeZone,
    names: LocaleNames,
) {
    let hour = local.hour();
    match letter {
        'G' => text.push_str(names.era(local.year() > 0)),
        'C' => number(text, i64::from(year_of_era(local.year()) / 100), count),
        'x' => year(text, local.iso_week().year(), count),
        'y' => year(text, local.year(), count),
        'Y' => year(text, year_of_era(local.year()), count),
        'w' => number(text, i64::from(local.iso_week().week()), count),
        'e' => number(text, i64::from(local.weekday().number_from_monday()), count),
        'E' => {
            let day = local.weekday().num_days_from_sunday();
            text.push_str(if count >= 4 { names.day(day) } else { names.day_short(day) });
        }
        'D' => number(text, i64::from(local.ordinal()), count),
        'M' if count >= 4 => text.push_str(names.month(local.month0())),
        'M' if count == 3 => text.push_str(names.month_short(local.month0())),
        'M' => number(text, i64::from(local.month()), count),
        'd' => number(text, i64::from(local.day()), count),
        'a' => text.push_str(names.half_day(hour >= 12)),
        'K' => number(text, i64::from(hour % 12), count),
        'h' => number(text, i64::from((hour + 11) % 12 + 1), count),
        'H' => number(text, i64::from(hour), count),
        'k' => number(text, i64::from((hour + 23) % 24 + 1), count),
        'm' => number(text, i64::from(local.minute()), count),
        's' => number(text, i64::from(local.second()), count),
        'S' => fraction(text, local.nanosecond() / 1_000_000, count),
        'z' => text.push_str(&zone.abbreviation(utc_ms)),
        _ if count >= 3 => text.push_str(&zone.id()),
        _ => text.push_str(&offset_text(zone.offset_ms(utc_ms), count == 2)),
    }
}

fn year_of_era(year: i32) -> i32 {
    if year > 0 { year } else { 1 - year }
}

/// Two letters are the year within its century, everything else a minimum of digits.
fn year(text: &mut String, year: i32, count: usize) {
    if count == 2 {
        number(text, i64::from(year.rem_euclid(100)), 2);
    } else {
        number(text, i64::from(year), count);
    }
}

fn number(text: &mut String, value: i64, digits_min: usize) {
    let sign = if value < 0 { "-" } else { "" };
    // Writing to a string cannot fail.
    let _ = write!(text, "{sign}{:0>digits_min$}", value.unsigned_abs());
}

/// `S` is a decimal fraction: more letters are more digits.
fn fraction(text: &mut String, millis: u32, count: usize) {
    let digits = format!("{millis:03}");
    text.push_str(&digits[..count.min(3)]);
    text.extend(std::iter::repeat_n('0', count.saturating_sub(3)));
}
