//! Finding values in JSON text that is known to be valid: what they hold is
//! passed over, not looked at. Of any other text it finds nothing or a piece,
//! and never reads outside it.

use crate::escape;
use std::ops::Range;

pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Scanner<'a> {
        Scanner { text, at: 0 }
    }

    pub(crate) fn at(text: &'a str, at: usize) -> Scanner<'a> {
        Scanner { text, at }
    }

    /// The first byte of the next token, zero at the end.
    fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return byte;
            }
            self.at += 1;
        }
        0
    }

    /// Moves behind the next byte if it is this one.
    pub(crate) fn pass_byte(&mut self, byte: u8) -> bool {
        let there = self.peek() == byte;
        self.at += usize::from(there);
        there
    }

    /// Moves behind the next value and returns where it lies.
    pub(crate) fn value(&mut self) -> Option<Range<usize>> {
        let first = self.peek();
        let start = self.at;
        match first {
            0 | b']' | b'}' | b',' | b':' => return None,
            b'"' => self.pass_string(),
            b'{' | b'[' => self.pass_nested(),
            _ => self.pass_scalar(),
        }
        Some(start..self.at)
    }

    /// Moves to the value of a member, or of an element of an array.
    pub(crate) fn enter(&mut self, token: &str) -> Option<()> {
        match self.peek() {
            b'{' => self.enter_member(token),
            b'[' => self.enter_element(token),
            _ => None,
        }
    }

    fn enter_member(&mut self, name: &str) -> Option<()> {
        self.at += 1; // {
        while self.peek() == b'"' {
            let quoted = self.value()?;
            let same = escape::is(self.text.get(quoted)?, name);
            if !self.pass_byte(b':') {
                return None;
            }
            if same {
                return Some(());
            }
            self.value()?;
            self.pass_byte(b',');
        }
        None
    }

    fn enter_element(&mut self, index: &str) -> Option<()> {
        let digits = index.len() <= 9 && index.bytes().all(|b| b.is_ascii_digit());
        if !digits || index.len() > 1 && index.starts_with('0') {
            return None;
        }
        let index: usize = index.parse().ok()?;
        self.at += 1; // [
        for _ in 0..index {
            self.value()?;
            if !self.pass_byte(b',') {
                return None;
            }
        }
        (!matches!(self.peek(), 0 | b']')).then_some(())
    }

    fn pass_string(&mut self) {
        let bytes = self.text.as_bytes();
        self.at += 1; // "
        while let Some(&byte) = bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'"' => return,
                b'\\' => self.at += 1,
                _ => {}
            }
        }
        self.at = bytes.len();
    }

    fn pass_nested(&mut self) {
        let bytes = self.text.as_bytes();
        let mut depth = 0usize;
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'"' => {
                    self.pass_string();
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    fn pass_scalar(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            if matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r') {
                return;
            }
            self.at += 1;
        }
    }
}
