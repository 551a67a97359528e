//! The strings at a path of the input.

use doorward::{Input, Value};

/// What there is at a path.
#[derive(Debug, PartialEq, Eq)]
pub enum Texts {
    /// Nothing, or null.
    Absent,
    /// A string, or the strings of a list.
    Found(Vec<String>),
}

/// The strings at a path: a JSON pointer in which `*` stands for each element
/// of a list. `/*/name` at the end reads the names of a list of objects;
/// elements without one are passed over.
///
/// # Errors
///
/// A sentence that names the path, when there is something else.
pub fn texts(input: &Input, root: &str, path: &str) -> Result<Texts, String> {
    let (before, after) = split(path);
    let mut found = Texts::Absent;
    match input.get(&[root, before].concat()) {
        Some(value) if collect(&value, after, &mut found) => Ok(found),
        None => Ok(found),
        Some(_) => Err(format!(
            "the value at {path} is neither a string nor a list of strings"
        )),
    }
}

/// The path before its first `*`, and what follows from there.
fn split(path: &str) -> (&str, Option<&str>) {
    let starts = path.match_indices("/*").map(|(at, _)| at);
    match starts
        .into_iter()
        .find(|at| matches!(path.as_bytes().get(at + 2), None | Some(b'/')))
    {
        Some(at) => (&path[..at], Some(&path[at..])),
        None => (path, None),
    }
}

/// Adds what a value holds, and reports whether that is strings only.
fn collect(value: &Value, path: Option<&str>, found: &mut Texts) -> bool {
    let path = match path {
        None => return add(value, found),
        Some(path) => path,
    };
    let elements = match value.elements() {
        None if value.is_null() => return true,
        None => {
            // A member called * is one of an object.
            let (before, after) = split(&path[2..]);
            let inner = value.get(&["/*", before].concat());
            return inner.map_or(true, |inner| collect(&inner, after, found));
        }
        Some(elements) => elements,
    };
    let (before, after) = split(&path[2..]);
    for element in elements {
        match element.get(before) {
            Some(inner) if !collect(&inner, after, found) => return false,
            _ => {}
        }
    }
    true
}

fn add(value: &Value, found: &mut Texts) -> bool {
    if value.is_null() {
        return true;
    }
    let texts = match value.text() {
        Some(text) => vec![text],
        None => match value.texts() {
            Some(texts) => texts,
            None => return false,
        },
    };
    match found {
        Texts::Found(all) => all.extend(texts),
        Texts::Absent => *found = Texts::Found(texts),
    }
    true
}

impl Texts {
    /// The strings; none when there is nothing.
    pub fn list(self) -> Vec<String> {
        match self {
            Texts::Absent => Vec::new(),
            Texts::Found(texts) => texts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sources: &str, path: &str) -> Result<Texts, String> {
        let input = Input::new(&format!(r#"{{"sources":{sources}}}"#)).unwrap();
        texts(&input, "/sources", path)
    }

    fn found(texts: &[&str]) -> Result<Texts, String> {
        Ok(Texts::Found(
            texts.iter().map(|text| text.to_string()).collect(),
        ))
    }

    #[test]
    fn texts_at_paths() {
        for (sources, path, want) in [
            (r#"{"a":["x","y"]}"#, "/a", found(&["x", "y"])),
            (r#"{"a":"x"}"#, "/a", found(&["x"])),
            (r#"{"a":[]}"#, "/a", found(&[])),
            (r#"{"a":null}"#, "/a", Ok(Texts::Absent)),
            (r#"{}"#, "/a", Ok(Texts::Absent)),
            (
                r#"{"a":[{"name":"x"},{"id":7},{"name":["y","z"]},{"name":null}]}"#,
                "/a/*/name",
                found(&["x", "y", "z"]),
            ),
            (
                r#"{"a":[{"b":[{"c":"x"}]},{"b":[{"c":"y"}]}]}"#,
                "/a/*/b/*/c",
                found(&["x", "y"]),
            ),
            (r#"{"a":["x","y"]}"#, "/a/*", found(&["x", "y"])),
            (r#"{"a":[["x"],["y"]]}"#, "/a/*/*", found(&["x", "y"])),
            (r#"{"a":{"*":{"n":"x"}}}"#, "/a/*/n", found(&["x"])),
            (r#"{"a":{"*":[{"n":"x"}]}}"#, "/a/*/*/n", found(&["x"])),
            (r#"{"a":{"*b":"x"}}"#, "/a/*b", found(&["x"])),
            (r#"{"a":{"b":"x"}}"#, "/a/*/n", Ok(Texts::Absent)),
            (r#"{"a":[]}"#, "/a/*/name", Ok(Texts::Absent)),
        ] {
            assert_eq!(read(sources, path), want, "{sources} {path}");
        }
    }

    #[test]
    fn other_values_are_errors_that_name_the_path() {
        for (sources, path) in [
            (r#"{"a":7}"#, "/a"),
            (r#"{"a":["x",7]}"#, "/a"),
            (r#"{"a":{"x":"y"}}"#, "/a"),
            (r#"{"a":[{"name":7}]}"#, "/a/*/name"),
            (r#"{"a":[{"name":"x"},{"name":{}}]}"#, "/a/*/name"),
        ] {
            let want = format!("the value at {path} is neither a string nor a list of strings");
            assert_eq!(read(sources, path), Err(want), "{sources}");
        }
    }
}
