//! One JSON value as its text, read piece by piece.

use crate::check::{check, JsonError};
use crate::scan::Scanner;
use crate::walk::{Elements, Members};
use crate::{escape, pointer};
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

/// The text of one JSON value, as the host received it: number digits, escapes
/// and white space inside are kept. Its methods read it on demand and return
/// `None` when it is another kind of value. A clone shares the text.
#[derive(Clone)]
pub struct Value {
    text: Rc<String>,
    range: Range<usize>,
}

/// The kind of a [`Value`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

impl Value {
    /// A value from JSON text of your own.
    ///
    /// # Errors
    ///
    /// [`JsonError`] when it is not one strict JSON value: at most 64 levels,
    /// no lone surrogate, no duplicate member.
    pub fn json(text: &str) -> Result<Value, JsonError> {
        check(text)?;
        Ok(Value::of(
            text.trim_matches(&[' ', '\t', '\n', '\r'][..]).to_string(),
        ))
    }

    /// A value from text that is known to be JSON.
    pub(crate) fn of(text: String) -> Value {
        Value {
            range: 0..text.len(),
            text: Rc::new(text),
        }
    }

    /// A value from bytes that the host vouches for.
    #[cfg(target_family = "wasm")]
    pub(crate) fn from_host(text: &[u8]) -> Value {
        // Checking all of it at once is much faster than replacing what is wrong.
        let valid = std::str::from_utf8(text).map(str::to_string);
        Value::of(valid.unwrap_or_else(|_| String::from_utf8_lossy(text).into_owned()))
    }

    /// A list of values.
    pub fn list(values: impl IntoIterator<Item = Value>) -> Value {
        let mut out = String::from("[");
        for value in values {
            escape::comma(&mut out, '[');
            out.push_str(value.as_json());
        }
        out.push(']');
        Value::of(out)
    }

    /// An object with these members, in this order. The names must differ.
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
        let mut out = String::from("{");
        for (name, value) in members {
            escape::member(&mut out, name);
            out.push_str(value.as_json());
        }
        out.push('}');
        Value::of(out)
    }

    /// The JSON text.
    pub fn as_json(&self) -> &str {
        self.text.get(self.range.clone()).unwrap_or("null")
    }

    /// What kind of value it is.
    pub fn kind(&self) -> Kind {
        match self.as_json().as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') | None => Kind::Null,
            Some(_) => Kind::Number,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// The decoded string.
    pub fn text(&self) -> Option<String> {
        match self.kind() {
            Kind::String => Some(escape::decode(self.as_json())),
            _ => None,
        }
    }

    /// The list of strings; a single string is not one.
    pub fn texts(&self) -> Option<Vec<String>> {
        self.elements()?.map(|element| element.text()).collect()
    }

    /// The boolean.
    pub fn bool(&self) -> Option<bool> {
        match self.as_json() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The number, when it is an integer written without fraction and exponent
    /// that fits 64 bits.
    pub fn int(&self) -> Option<i64> {
        self.number()?.parse().ok()
    }

    /// The number's text, with its digits as received.
    pub fn number(&self) -> Option<&str> {
        match self.kind() {
            Kind::Number => Some(self.as_json()),
            _ => None,
        }
    }

    /// The members of an object, in their order.
    pub fn members(&self) -> Option<Members> {
        match self.kind() {
            Kind::Object => Some(Members::new(self.clone())),
            _ => None,
        }
    }

    /// The elements of an array.
    pub fn elements(&self) -> Option<Elements> {
        match self.kind() {
            Kind::Array => Some(Elements::new(self.clone())),
            _ => None,
        }
    }

    /// The value at an RFC 6901 pointer inside this one, if there is one.
    pub fn get(&self, pointer: &str) -> Option<Value> {
        let tokens = pointer::parse(pointer)?;
        let mut scanner = Scanner::new(self.as_json());
        for token in &tokens {
            scanner.enter(token)?;
        }
        let range = scanner.value()?;
        Some(self.part(range))
    }

    /// The value at a range of this one's text.
    pub(crate) fn part(&self, range: Range<usize>) -> Value {
        let start = self.range.start;
        Value {
            text: Rc::clone(&self.text),
            range: start + range.start..start + range.end,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_json())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_json())
    }
}

/// Values are equal when their texts are.
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        self.as_json() == other.as_json()
    }
}

impl Eq for Value {}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        let mut out = String::with_capacity(text.len() + 2);
        escape::string(&mut out, text);
        Value::of(out)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::from(text.as_str())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::of(value.to_string())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::of(number.to_string())
    }
}

impl<T: AsRef<str>> From<&[T]> for Value {
    fn from(texts: &[T]) -> Value {
        let mut out = String::new();
        escape::list(&mut out, texts);
        Value::of(out)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Value {
        Value::from(texts.as_slice())
    }
}
