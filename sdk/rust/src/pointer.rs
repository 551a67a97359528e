//! JSON pointers, RFC 6901.

use std::borrow::Cow;

/// The longest pointer that a host takes, in bytes.
const MAX: usize = 4096;

/// `name` as a token of a pointer: with `~` and `/` escaped.
pub fn token(name: &str) -> Cow<'_, str> {
    if name.contains(&['~', '/'][..]) {
        Cow::Owned(name.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(name)
    }
}

/// The decoded tokens of a pointer; `None` when it is malformed.
pub(crate) fn parse(pointer: &str) -> Option<Vec<Cow<'_, str>>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    if pointer.len() > MAX {
        return None;
    }
    pointer.strip_prefix('/')?.split('/').map(decode).collect()
}

fn decode(token: &str) -> Option<Cow<'_, str>> {
    if !token.contains('~') {
        return Some(Cow::Borrowed(token));
    }
    let mut out = String::with_capacity(token.len());
    let mut parts = token.split('~');
    out.push_str(parts.next().unwrap_or(""));
    for part in parts {
        let (escaped, rest) = match part.as_bytes().first()? {
            b'0' => ('~', &part[1..]),
            b'1' => ('/', &part[1..]),
            _ => return None,
        };
        out.push(escaped);
        out.push_str(rest);
    }
    Some(Cow::Owned(out))
}
