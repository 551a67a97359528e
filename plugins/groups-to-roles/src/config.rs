//! The config. The host has checked it against the schema in plugin.json, so
//! what is read here has the right type.

use crate::pattern::Pattern;
use doorward::Value;
use std::collections::BTreeMap;

/// Which groups become which roles.
pub struct Config {
    pub paths: Vec<String>,
    pub replace: bool,
    prefix: String,
    suffix: String,
    strip: bool,
    regex: Option<Pattern>,
    guids: BTreeMap<String, String>,
    rename: BTreeMap<String, String>,
    keep_unmatched: bool,
}

impl Config {
    pub fn parse(value: &Value) -> Result<Config, String> {
        let text = |name: &str| value.get(name).and_then(|value| value.text());
        let flag = |name: &str| value.get(name).and_then(|value| value.bool());
        Ok(Config {
            paths: value
                .get("/paths")
                .and_then(|paths| paths.texts())
                .unwrap_or_else(|| vec!["/idTokenClaims/groups".into(), "/userInfo/groups".into()]),
            replace: flag("/replace").unwrap_or(false),
            prefix: text("/prefix").unwrap_or_default(),
            suffix: text("/suffix").unwrap_or_default(),
            strip: flag("/strip").unwrap_or(true),
            regex: text("/regex")
                .map(|regex| Pattern::new(&regex))
                .transpose()?,
            guids: names(value.get("/guids"))
                .map(|(guid, name)| (guid.to_ascii_lowercase(), name))
                .collect(),
            rename: names(value.get("/rename")).collect(),
            keep_unmatched: flag("/keep_unmatched").unwrap_or(false),
        })
    }

    /// The role that a group becomes, if it becomes one.
    pub fn role<'a>(&'a self, group: &'a str) -> Option<&'a str> {
        let name = match self.name(group) {
            Some(name) => name,
            None => return self.keep_unmatched.then_some(group),
        };
        if let Some(role) = self.rename.get(name).or_else(|| self.rename.get(group)) {
            return Some(role.as_str()).filter(|role| !role.is_empty());
        }
        match self.pick(name) {
            Some("") => None,
            Some(role) => Some(role),
            None => self.keep_unmatched.then_some(name),
        }
    }

    /// The group's name: itself, or what the table has for its GUID. A GUID
    /// that the table does not have has none.
    fn name<'a>(&'a self, group: &'a str) -> Option<&'a str> {
        if self.guids.is_empty() || !is_guid(group) {
            return Some(group);
        }
        self.guids
            .get(&group.to_ascii_lowercase())
            .map(String::as_str)
    }

    /// What prefix, suffix and regex leave of a name that has them. It is
    /// empty when nothing is left.
    fn pick<'a>(&self, name: &'a str) -> Option<&'a str> {
        let inner = name
            .strip_prefix(self.prefix.as_str())?
            .strip_suffix(self.suffix.as_str())?;
        let name = if self.strip { inner } else { name };
        match &self.regex {
            Some(regex) => regex.role(name),
            None => Some(name),
        }
    }
}

fn names(value: Option<Value>) -> impl Iterator<Item = (String, String)> {
    let members = value.and_then(|value| value.members());
    members
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name, value.text()?)))
}

/// Whether a text is 8-4-4-4-12 hexadecimal digits.
fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
