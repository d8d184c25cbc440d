//! Where a key lies on disk. Pure.
//!
//! A key lies *plainly*, at `<bucket>/<key>`, when every segment between slashes is a
//! file name: not empty, not `.` or `..`, at most 255 bytes, no NUL. Every other key, and a
//! key whose plain place is blocked by another (`a` beside `a/b`), lies *aside* under a
//! name made from the whole key: `%`, `/` and control characters as `%XX`, cut into
//! directories of at most 240 bytes whose names end with `+`, the last one, the file,
//! with `=`. So no two keys share a name and a file is never in a directory's way.

/// The longest key S3 allows, in bytes of UTF-8.
pub(in crate::s3) const KEY_BYTES_MAX: usize = 1024;

/// What nearly all file systems allow in one name.
const NAME_BYTES_MAX: usize = 255;

/// Leaves room for the suffix, and for file systems that encrypt names.
const CHUNK_BYTES_MAX: usize = 240;

/// The segments of a key that can lie at its own path, or `None`.
pub(super) fn plain_segments(key: &str) -> Option<Vec<&str>> {
    let segments: Vec<&str> = key.split('/').collect();
    segments.iter().all(|segment| is_file_name(segment)).then_some(segments)
}

fn is_file_name(segment: &str) -> bool {
    !segment.is_empty()
        && segment != "."
        && segment != ".."
        && segment.len() <= NAME_BYTES_MAX
        && !segment.contains('\0')
}

/// The path components of a key that lies aside, directories first.
pub(super) fn aside_components(key: &str) -> Vec<String> {
    let escaped = escape(key);
    let mut components = Vec::new();
    let mut rest = escaped.as_str();
    while rest.len() > CHUNK_BYTES_MAX {
        let cut = floor_char_boundary(rest, CHUNK_BYTES_MAX);
        components.push(format!("{}+", &rest[..cut]));
        rest = &rest[cut..];
    }
    components.push(format!("{rest}="));
    components
}

/// Whether a name found aside is a file's or a directory's, and its piece of the key.
pub(super) enum AsideName<'a> {
    Directory(&'a str),
    File(&'a str),
}

/// Reads one path component that [`aside_components`] made; `None` for a stranger.
pub(super) fn parse_aside_name(name: &str) -> Option<AsideName<'_>> {
    if let Some(piece) = name.strip_suffix('+') {
        Some(AsideName::Directory(piece))
    } else {
        name.strip_suffix('=').map(AsideName::File)
    }
}

/// The key of joined pieces; `None` if no key is written so.
pub(super) fn unescape(escaped: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

fn escape(key: &str) -> String {
    let mut escaped = String::with_capacity(key.len());
    for character in key.chars() {
        if matches!(character, '%' | '/' | '\0'..='\x1f' | '\x7f') {
            escaped.push_str(&format!("%{:02X}", u32::from(character)));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

fn floor_char_boundary(text: &str, mut index: usize) -> usize {
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}
