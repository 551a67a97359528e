//! Domains, in the one form in which they are compared.

use crate::punycode;

/// A domain in lower case with its labels in their ASCII form (`xn--…`).
///
/// `None` for what is no domain, and for one with characters that programs read
/// in different ways: a domain must not pass a list in one spelling and be
/// another's in the next system.
pub fn ascii(domain: &str) -> Option<String> {
    let labels: Option<Vec<String>> = domain.split('.').map(label).collect();
    Some(labels?.join(".")).filter(|domain| domain.len() <= 253)
}

fn label(label: &str) -> Option<String> {
    let lower = label.to_lowercase();
    let ascii = if lower.is_ascii() {
        lower
    } else if lower
        .chars()
        .all(|c| c == '-' || c.is_ascii_alphanumeric() || is_plain(c))
    {
        format!("xn--{}", punycode::encode(&lower)?)
    } else {
        return None;
    };
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let whole = !ascii.is_empty() && ascii.len() <= 63 && ascii.bytes().all(inner);
    (whole && !ascii.starts_with('-') && !ascii.ends_with('-')).then_some(ascii)
}

/// Whether a character outside ASCII stands for itself: a letter or digit that
/// is no compatibility form of another and no mark to be composed.
fn is_plain(c: char) -> bool {
    let folded = matches!(u32::from(c),
        0xaa | 0xb2..=0xba          // ª ² ³ ¹ º
        | 0x132..=0x140 | 0x149 | 0x17f | 0x1c4..=0x1cc | 0x1f1..=0x1f3 // ĳ ŀ ŉ ſ ǆ
        | 0x2b0..=0x2ff | 0x300..=0x36f // modifier letters, combining marks
        | 0x1d2c..=0x1dbf | 0x1e9a..=0x1e9b // phonetic modifiers
        | 0x2000..=0x2bff | 0x3000..=0x3004 | 0x3200..=0x33ff // letterlike, enclosed, squared
        | 0xf900..=0xfaff | 0xfb00..=0xffff // compatibility ideographs, presentation and width forms
        | 0x1d400..=0x1d7ff | 0x1f100..=0x1f2ff | 0x2f800..=0x2fa1f); // mathematical, enclosed, ideographs
    c.is_alphanumeric() && !folded
}

/// One entry of a list: a domain, or with `*.` before it every domain below.
#[derive(Debug, PartialEq, Eq)]
pub struct Pattern {
    domain: String,
    below: bool,
}

impl Pattern {
    /// `None` for what is neither.
    pub fn parse(text: &str) -> Option<Pattern> {
        let (domain, below) = text
            .strip_prefix("*.")
            .map_or((text, false), |rest| (rest, true));
        Some(Pattern {
            domain: ascii(domain)?,
            below,
        })
    }

    /// Whether a domain in its ASCII form is meant.
    pub fn matches(&self, domain: &str) -> bool {
        if !self.below {
            return domain == self.domain;
        }
        domain
            .strip_suffix(self.domain.as_str())
            .map_or(false, |above| above.len() > 1 && above.ends_with('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form() {
        for (domain, want) in [
            ("Example.COM", "example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("straße.de", "xn--strae-oqa.de"),
            ("例え.jp", "xn--r8jz45g.jp"),
            ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
            ("a_b.example", "a_b.example"),
        ] {
            assert_eq!(ascii(domain).as_deref(), Some(want), "{domain}");
        }
        let (long, label) = (["a"; 128].join("."), "a".repeat(64));
        for domain in [
            "",
            ".",
            "a..b",
            ".a",
            "a.",
            "-a.b",
            "a-.b",
            "a b",
            "a@b",
            "ｅxample.com",
            "a。b",
            "e\u{301}x",
            "x².de",
            "ﬁ.de",
            "a/b",
            &long,
            &label,
        ] {
            assert_eq!(ascii(domain), None, "{domain}");
        }
    }

    #[test]
    fn patterns() {
        for (pattern, domain, want) in [
            ("example.com", "example.com", true),
            ("EXAMPLE.com", "example.com", true),
            ("example.com", "a.example.com", false),
            ("example.com", "notexample.com", false),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "a.b.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "notexample.com", false),
            ("*.bücher.example", "a.xn--bcher-kva.example", true),
        ] {
            assert_eq!(
                Pattern::parse(pattern).unwrap().matches(domain),
                want,
                "{pattern} {domain}"
            );
        }
        for pattern in ["", "*", "*.", "*example.com", "a.*.com", "@example.com"] {
            assert_eq!(Pattern::parse(pattern), None, "{pattern}");
        }
    }
}
