//! Strict JSON: bounded depth, no duplicate member, no lone surrogate.

use crate::escape;
use std::collections::BTreeSet;
use std::fmt;

/// The levels of arrays and objects that a host takes.
const MAX_DEPTH: usize = 64;

/// Where and why a text is not the JSON it must be. It never holds a value of
/// the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Bytes from the start.
    pub offset: usize,
    /// What is wrong there.
    pub problem: &'static str,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.problem, self.offset)
    }
}

impl std::error::Error for JsonError {}

/// Fails unless `text` is one strict JSON value.
pub(crate) fn check(text: &str) -> Result<(), JsonError> {
    let mut checker = Checker { text, at: 0 };
    checker.value(0)?;
    match checker.peek() {
        None => Ok(()),
        Some(_) => checker.fail("unexpected text after the value"),
    }
}

struct Checker<'a> {
    text: &'a str,
    at: usize,
}

impl Checker<'_> {
    fn fail<T>(&self, problem: &'static str) -> Result<T, JsonError> {
        Err(JsonError {
            offset: self.at,
            problem,
        })
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn value(&mut self, depth: usize) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'{' | b'[') if depth == MAX_DEPTH => self.fail("more than 64 levels deep"),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<(), JsonError> {
        for word in ["true", "false", "null"] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(());
            }
        }
        self.fail("expected a JSON value")
    }

    fn object(&mut self, depth: usize) -> Result<(), JsonError> {
        self.at += 1; // {
        if self.take(b'}') {
            return Ok(());
        }
        let mut seen = BTreeSet::new();
        loop {
            if self.peek() != Some(b'"') {
                return self.fail("expected a member name");
            }
            let start = self.at;
            self.string()?;
            if !seen.insert(escape::decode(&self.text[start..self.at])) {
                self.at = start;
                return self.fail("duplicate member");
            }
            if !self.take(b':') {
                return self.fail("expected a colon");
            }
            self.value(depth)?;
            if self.take(b'}') {
                return Ok(());
            }
            if !self.take(b',') {
                return self.fail("expected a comma or the end of the object");
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), JsonError> {
        self.at += 1; // [
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.value(depth)?;
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return self.fail("expected a comma or the end of the array");
            }
        }
    }

    fn string(&mut self) -> Result<(), JsonError> {
        self.at += 1; // "
        loop {
            match self.byte() {
                None => return self.fail("unterminated string"),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(0..=0x1f) => return self.fail("control character in a string"),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        let rest = &self.text.as_bytes()[self.at..];
        match rest.get(1) {
            None => return self.fail("unterminated string"),
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => match escape::hex(rest) {
                None => return self.fail("expected four hexadecimal digits"),
                Some(0xd800..=0xdfff) => {
                    if escape::pair(escape::hex(rest), rest.get(6..).and_then(escape::hex))
                        .is_none()
                    {
                        return self.fail("lone surrogate");
                    }
                    self.at += 12;
                }
                Some(_) => self.at += 6,
            },
            Some(_) => return self.fail("unknown escape"),
        }
        Ok(())
    }

    /// A number of RFC 8259, section 6.
    fn number(&mut self) -> Result<(), JsonError> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        if self.at == start {
            return self.fail("expected a digit");
        }
        Ok(())
    }
}
