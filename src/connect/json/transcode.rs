//! Schemaless JSON in, the connector's JSON out, in one pass.
//!
//! Connect reads an object into a Java `HashMap` and Jackson writes the map in its
//! iteration order. That order depends on nothing but the keys' hashes, how many there
//! are, and within a bucket the order of insertion; so it is computed, not simulated.

use std::collections::BTreeMap;

use super::lexer::{DEPTH_MAX, JsonError, Lexer, utf16_units};
use super::number::{write_double, write_wrapped_integer};

/// In which order the members of an object are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyOrder {
    /// As the connector writes them: by the hash of the key (`java-hashmap`).
    #[default]
    JavaHashMap,
    /// As they came (`input`).
    Input,
}

/// Rewrites JSON; keeps its buffers from record to record.
#[derive(Debug, Default)]
pub struct Transcoder {
    key_order: KeyOrder,
    members: Vec<Member>,
    reordered: Vec<u8>,
}

/// One member of an object that is being written: `"key":value,` at `start..end` of the output.
#[derive(Debug, Clone, Copy)]
struct Member {
    hash: u32,
    start: usize,
    key_end: usize,
    end: usize,
}

impl Transcoder {
    /// A transcoder that writes members in this order.
    #[must_use]
    pub fn new(key_order: KeyOrder) -> Transcoder {
        Transcoder { key_order, ..Transcoder::default() }
    }

    /// Appends the first JSON value of `input` to `out` as the connector would write it.
    /// Returns whether there was one: nothing and `null` are both "no value".
    ///
    /// # Errors
    /// If Jackson would refuse the input; `out` then ends with an unfinished value.
    pub fn transcode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<bool, JsonError> {
        let mut lexer = Lexer::new(input);
        self.members.clear();
        match lexer.peek_token() {
            None if lexer.position < input.len() => lexer.error("invalid UTF-8"),
            None => Ok(false),
            Some(b'n') => lexer.literal("null").map(|()| false),
            Some(b'-' | b'0'..=b'9') => {
                self.number(&mut lexer, out)?;
                lexer.end_of_root_number().map(|()| true)
            }
            Some(_) => self.value(&mut lexer, out, 0).map(|()| true),
        }
    }

    fn value(
        &mut self,
        lexer: &mut Lexer<'_>,
        out: &mut Vec<u8>,
        depth: usize,
    ) -> Result<(), JsonError> {
        match lexer.peek_token() {
            Some(b'"') => {
                out.push(b'"');
                lexer.string(out)?;
                out.push(b'"');
                Ok(())
            }
            Some(b'{') => self.object(lexer, out, depth),
            Some(b'[') => self.array(lexer, out, depth),
            Some(b'-' | b'0'..=b'9') => self.number(lexer, out),
            Some(b't') => Self::literal(lexer, out, "true"),
            Some(b'f') => Self::literal(lexer, out, "false"),
            Some(b'n') => Self::literal(lexer, out, "null"),
            Some(_) => lexer.error("expected a value"),
            None => lexer.error("the value does not end"),
        }
    }

    fn literal(
        lexer: &mut Lexer<'_>,
        out: &mut Vec<u8>,
        word: &'static str,
    ) -> Result<(), JsonError> {
        lexer.literal(word)?;
        out.extend_from_slice(word.as_bytes());
        Ok(())
    }

