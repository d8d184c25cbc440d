//! Arbitrary values from a seed.

use std::borrow::Cow;

use klamm::base::Uuid;
use klamm::wire::Records;

/// SplitMix64.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Rng(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// The default in one case of four.
    pub(crate) fn pick<T>(&mut self, default: T, make: impl FnOnce(&mut Self) -> T) -> T {
        if self.below(4) == 0 { default } else { make(self) }
    }

    /// `None` in one case of four if it may be.
    pub(crate) fn option<T>(
        &mut self,
        nullable: bool,
        make: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        if nullable && self.below(4) == 0 { None } else { Some(make(self)) }
    }

    pub(crate) fn list<T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(4)).map(|_| make(self)).collect()
    }

    pub(crate) fn bool(&mut self) -> bool {
        self.next() & 1 == 1
    }

    /// Small numbers as often as large ones.
    pub(crate) fn i64(&mut self) -> i64 {
        let shift = self.below(64);
        (self.next() as i64) >> shift
    }

    pub(crate) fn i8(&mut self) -> i8 {
        self.i64() as i8
    }

    pub(crate) fn i16(&mut self) -> i16 {
        self.i64() as i16
    }

    pub(crate) fn i32(&mut self) -> i32 {
        self.i64() as i32
    }

    pub(crate) fn u16(&mut self) -> u16 {
        self.i64() as u16
    }

    pub(crate) fn u32(&mut self) -> u32 {
        self.i64() as u32
    }

    pub(crate) fn f64(&mut self) -> f64 {
        self.i32().into()
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        let (high, low) = (self.next().to_be_bytes(), self.next().to_be_bytes());
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&high);
        bytes[8..].copy_from_slice(&low);
        Uuid(bytes)
    }

    /// Sometimes longer than a length of one byte can say.
    fn length(&mut self) -> usize {
        match self.below(16) {
            0 => 120 + self.below(20),
            _ => self.below(12),
        }
    }

    pub(crate) fn text(&mut self) -> Cow<'static, str> {
        const LETTERS: &[&str] = &["a", "Z", "0", ".", "_", "-", "ß", "語", "🦀", "\0", " "];
        let length = self.length();
        let text: String = (0..length).map(|_| LETTERS[self.below(LETTERS.len())]).collect();
        Cow::Owned(text)
    }

    pub(crate) fn bytes(&mut self) -> Cow<'static, [u8]> {
        let length = self.length();
        Cow::Owned((0..length).map(|_| self.next() as u8).collect())
    }

    /// Shared records, sometimes large enough to be spliced.
    pub(crate) fn records(&mut self) -> Records<'static> {
        let mut bytes = self.bytes().into_owned();
        if self.below(4) == 0 {
            bytes.resize(600, 7);
        }
        Records::Shared(bytes.into())
    }
}
