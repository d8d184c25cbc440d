//! Numbers as Java prints them.

use std::io::Write as _;

/// Only numbers of at least so many digits can lie in the middle between two shortest ones.
const DOUBLE_TIE_DIGITS_MIN: usize = 15;
const FLOAT_TIE_DIGITS_MIN: usize = 6;

/// Appends an integer of any length as the 64 bits that Connect keeps of it.
pub fn write_wrapped_integer(out: &mut Vec<u8>, text: &str) {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        out.push(b'0');
    } else if digits.len() <= 18 {
        if is_negative {
            out.push(b'-');
        }
        out.extend_from_slice(digits.as_bytes());
    } else {
        write_display(out, wrapped_integer(text));
    }
}

/// `BigInteger.longValue` of decimal text: the low 64 bits.
pub(super) fn wrapped_integer(text: &str) -> i64 {
    let digits = text.trim_start_matches('-');
    let magnitude = digits.bytes().fold(0_u64, |value, digit| {
        value.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0')))
    });
    let value = magnitude.cast_signed();
    if text.starts_with('-') { value.wrapping_neg() } else { value }
}

/// Appends a double as Jackson does: `Double.toString` of JDK 19 and later (the fewest
/// digits that name the number), and what is no number as a string.
pub fn write_double(out: &mut Vec<u8>, value: f64) {
    if value.is_nan() || value.is_infinite() {
        write_not_finite(out, value);
    } else if value == 0.0 {
        out.extend_from_slice(if value.is_sign_negative() { b"-0.0" } else { b"0.0" });
    } else {
        let mut scientific = Scientific::default();
        // Writing to a fixed buffer of sufficient size cannot fail.
        let _ = write!(scientific, "{value:e}");
        if let Some(decimals) = scientific.java_decimals(DOUBLE_TIE_DIGITS_MIN) {
            scientific = Scientific::default();
            let _ = write!(scientific, "{value:.decimals$e}");
        }
        scientific.write_java(out);
    }
}

/// Appends a float as Jackson does: `Float.toString` of JDK 19 and later.
pub fn write_float(out: &mut Vec<u8>, value: f32) {
    if value.is_nan() || value.is_infinite() {
        write_not_finite(out, f64::from(value));
    } else if value == 0.0 {
        out.extend_from_slice(if value.is_sign_negative() { b"-0.0" } else { b"0.0" });
    } else {
        let mut scientific = Scientific::default();
        let _ = write!(scientific, "{value:e}");
        if let Some(decimals) = scientific.java_decimals(FLOAT_TIE_DIGITS_MIN) {
            scientific = Scientific::default();
            let _ = write!(scientific, "{value:.decimals$e}");
        }
        scientific.write_java(out);
    }
}

pub(super) fn write_display(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{value}");
}

fn write_not_finite(out: &mut Vec<u8>, value: f64) {
    let name = if value.is_nan() {
        "\"NaN\""
    } else if value > 0.0 {
        "\"Infinity\""
    } else {
        "\"-Infinity\""
    };
    out.extend_from_slice(name.as_bytes());
}

/// `-1.234e-5` as Rust writes it, on the stack.
#[derive(Default)]
struct Scientific {
    bytes: [u8; 32],
    length: usize,
}

impl std::io::Write for Scientific {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let end = self.length + bytes.len();
        self.bytes[self.length..end].copy_from_slice(bytes);
        self.length = end;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Scientific {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).expect("Rust prints numbers in ASCII")
    }

    /// How many decimals Java's choice has where it may be another than Rust's. Both take the
    /// fewest digits that name the number, but Java looks at two before it settles for one
    /// (4.9E-324, not 5E-324), and between two equally near ones takes the even one.
    fn java_decimals(&self, tie_digits_min: usize) -> Option<usize> {
        let mantissa = self.text().split('e').next().unwrap_or("");
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
        let is_odd = mantissa.bytes().last().is_some_and(|digit| digit % 2 == 1);
        match digits {
            1 => Some(1),
            _ if digits >= tie_digits_min && is_odd => Some(digits - 1),
            _ => None,
        }
    }

    /// Plain from 10^-3 up to 10^7, otherwise `d.dddE<n>`; always one digit after the point.
    fn write_java(&self, out: &mut Vec<u8>) {
        let text = self.text();
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let mantissa = match mantissa.strip_prefix('-') {
            Some(positive) => {
                out.push(b'-');
                positive
            }
            None => mantissa,
        };
        let mut digits = [0_u8; 24];
        let mut count = 0;
        for digit in mantissa.bytes().filter(u8::is_ascii_digit) {
            digits[count] = digit;
            count += 1;
        }
        while count > 1 && digits[count - 1] == b'0' {
            count -= 1;
        }
        let digits = &digits[..count];
        match exponent {
            0..7 => {
                let whole = usize::try_from(exponent).unwrap_or(0) + 1;
                out.extend((0..whole).map(|index| digits.get(index).copied().unwrap_or(b'0')));
                out.push(b'.');
                out.extend_from_slice(
                    digits.get(whole..).filter(|d| !d.is_empty()).unwrap_or(b"0"),
                );
            }
            -3..0 => {
                out.extend_from_slice(b"0.");
                out.extend((exponent + 1..0).map(|_| b'0'));
                out.extend_from_slice(digits);
            }
            _ => {
                out.push(digits[0]);
                out.push(b'.');
                out.extend_from_slice(digits.get(1..).filter(|d| !d.is_empty()).unwrap_or(b"0"));
                out.push(b'E');
                write_display(out, exponent);
            }
        }
    }
}
