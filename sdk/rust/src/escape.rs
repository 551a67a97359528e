//! Strings: decoding them, and writing JSON so that equal results have equal
//! bytes in every SDK.

/// Appends `text` as a JSON string: quotes and backslashes with a backslash,
/// U+0000 to U+001F and U+007F as `\u00xx`, everything else as it is.
pub(crate) fn string(out: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push('"');
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' && byte != 0x7f {
            continue;
        }
        out.push_str(&text[written..at]);
        written = at + 1;
        out.push('\\');
        if byte == b'"' || byte == b'\\' {
            out.push(char::from(byte));
            continue;
        }
        out.push_str("u00");
        out.push(char::from(HEX[usize::from(byte >> 4)]));
        out.push(char::from(HEX[usize::from(byte & 15)]));
    }
    out.push_str(&text[written..]);
    out.push('"');
}

/// Appends a comma unless `out` ends with `open`.
pub(crate) fn comma(out: &mut String, open: char) {
    if !out.ends_with(open) {
        out.push(',');
    }
}

/// Begins the member `name` of an object.
pub(crate) fn member(out: &mut String, name: &str) {
    comma(out, '{');
    string(out, name);
    out.push(':');
}

/// Appends a list of strings.
pub(crate) fn list<T: AsRef<str>>(out: &mut String, texts: &[T]) {
    out.push('[');
    for (i, text) in texts.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        string(out, text.as_ref());
    }
    out.push(']');
}

/// Whether a quoted string is `name` once decoded.
pub(crate) fn is(quoted: &str, name: &str) -> bool {
    let inner = inner(quoted);
    if inner.contains('\\') {
        decode(quoted) == name
    } else {
        inner == name
    }
}

fn inner(quoted: &str) -> &str {
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("")
}

/// The string that a valid quoted string stands for.
pub(crate) fn decode(quoted: &str) -> String {
    let mut rest = inner(quoted);
    let mut out = String::with_capacity(rest.len());
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (c, len) = escaped(rest.as_bytes());
        out.push(c);
        rest = rest.get(len..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

/// The character of an escape, and how many bytes it takes.
fn escaped(text: &[u8]) -> (char, usize) {
    let c = match text.get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(text),
        Some(&other) => char::from(other),
        None => char::REPLACEMENT_CHARACTER,
    };
    (c, 2)
}

fn unicode(text: &[u8]) -> (char, usize) {
    let first = hex(text);
    match first.and_then(char::from_u32) {
        Some(c) => (c, 6),
        None => match pair(first, text.get(6..).and_then(hex)) {
            Some(c) => (c, 12),
            None => (char::REPLACEMENT_CHARACTER, 6),
        },
    }
}

/// The character of a surrogate pair.
pub(crate) fn pair(high: Option<u32>, low: Option<u32>) -> Option<char> {
    match (high?, low?) {
        (high @ 0xd800..=0xdbff, low @ 0xdc00..=0xdfff) => {
            char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
        }
        _ => None,
    }
}

/// The number of an escape `\uXXXX`.
pub(crate) fn hex(text: &[u8]) -> Option<u32> {
    if text.get(..2)? != b"\\u" {
        return None;
    }
    let digits = std::str::from_utf8(text.get(2..6)?).ok()?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}
