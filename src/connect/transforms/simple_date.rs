//! Patterns in the letters of Java's `SimpleDateFormat`, in UTC and English.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(super) struct SimpleDateFormat {
    pattern: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Literal(String),
    /// A letter and how often it is repeated.
    Field(char, usize),
}

const LETTERS: &str = "GyYMLwWDdFEuaHkKhmsSzZX";
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl SimpleDateFormat {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// Java's text, if it would refuse it.
    pub(super) fn compile(pattern: &str) -> Result<SimpleDateFormat, String> {
        let characters: Vec<char> = pattern.chars().collect();
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut in_quotes = false;
        let mut index = 0;
        while let Some(&character) = characters.get(index) {
            if character == '\'' && characters.get(index + 1) == Some(&'\'') {
                literal.push('\'');
                index += 2;
            } else if character == '\'' {
                in_quotes = !in_quotes;
                index += 1;
            } else if in_quotes || !character.is_ascii_alphabetic() {
                literal.push(character);
                index += 1;
            } else if LETTERS.contains(character) {
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                let count = characters[index..].iter().take_while(|&&c| c == character).count();
                parts.push(Part::Field(character, count));
                index += count;
            } else {
                return Err(format!("Illegal pattern character '{character}'"));
            }
        }
        if in_quotes {
            return Err("Unterminated quote".to_owned());
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(SimpleDateFormat { pattern: pattern.to_owned(), parts })
    }

    /// The text it was compiled from.
    pub(super) fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Prints milliseconds since 1970.
    pub(super) fn format(&self, ms: i64) -> String {
        let Some(moment) = DateTime::<Utc>::from_timestamp_millis(ms) else {
            return String::new();
        };
        let mut text = String::with_capacity(self.pattern.len() + 8);
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Field(letter, count) => write_field(&mut text, *letter, *count, &moment),
            }
        }
        text
    }

    /// Milliseconds since 1970 of a text that begins as the pattern wants.
    pub(super) fn parse(&self, text: &str) -> Option<i64> {
        let mut rest = text;
        let mut fields = Fields::default();
        for (index, part) in self.parts.iter().enumerate() {
            match part {
                Part::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
                Part::Field(letter, count) => {
                    // Numbers without anything between them have as many digits as letters.
                    let is_abutting = matches!(self.parts.get(index + 1), Some(Part::Field(..)));
                    rest = fields.read(*letter, *count, is_abutting, rest)?;
                }
            }
        }
        fields.millis()
    }
}

fn write_field(text: &mut String, letter: char, count: usize, moment: &DateTime<Utc>) {
    let month = MONTHS[moment.month0() as usize];
    let weekday = DAYS[moment.weekday().num_days_from_monday() as usize];
    let name = |name: &'static str| if count >= 4 { name } else { &name[..3] };
    let hour = moment.hour();
    let number = match letter {
        'G' => return text.push_str("AD"),
        'M' | 'L' if count >= 3 => return text.push_str(name(month)),
        'E' => return text.push_str(name(weekday)),
        'a' => return text.push_str(if hour < 12 { "AM" } else { "PM" }),
        'z' => return text.push_str(if count >= 4 { "Coordinated Universal Time" } else { "UTC" }),
        'Z' => return text.push_str("+0000"),
        'X' => return text.push('Z'),
        'y' | 'Y' => {
            let year = if letter == 'y' { moment.year() } else { week_year(moment) };
            let year = if count == 2 { year.rem_euclid(100) } else { year };
            let _ = write!(text, "{year:0count$}");
            return;
        }
        'M' | 'L' => moment.month(),
        'w' => week_of_year(moment),
        'W' => (moment.day() + first_weekday(moment) - 1) / 7 + 1,
        'D' => moment.ordinal(),
        'd' => moment.day(),
        'F' => (moment.day() - 1) / 7 + 1,
        'u' => moment.weekday().number_from_monday(),
        'H' => hour,
        'k' => {
            if hour == 0 {
                24
            } else {
                hour
            }
        }
        'K' => hour % 12,
        'h' => {
            if hour.is_multiple_of(12) {
                12
            } else {
                hour % 12
            }
        }
        'm' => moment.minute(),
        's' => moment.second(),
        _ => moment.timestamp_subsec_millis(),
    };
    let _ = write!(text, "{number:0count$}");
}

/// The weekday of the first of the month, Sunday being 0.
fn first_weekday(moment: &DateTime<Utc>) -> u32 {
    (moment.weekday().num_days_from_sunday() + 35 - (moment.day() - 1)) % 7
}

/// As in the United States: weeks begin on Sunday, and the first has the first of January.
fn week_of_year(moment: &DateTime<Utc>) -> u32 {
    if week_year(moment) != moment.year() {
        return 1;
    }
    let first = (moment.weekday().num_days_from_sunday() + 371 - moment.ordinal0()) % 7;
    (moment.ordinal0() + first) / 7 + 1
}

fn week_year(moment: &DateTime<Utc>) -> i32 {
    let to_saturday = 6 - moment.weekday().num_days_from_sunday();
    let saturday = moment.date_naive() + chrono::Days::new(u64::from(to_saturday));
    saturday.year()
}