    fn number(&mut self, lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Result<(), JsonError> {
        let number = lexer.number()?;
        if number.is_integer {
            write_wrapped_integer(out, number.text);
        } else {
            // Through Java's BigDecimal, which has no negative zero.
            let value: f64 = number.text.parse().unwrap_or(0.0);
            write_double(out, if value == 0.0 { 0.0 } else { value });
        }
        Ok(())
    }

    fn array(
        &mut self,
        lexer: &mut Lexer<'_>,
        out: &mut Vec<u8>,
        depth: usize,
    ) -> Result<(), JsonError> {
        if depth >= DEPTH_MAX {
            return lexer.error("nested more than 1000 deep");
        }
        lexer.position += 1;
        out.push(b'[');
        if lexer.peek_token() == Some(b']') {
            lexer.position += 1;
            out.push(b']');
            return Ok(());
        }
        loop {
            self.value(lexer, out, depth + 1)?;
            match lexer.peek_token() {
                Some(b',') => out.push(b','),
                Some(b']') => {
                    lexer.position += 1;
                    out.push(b']');
                    return Ok(());
                }
                _ => return lexer.error("expected a comma or the end of the array"),
            }
            lexer.position += 1;
        }
    }

    fn object(
        &mut self,
        lexer: &mut Lexer<'_>,
        out: &mut Vec<u8>,
        depth: usize,
    ) -> Result<(), JsonError> {
        if depth >= DEPTH_MAX {
            return lexer.error("nested more than 1000 deep");
        }
        lexer.position += 1;
        out.push(b'{');
        if lexer.peek_token() == Some(b'}') {
            lexer.position += 1;
            out.push(b'}');
            return Ok(());
        }
        let first = self.members.len();
        loop {
            let start = out.len();
            if lexer.peek_token() != Some(b'"') {
                return lexer.error("expected a field name in double quotes");
            }
            out.push(b'"');
            lexer.string(out)?;
            let hash = java_string_hash(&out[start + 1..]);
            out.push(b'"');
            let key_end = out.len();
            lexer.expect(b':', "expected a colon after the field name")?;
            out.push(b':');
            self.value(lexer, out, depth + 1)?;
            // Every member carries its comma, so that members can change places.
            out.push(b',');
            self.members.push(Member { hash, start, key_end, end: out.len() });
            match lexer.peek_token() {
                Some(b',') => lexer.position += 1,
                Some(b'}') => break,
                _ => return lexer.error("expected a comma or the end of the object"),
            }
        }
        lexer.position += 1;
        self.order_members(first, out);
        if let Some(last) = out.last_mut() {
            *last = b'}';
        }
        self.members.truncate(first);
        Ok(())
    }

    /// Puts the members from `first` on, which end the output, into the order of writing.
    fn order_members(&mut self, first: usize, out: &mut Vec<u8>) {
        let members = &mut self.members[first..];
        let mask = table_mask(members.len());
        // Buckets that only go up: in order, and no key is there twice.
        if members.windows(2).all(|pair| pair[0].hash & mask < pair[1].hash & mask)
            && self.key_order == KeyOrder::JavaHashMap
        {
            return;
        }
        let object_start = members[0].start;
        let equal_hashes = has_equal_hashes(members);
        let count = if equal_hashes { remove_duplicates(members, out) } else { members.len() };
        let was_duplicate = count < members.len();
        let members = &mut members[..count];
        if self.key_order == KeyOrder::JavaHashMap {
            let mask = table_mask(count);
            members.sort_by_key(|member| member.hash & mask);
        } else if !was_duplicate {
            return;
        }
        self.reordered.clear();
        for member in members.iter() {
            self.reordered.extend_from_slice(&out[member.start..member.end]);
        }
        out.truncate(object_start);
        out.extend_from_slice(&self.reordered);
    }
}

/// `HashMap`'s table for so many keys: 16 buckets, doubled whenever it is three quarters full.
#[must_use]
pub fn table_mask(key_count: usize) -> u32 {
    let mut size: u32 = 16;
    while key_count > size as usize / 4 * 3 {
        size *= 2;
    }
    size - 1
}

fn has_equal_hashes(members: &[Member]) -> bool {
    if members.len() <= 16 {
        return members
            .iter()
            .enumerate()
            .any(|(index, one)| members[..index].iter().any(|other| other.hash == one.hash));
    }
    let mut hashes: Vec<u32> = members.iter().map(|member| member.hash).collect();
    hashes.sort_unstable();
    hashes.windows(2).any(|pair| pair[0] == pair[1])
}

/// `String.hashCode` over UTF-16 units, spread as `HashMap` does. The content is escaped.
#[must_use]
pub fn java_string_hash(content: &[u8]) -> u32 {
    let step = |hash: u32, unit: u16| hash.wrapping_mul(31).wrapping_add(u32::from(unit));
    let mut hash: u32 = 0;
    for &byte in content {
        if byte == b'\\' || byte >= 0x80 {
            // Rare: take the text apart.
            hash = utf16_units(content).into_iter().fold(0, step);
            break;
        }
        hash = step(hash, u16::from(byte));
    }
    hash ^ (hash >> 16)
}

/// Leaves each name once, where it came first and with its last value; returns how many.
fn remove_duplicates(members: &mut [Member], out: &[u8]) -> usize {
    let mut places: BTreeMap<&[u8], usize> = BTreeMap::new();
    let mut kept: Vec<Member> = Vec::with_capacity(members.len());
    for member in members.iter() {
        let key = &out[member.start..member.key_end];
        match places.get(key) {
            Some(&place) => kept[place] = *member,
            None => {
                places.insert(key, kept.len());
                kept.push(*member);
            }
        }
    }
    members[..kept.len()].copy_from_slice(&kept);
    kept.len()
}
