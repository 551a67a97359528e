//! Taking an email address apart.

use crate::domain;

/// An address in the plain form of RFC 5321: no quotes, no comments.
#[derive(Debug, PartialEq, Eq)]
pub struct Address {
    /// The part before the at sign, as received: only its own server knows
    /// whether case matters there.
    pub local: String,
    /// The domain in lower case, its labels in their ASCII form.
    pub domain: String,
}

impl Address {
    /// `None` for an address that systems read in different ways, or that is
    /// none.
    pub fn parse(text: &str) -> Option<Address> {
        let (local, rest) = text.split_once('@')?;
        let plain = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        if local.is_empty() || local.len() > 64 || !local.chars().all(plain) {
            return None;
        }
        if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return None;
        }
        Some(Address {
            local: local.into(),
            domain: domain::ascii(rest)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_addresses() {
        for (text, local, domain) in [
            ("ada@example.com", "ada", "example.com"),
            ("Ada.L+x@EXAMPLE.Com", "Ada.L+x", "example.com"),
            ("a@b", "a", "b"),
            ("jörg@bücher.example", "jörg", "xn--bcher-kva.example"),
        ] {
            assert_eq!(
                Address::parse(text),
                Some(Address {
                    local: local.into(),
                    domain: domain.into()
                }),
                "{text}"
            );
        }
    }

    #[test]
    fn others() {
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a@b@example.com",
            "\"a@b\"@example.com",
            "a b@example.com",
            ".a@example.com",
            "a.@example.com",
            "a..b@example.com",
            "a(c)@example.com",
            "a@example.com.",
            "a@[127.0.0.1]",
            "a@exa mple.com",
            "a\n@example.com",
            "<a@example.com>",
            "a@-x.com",
            "a@ｅxample.com",
        ] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
        assert_eq!(Address::parse(&("x".repeat(65) + "@example.com")), None);
    }
}
