//! The config. The host has checked it against the schema in plugin.json, so
//! what is read here has the right type.

use crate::domain::Pattern;
use doorward::Value;

pub struct Config {
    pub sources: Vec<String>,
    pub allow: Vec<Pattern>,
    pub deny: Vec<Pattern>,
    pub verified_only: bool,
    /// A login without an address to go by is let through all the same.
    pub admit_without: bool,
    pub local_attribute: String,
    pub domain_attribute: String,
}

impl Config {
    pub fn parse(value: &Value) -> Result<Config, String> {
        let text = |name: &str| value.get(name).and_then(|value| value.text());
        let flag = |name: &str| value.get(name).and_then(|value| value.bool());
        let sources = value.get("/sources").and_then(|sources| sources.texts());
        Ok(Config {
            sources: sources.unwrap_or_else(|| vec!["idTokenClaims".into(), "userInfo".into()]),
            allow: patterns(value, "allow")?,
            deny: patterns(value, "deny")?,
            verified_only: flag("/verified_only").unwrap_or(true),
            admit_without: flag("/admit_without").unwrap_or(false),
            local_attribute: text("/local_attribute").unwrap_or_else(|| "emailLocal".into()),
            domain_attribute: text("/domain_attribute").unwrap_or_else(|| "emailDomain".into()),
        })
    }

    /// Whether the domain decides who may sign in.
    pub fn restricts(&self) -> bool {
        !self.allow.is_empty() || !self.deny.is_empty()
    }
}

/// A list that cannot be read must not become a shorter one.
fn patterns(value: &Value, name: &str) -> Result<Vec<Pattern>, String> {
    let list = match value.get(&format!("/{name}")) {
        None => return Ok(Vec::new()),
        Some(list) => list.texts().unwrap_or_default(),
    };
    let parse = |(at, text): (usize, &String)| {
        Pattern::parse(text).ok_or_else(|| {
            format!("config {name}/{at} is no domain; write example.com or *.example.com")
        })
    };
    list.iter().enumerate().map(parse).collect()
}
