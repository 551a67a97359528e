//! CSV of RFC 4180: quoted fields, doubled quotes, line ends of both kinds.

#[derive(Debug, PartialEq, Eq)]
pub struct CsvError {
    /// From one.
    pub line: usize,
    pub problem: &'static str,
}

/// The records of a text, each with the line where it begins. Lines with
/// nothing in them are passed over, and a byte order mark at the front is too.
pub fn records(text: &str, delimiter: char) -> Result<Vec<(usize, Vec<String>)>, CsvError> {
    let mut reader = Reader {
        rest: text.strip_prefix('\u{feff}').unwrap_or(text),
        line: 1,
        delimiter,
    };
    let mut records = Vec::new();
    while !reader.rest.is_empty() {
        let line = reader.line;
        let record = reader.record()?;
        if record.len() > 1 || !record[0].is_empty() {
            records.push((line, record));
        }
    }
    Ok(records)
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    delimiter: char,
}

impl Reader<'_> {
    fn record(&mut self) -> Result<Vec<String>, CsvError> {
        let mut fields = Vec::new();
        loop {
            fields.push(self.field()?);
            if let Some(rest) = self.rest.strip_prefix(self.delimiter) {
                self.rest = rest;
                continue;
            }
            self.line_end()?;
            return Ok(fields);
        }
    }

    fn line_end(&mut self) -> Result<(), CsvError> {
        let rest = self.rest.strip_prefix('\r').unwrap_or(self.rest);
        match rest.strip_prefix('\n') {
            Some(rest) => self.rest = rest,
            None if rest.is_empty() => self.rest = rest,
            None => return self.fail("text after a quoted field"),
        }
        self.line += 1;
        Ok(())
    }

    fn field(&mut self) -> Result<String, CsvError> {
        if let Some(rest) = self.rest.strip_prefix('"') {
            self.rest = rest;
            return self.quoted();
        }
        let delimiter = self.delimiter;
        let end = self
            .rest
            .find(&[delimiter, '\n', '"'][..])
            .unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at(end);
        if rest.starts_with('"') {
            return self.fail("a quote inside a field that does not begin with one");
        }
        // A carriage return belongs to the line's end.
        let field = if rest.starts_with(delimiter) {
            field
        } else {
            field.strip_suffix('\r').unwrap_or(field)
        };
        self.rest = &self.rest[field.len()..];
        Ok(field.into())
    }

    fn quoted(&mut self) -> Result<String, CsvError> {
        let mut field = String::new();
        loop {
            let end = match self.rest.find('"') {
                None => return self.fail("a quote without its end"),
                Some(end) => end,
            };
            field.push_str(&self.rest[..end]);
            self.rest = &self.rest[end + 1..];
            match self.rest.strip_prefix('"') {
                Some(rest) => self.rest = rest,
                None => break,
            }
            field.push('"');
        }
        self.line += field.matches('\n').count();
        Ok(field)
    }

    fn fail<T>(&self, problem: &'static str) -> Result<T, CsvError> {
        Err(CsvError {
            line: self.line,
            problem,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        records(text, ',')
            .unwrap()
            .iter()
            .map(|(line, fields)| format!("{line}:{}", fields.join("|")))
            .collect()
    }

    #[test]
    fn reads_records() {
        for (text, want) in [
            ("", vec![]),
            ("a,b\nc,d\n", vec!["1:a|b", "2:c|d"]),
            ("a,b\r\nc,d", vec!["1:a|b", "2:c|d"]),
            ("\u{feff}a,\n\n\r\n,b\n", vec!["1:a|", "4:|b"]),
            (
                "\"a,\"\"x\"\"\",\"b\nc\"\nd,",
                vec!["1:a,\"x\"|b\nc", "3:d|"],
            ),
            ("\"\",x", vec!["1:|x"]),
            (" a , b ", vec!["1: a | b "]),
            ("a\rb,c\r,d", vec!["1:a\rb|c\r|d"]),
        ] {
            assert_eq!(read(text), want, "{text:?}");
        }
        assert_eq!(records("a;b", ';').unwrap()[0].1, ["a", "b"]);
    }

    #[test]
    fn refuses() {
        for (text, line, problem) in [
            ("a\n\"b", 2, "a quote without its end"),
            ("\"a\"b", 1, "text after a quoted field"),
            (
                "a\nb\"c\"",
                2,
                "a quote inside a field that does not begin with one",
            ),
        ] {
            assert_eq!(
                records(text, ','),
                Err(CsvError { line, problem }),
                "{text:?}"
            );
        }
    }
}
