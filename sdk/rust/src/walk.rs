//! Walking over the elements of arrays and the members of objects.

use crate::escape;
use crate::scan::Scanner;
use crate::Value;

/// The elements of an array; see [`Value::elements`].
pub struct Elements {
    array: Value,
    at: usize,
}

/// The members of an object; see [`Value::members`].
pub struct Members {
    object: Value,
    at: usize,
}

impl Elements {
    pub(crate) fn new(array: Value) -> Elements {
        Elements { array, at: 1 }
    }
}

impl Members {
    pub(crate) fn new(object: Value) -> Members {
        Members { object, at: 1 }
    }
}

impl Iterator for Elements {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        let mut scanner = Scanner::at(self.array.as_json(), self.at);
        scanner.pass_byte(b',');
        let range = scanner.value()?;
        self.at = range.end;
        Some(self.array.part(range))
    }
}

impl Iterator for Members {
    type Item = (String, Value);

    fn next(&mut self) -> Option<(String, Value)> {
        let mut scanner = Scanner::at(self.object.as_json(), self.at);
        scanner.pass_byte(b',');
        let name = scanner.value()?;
        if !scanner.pass_byte(b':') {
            return None;
        }
        let range = scanner.value()?;
        let name = escape::decode(self.object.as_json().get(name)?);
        self.at = range.end;
        Some((name, self.object.part(range)))
    }
}
