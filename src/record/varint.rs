//! Zig-zag varints, as records use them.

/// Most bytes of a 32-bit varint.
pub(crate) const VARINT_BYTES_MAX: usize = 5;
/// Most bytes of a 64-bit varint.
pub(crate) const VARLONG_BYTES_MAX: usize = 10;

/// Appends a 32-bit number.
pub(crate) fn put_varint(out: &mut Vec<u8>, value: i32) {
    put_varlong(out, i64::from(value));
}

/// Appends a 64-bit number.
pub(crate) fn put_varlong(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Bytes that [`put_varlong`] takes for `value`.
pub(crate) fn varlong_bytes(value: i64) -> usize {
    let zigzag = ((value << 1) ^ (value >> 63)) as u64;
    (64 - (zigzag | 1).leading_zeros() as usize).div_ceil(7)
}
