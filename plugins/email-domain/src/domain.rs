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
    let ascii = if label.is_ascii() {
        label.to_ascii_lowercase()
    } else {
        in_ascii(label)?
    };
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let whole = !ascii.is_empty() && ascii.len() <= 63 && ascii.bytes().all(inner);
    (whole && !ascii.starts_with('-') && !ascii.ends_with('-')).then_some(ascii)
}

/// The `xn--` form of a label. What was received is looked at, too: in lower
/// case some characters that stand for others are gone, such as the Kelvin
/// sign, which becomes a k.
fn in_ascii(label: &str) -> Option<String> {
    let lower = label.to_lowercase();
    let known = |c: char| c == '-' || c.is_ascii_alphanumeric() || is_plain(c);
    if !label.chars().chain(lower.chars()).all(known) {
        return None;
    }
    Some(format!("xn--{}", punycode::encode(&lower)?))
}

/// Whether a character outside ASCII stands for itself: a letter or digit of a
/// script that domains are written in, which every form of normalization leaves
/// as it is, whatever is next to it, and which has one small letter.
///
/// It lists what counts, so that a character nobody thought of does not.
fn is_plain(c: char) -> bool {
    let listed = matches!(u32::from(c),
        0xc0..=0x24f | 0x1e00..=0x1eff                  // Latin
        | 0x370..=0x52f | 0x531..=0x588                 // Greek, Cyrillic, Armenian
        | 0x5d0..=0x5f2                                 // Hebrew
        | 0x620..=0x64a | 0x660..=0x66f | 0x671..=0x6d5 // Arabic
        | 0x6e5..=0x6e6 | 0x6ee..=0x6ff | 0x750..=0x77f
        | 0x780..=0x7b1                                 // Thaana
        | 0x900..=0xdff                                 // Devanagari to Sinhala
        | 0xe01..=0xe59 | 0xe81..=0xedf                 // Thai, Lao
        | 0x1000..=0x109d                               // Myanmar
        | 0x10a0..=0x10ff | 0x1c90..=0x1cbf | 0x2d00..=0x2d2d // Georgian
        | 0x1200..=0x137c | 0x1780..=0x17e9             // Ethiopic, Khmer
        | 0x3005..=0x3007 | 0x3041..=0x30fe             // Kana
        | 0x3105..=0x312f | 0x31a0..=0x31bf             // Bopomofo
        | 0x3400..=0x9fff | 0x20000..=0x2ebe0 | 0x30000..=0x3134a // Han
        | 0xac00..=0xd7a3); // Hangul, in whole syllables
    c.is_alphanumeric() && listed && !is_odd(c)
}

/// The characters of these scripts that become others, or join the one before.
fn is_odd(c: char) -> bool {
    matches!(u32::from(c),
        // İ ĳ ŀ ŉ ſ ǆ ǳ, long s with a dot, capital ß
        0x130 | 0x132..=0x133 | 0x13f..=0x140 | 0x149 | 0x17f | 0x1c4..=0x1cc
        | 0x1f1..=0x1f3 | 0x1e9a..=0x1e9b | 0x1e9e
        // numeral sign, iota below, symbols; Σ, which has two small letters; և
        | 0x374 | 0x37a | 0x3a3 | 0x3d0..=0x3d6 | 0x3f0..=0x3f2 | 0x3f4..=0x3f5 | 0x3f9 | 0x587
        // letters with a high hamza
        | 0x675..=0x678
        // letters that are written with a nukta
        | 0x958..=0x95f | 0x9dc..=0x9df | 0xa33 | 0xa36 | 0xa59..=0xa5b | 0xa5e | 0xb5c..=0xb5d
        // vowel signs that are the second half of another, length marks
        | 0x9be | 0x9d7 | 0xb3e | 0xb56..=0xb57 | 0xbbe | 0xbd7 | 0xc55..=0xc56
        | 0xcc2 | 0xcd5..=0xcd6 | 0xd3e | 0xd57 | 0xdcf | 0xddf | 0x102e | 0x108d
        // Thai and Lao am, marks that change places, digraphs
        | 0xe33 | 0xe38..=0xe3a | 0xeb3 | 0xeb8..=0xeba | 0xedc..=0xedd
        // modifier nar, yori and koto
        | 0x10fc | 0x309f | 0x30ff)
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
            ("한국.kr", "xn--3e0b707e.kr"),
            ("भारत", "xn--h2brj9c"),
            ("άλφα.ελ", "xn--hxak3a7b.xn--qxam"),
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

    /// A label that another program composes, decomposes, widens or makes
    /// smaller in another way is none.
    #[test]
    fn other_forms() {
        for (what, odd) in [
            ("k, å and ω", "\u{212a}\u{212b}\u{2126}"),
            ("two ways to be small", "\u{130}\u{3a3}\u{1e9e}\u{13a0}"),
            ("jamo", "\u{1100}\u{1161}\u{11a8}\u{11ff}\u{a960}\u{d7b0}"),
            ("compatibility jamo", "\u{3131}\u{318e}\u{ffa1}"),
            ("fillers", "\u{115f}\u{1160}\u{3164}"),
            ("excluded", "\u{958}\u{95f}\u{9dc}\u{a33}\u{b5c}\u{f43}"),
            ("singletons", "\u{1f71}\u{1f7d}\u{1fbe}\u{1fd3}\u{374}"),
            ("second halves", "\u{9be}\u{bbe}\u{102e}"),
            ("marks that change places", "\u{5b0}\u{64b}\u{e38}"),
            ("modifiers", "\u{1d2c}\u{2c7c}\u{a770}\u{10781}"),
            ("wide and narrow", "\u{ff45}\u{ff71}"),
            ("ligatures and shapes", "\u{fb01}\u{1d41a}\u{2460}"),
            ("ideographs twice", "\u{f900}\u{2f800}"),
        ] {
            for c in odd.chars() {
                for domain in [format!("{c}x.example"), format!("x{c}"), format!("ü{c}")] {
                    assert_eq!(ascii(&domain), None, "{what}: {:x}", u32::from(c));
                }
            }
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
