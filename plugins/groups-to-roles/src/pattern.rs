//! The regular expression of the config, bounded.

use regex::{Regex, RegexBuilder};

/// The bytes that a compiled pattern may take. It bounds `(a{1000}){1000}` and
/// the like; the pattern's own length is bounded by the schema.
const MAX_COMPILED: usize = 256 << 10;
/// How deep a pattern's groups may nest.
const MAX_NESTED: u32 = 32;
/// The longest name that is matched, in bytes. A role has at most 256, and what
/// surrounds it, as in a distinguished name, is rarely longer.
const MAX_NAME: usize = 2048;

/// A pattern that a whole name must match, and whose first capture becomes the
/// role.
pub struct Pattern(Regex);

impl Pattern {
    /// # Errors
    ///
    /// A sentence that says what is wrong with the pattern.
    pub fn new(pattern: &str) -> Result<Pattern, String> {
        // Alone first: a parenthesis too many must not end the group around it.
        build(pattern)?;
        build(&format!(r"\A(?:{pattern})\z")).map(Pattern)
    }

    /// The role in a name that matches: the first capture that took part, or
    /// the name when the pattern captures nothing.
    pub fn role<'a>(&self, name: &'a str) -> Option<&'a str> {
        if name.len() > MAX_NAME {
            return None;
        }
        if self.0.captures_len() == 1 {
            return self.0.is_match(name).then_some(name);
        }
        let captures = self.0.captures(name)?;
        Some(
            captures
                .iter()
                .skip(1)
                .flatten()
                .next()
                .map_or("", |role| role.as_str()),
        )
    }
}

fn build(pattern: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(pattern)
        .size_limit(MAX_COMPILED)
        .nest_limit(MAX_NESTED)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => {
            "config regex: too big once compiled; make its repetitions smaller".into()
        }
        error => format!("config regex: {}", last_line(&error.to_string())),
    })
}

/// The part of a parse error that says what is wrong, without the drawing.
fn last_line(error: &str) -> &str {
    let line = error.lines().last().unwrap_or(error);
    line.strip_prefix("error: ").unwrap_or(line)
}
