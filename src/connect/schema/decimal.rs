//! Java's `BigDecimal`, as far as bytes, text and back need it.

use super::{DataError, Logical, Schema};

/// Sign, decimal digits without leading zeros, and how many of them follow the point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    is_negative: bool,
    digits: Vec<u8>,
    /// How many digits follow the point; negative: how many zeros were left out.
    pub scale: i64,
}

impl Decimal {
    /// From the digits of a JSON number; the scale is what was written.
    #[must_use]
    pub fn parse(text: &str) -> Decimal {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i64 = exponent.parse().unwrap_or(0);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|b| b - b'0').collect();
        let scale = i64::try_from(fraction.len()).unwrap_or(i64::MAX) - exponent;
        Decimal::new(is_negative, digits, scale)
    }

    /// From a two's complement number, most significant byte first.
    ///
    /// # Errors
    /// If there is no byte.
    pub fn from_unscaled(bytes: &[u8], scale: i64) -> Result<Decimal, DataError> {
        let Some(&first) = bytes.first() else {
            return Err(DataError("Zero length BigInteger".to_owned()));
        };
        let is_negative = first >= 0x80;
        let mut magnitude = bytes.to_vec();
        if is_negative {
            negate(&mut magnitude);
        }
        let mut digits = Vec::new();
        while magnitude.iter().any(|&byte| byte != 0) {
            let mut remainder: u16 = 0;
            for byte in &mut magnitude {
                let value = remainder << 8 | u16::from(*byte);
                *byte = u8::try_from(value / 10).expect("a remainder below 10 leaves one byte");
                remainder = value % 10;
            }
            digits.push(u8::try_from(remainder).expect("a remainder of 10 is one digit"));
        }
        digits.reverse();
        Ok(Decimal::new(is_negative, digits, scale))
    }

    fn new(is_negative: bool, mut digits: Vec<u8>, scale: i64) -> Decimal {
        let zeros = digits.iter().take_while(|&&digit| digit == 0).count();
        digits.drain(..zeros);
        if digits.is_empty() {
            digits.push(0);
        }
        let is_zero = digits == [0];
        Decimal { is_negative: is_negative && !is_zero, digits, scale }
    }

    /// With at most so many digits, half rounded up (`MathContext`); 0: as many as it has.
    #[must_use]
    pub fn rounded(mut self, precision: usize) -> Decimal {
        let surplus = self.digits.len().saturating_sub(precision);
        if precision == 0 || surplus == 0 {
            return self;
        }
        let is_up = self.digits[precision] >= 5;
        self.digits.truncate(precision);
        self.scale -= i64::try_from(surplus).unwrap_or(i64::MAX);
        if is_up {
            let nines = self.digits.iter().rev().take_while(|&&digit| digit == 9).count();
            let kept = precision - nines;
            self.digits[kept..].fill(0);
            match self.digits[..kept].last_mut() {
                Some(digit) => *digit += 1,
                None => {
                    self.digits[0] = 1;
                    self.scale -= 1;
                }
            }
        }
        self
    }

    /// The shortest two's complement of the digits (`BigInteger.toByteArray`).
    #[must_use]
    pub fn unscaled(&self) -> Vec<u8> {
        let mut magnitude: Vec<u8> = vec![0];
        for &digit in &self.digits {
            let mut carry = u16::from(digit);
            for byte in magnitude.iter_mut().rev() {
                let value = u16::from(*byte) * 10 + carry;
                *byte = (value & 0xff) as u8;
                carry = value >> 8;
            }
            if carry > 0 {
                magnitude.insert(0, u8::try_from(carry).expect("ten times a byte carries less"));
            }
        }
        magnitude.insert(0, 0);
        if self.is_negative {
            negate(&mut magnitude);
        }
        while magnitude.len() > 1
            && ((magnitude[0] == 0 && magnitude[1] < 0x80)
                || (magnitude[0] == 0xff && magnitude[1] >= 0x80))
        {
            magnitude.remove(0);
        }
        magnitude
    }

    /// The number of a `Decimal` schema (`Decimal.fromLogical`).
    ///
    /// # Errors
    /// If the scale is not the schema's.
    pub fn unscaled_for(&self, schema: Option<&Schema>) -> Result<Vec<u8>, DataError> {
        match schema.map_or(Logical::None, Schema::logical) {
            Logical::Decimal { scale } if i64::from(scale) != self.scale => {
                Err(DataError(format!(
                    "Decimal value has mismatching scale for given Decimal schema. Schema has scale {scale}, value has scale {}.",
                    self.scale
                )))
            }
            _ => Ok(self.unscaled()),
        }
    }

    /// `BigDecimal.toString`
    pub fn write(&self, out: &mut Vec<u8>) {
        if self.is_negative {
            out.push(b'-');
        }
        let digits: Vec<u8> = self.digits.iter().map(|digit| digit + b'0').collect();
        let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        let adjusted = count - 1 - self.scale;
        if self.scale == 0 {
            out.extend_from_slice(&digits);
        } else if self.scale > 0 && adjusted >= -6 {
            let fraction = usize::try_from(self.scale).unwrap_or(usize::MAX);
            if let Some(whole) = digits.len().checked_sub(fraction).filter(|&whole| whole > 0) {
                out.extend_from_slice(&digits[..whole]);
                out.push(b'.');
                out.extend_from_slice(&digits[whole..]);
            } else {
                out.extend_from_slice(b"0.");
                out.extend(std::iter::repeat_n(b'0', fraction - digits.len()));
                out.extend_from_slice(&digits);
            }
        } else {
            out.push(digits[0]);
            if digits.len() > 1 {
                out.push(b'.');
                out.extend_from_slice(&digits[1..]);
            }
            out.extend_from_slice(format!("E{adjusted:+}").as_bytes());
        }
    }
}

fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes.iter_mut().rev() {
        *byte = !*byte;
        if carry {
            (*byte, carry) = byte.overflowing_add(1);
        }
    }
}
