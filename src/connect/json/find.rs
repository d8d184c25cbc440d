//! A field of a JSON object by its path, without reading the rest.

use super::lexer::escape_text;

/// The text of the value at a path of nested objects, quotes included if it is a string.
/// `json` must have been written by the transcoder: no white space, no name twice.
#[must_use]
pub fn find_path<'a>(json: &'a [u8], path: &[String]) -> Option<&'a [u8]> {
    let mut value = json;
    for name in path {
        let mut quoted = vec![b'"'];
        escape_text(&mut quoted, name);
        quoted.push(b'"');
        value = member(value, &quoted)?;
    }
    Some(value)
}

fn member<'a>(object: &'a [u8], quoted_name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = object.strip_prefix(b"{")?;
    while rest.first() == Some(&b'"') {
        let (name, after_name) = rest.split_at(value_length(rest)?);
        let after_colon = after_name.strip_prefix(b":")?;
        let (value, after_value) = after_colon.split_at(value_length(after_colon)?);
        if name == quoted_name {
            return Some(value);
        }
        rest = after_value.strip_prefix(b",")?;
    }
    None
}

/// How long the value is that `json` begins with.
fn value_length(json: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut index = 0;
    loop {
        match *json.get(index)? {
            b'"' => index += string_length(&json[index..])?,
            b'{' | b'[' => {
                depth += 1;
                index += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                index += 1;
            }
            b',' | b':' if depth > 0 => {
                index += 1;
                continue;
            }
            _ => {
                let ends = |&byte: &u8| matches!(byte, b',' | b'}' | b']');
                index += json[index..].iter().position(ends)?;
            }
        }
        if depth == 0 {
            return Some(index);
        }
    }
}

fn string_length(json: &[u8]) -> Option<usize> {
    let mut index = 1;
    loop {
        match *json.get(index)? {
            b'"' => return Some(index + 1),
            b'\\' => index += 2,
            _ => index += 1,
        }
    }
}
