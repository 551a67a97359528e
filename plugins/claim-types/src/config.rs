//! The config. The host has checked it against the schema in plugin.json, so
//! what is read here has the right type.

use doorward::Value;

pub struct Config {
    pub path: String,
    /// Standard attributes, and the short names that they are read from.
    pub standard: Vec<(String, Vec<String>)>,
    only: Option<Vec<String>>,
    lists: Vec<String>,
}

impl Config {
    pub fn parse(value: &Value) -> Result<Config, String> {
        let texts = |name: &str| value.get(name).and_then(|value| value.texts());
        let own = value
            .get("/standard")
            .and_then(|standard| standard.members());
        let mut standard: Vec<_> = defaults().collect();
        for (attribute, names) in own.into_iter().flatten() {
            standard.retain(|known| known.0 != attribute);
            standard.push((attribute, names.texts().unwrap_or_default()));
        }
        Ok(Config {
            path: value
                .get("/path")
                .and_then(|path| path.text())
                .unwrap_or_else(|| "/authnResponse/attributes".into()),
            standard,
            only: texts("/only"),
            lists: texts("/lists")
                .unwrap_or_else(|| owned(&["amr", "denyonlysid", "group", "groupsid"])),
        })
    }

    /// Whether a claim becomes an attribute of its short name.
    pub fn wants(&self, name: &str) -> bool {
        self.only
            .as_ref()
            .map_or(true, |only| only.iter().any(|wanted| wanted == name))
    }

    /// The value of an attribute: a list when there are several or the config
    /// says so, else the one.
    pub fn shape(&self, name: &str, mut values: Vec<Value>) -> Value {
        match values.pop() {
            Some(only) if values.is_empty() && !self.lists.iter().any(|list| list == name) => only,
            last => Value::list(values.into_iter().chain(last)),
        }
    }
}

fn defaults() -> impl Iterator<Item = (String, Vec<String>)> {
    let defaults: [(&str, &[&str]); 5] = [
        ("userName", &["upn", "unique_name"]),
        ("firstName", &["given_name"]),
        ("lastName", &["family_name"]),
        ("email", &["email"]),
        ("roles", &["role"]),
    ];
    defaults
        .into_iter()
        .map(|(attribute, names)| (attribute.to_string(), owned(names)))
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| name.to_string()).collect()
}