/// What a text has said so far.
#[derive(Debug, Default)]
struct Fields {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: i64,
    is_pm: bool,
    minute: i64,
    second: i64,
    millis: i64,
    offset_minutes: i64,
}

impl Fields {
    fn read<'a>(
        &mut self,
        letter: char,
        count: usize,
        is_abutting: bool,
        text: &'a str,
    ) -> Option<&'a str> {
        let text = text.trim_start();
        match letter {
            'G' => return text.strip_prefix("AD"),
            'a' => {
                self.is_pm = text.get(..2)?.eq_ignore_ascii_case("PM");
                let is_known = self.is_pm || text.get(..2)?.eq_ignore_ascii_case("AM");
                return is_known.then(|| &text[2..]);
            }
            'E' => return name_at(&DAYS, text).map(|(_, rest)| rest),
            'M' | 'L' if count >= 3 => {
                let (index, rest) = name_at(&MONTHS, text)?;
                self.month = i64::try_from(index + 1).ok();
                return Some(rest);
            }
            'z' | 'Z' | 'X' => {
                let (minutes, rest) = offset_at(text)?;
                self.offset_minutes = minutes;
                return Some(rest);
            }
            _ => {}
        }
        let (number, digits, rest) = number_at(text, is_abutting.then_some(count))?;
        match letter {
            'y' | 'Y' if count == 2 && digits == 2 => self.year = Some(century(number)),
            'y' | 'Y' => self.year = Some(number),
            'M' | 'L' => self.month = Some(number),
            'd' => self.day = Some(number),
            'D' => self.day_of_year = Some(number),
            'H' | 'K' => self.hour = number,
            'k' | 'h' => {
                self.hour = if number == if letter == 'k' { 24 } else { 12 } { 0 } else { number }
            }
            'm' => self.minute = number,
            's' => self.second = number,
            'S' => self.millis = number,
            _ => {}
        }
        Some(rest)
    }

    /// Lenient, as in Java: the 13th month is the first of the next year.
    fn millis(&self) -> Option<i64> {
        let month0 = self.month.unwrap_or(1).checked_sub(1)?;
        let year = self.year.unwrap_or(1970).checked_add(month0.div_euclid(12))?;
        let month = u32::try_from(month0.rem_euclid(12)).ok()? + 1;
        let first = match self.day_of_year {
            Some(_) => NaiveDate::from_yo_opt(i32::try_from(year).ok()?, 1)?,
            None => NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, 1)?,
        };
        let days = self.day_of_year.or(self.day).unwrap_or(1).checked_sub(1)?;
        let midnight_ms = first.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis();
        let hours = self.hour + if self.is_pm { 12 } else { 0 };
        let minutes =
            hours.checked_mul(60)?.checked_add(self.minute)?.checked_sub(self.offset_minutes)?;
        let seconds = minutes.checked_mul(60)?.checked_add(self.second)?;
        let of_day = seconds.checked_mul(1000)?.checked_add(self.millis)?;
        midnight_ms.checked_add(days.checked_mul(86_400_000)?)?.checked_add(of_day)
    }
}

/// Two digits mean a year up to 20 years ahead of the present, which is taken to be 2025.
fn century(number: i64) -> i64 {
    if number > 45 { 1900 + number } else { 2000 + number }
}

fn number_at(text: &str, digits_max: Option<usize>) -> Option<(i64, usize, &str)> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) if digits_max.is_none() => (-1, rest),
        _ => (1, text),
    };
    let limit = digits_max.unwrap_or(18);
    let digits = unsigned.bytes().take(limit).take_while(u8::is_ascii_digit).count();
    let number: i64 = unsigned.get(..digits)?.parse().ok()?;
    Some((sign * number, digits, &unsigned[digits..]))
}

fn name_at<'a>(names: &[&str], text: &'a str) -> Option<(usize, &'a str)> {
    let begins =
        |name: &str| text.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
    names.iter().enumerate().find_map(|(index, name)| {
        let length = [name.len(), 3].into_iter().find(|&length| begins(&name[..length]))?;
        Some((index, &text[length..]))
    })
}

/// `Z`, `UTC`, `GMT+01:00`, `+0100`, `+01:00`, `+01`.
fn offset_at(text: &str) -> Option<(i64, &str)> {
    let named = ["UTC", "GMT", "UT", "Z"].iter().find_map(|name| text.strip_prefix(name));
    let rest = named.unwrap_or(text);
    let sign = match rest.bytes().next() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return named.map(|rest| (0, rest)),
    };
    let (hours, _, rest) = number_at(&rest[1..], Some(2))?;
    let after_colon = rest.strip_prefix(':').unwrap_or(rest);
    match number_at(after_colon, Some(2)) {
        Some((minutes, 2, rest)) => Some((sign * (hours * 60 + minutes), rest)),
        _ => Some((sign * hours * 60, rest)),
    }
}

/// How Connect prints a date (`Values.dateFormatFor`).
pub(super) fn connect_text(ms: i64) -> String {
    const DAY_MS: i64 = 86_400_000;
    let pattern = if ms < DAY_MS {
        "HH:mm:ss.SSS'Z'"
    } else if ms % DAY_MS == 0 {
        "yyyy-MM-dd"
    } else {
        "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"
    };
    SimpleDateFormat::compile(pattern).map_or_else(|_| String::new(), |format| format.format(ms))
}
