//! The config. The host has checked it against the schema in plugin.json, so
//! what is read here has the right type.

use doorward::Value;

pub struct Config {
    pub sources: Vec<String>,
    pub realm: bool,
    pub realm_prefix: String,
    /// The clients whose roles count; `None` is all.
    pub clients: Option<Vec<String>>,
    pub ignore: Vec<String>,
    pub replace: bool,
    client_prefix: String,
}

impl Config {
    pub fn parse(value: &Value) -> Result<Config, String> {
        let text = |name: &str| value.get(name).and_then(|value| value.text());
        let texts = |name: &str| value.get(name).and_then(|value| value.texts());
        let flag = |name: &str| value.get(name).and_then(|value| value.bool());
        let owned = |names: [&str; 2]| names.iter().map(|name| name.to_string()).collect();
        Ok(Config {
            sources: texts("/sources").unwrap_or_else(|| owned(["idTokenClaims", "userInfo"])),
            realm: flag("/realm").unwrap_or(true),
            realm_prefix: text("/realm_prefix").unwrap_or_default(),
            clients: texts("/clients"),
            ignore: texts("/ignore")
                .unwrap_or_else(|| owned(["offline_access", "uma_authorization"])),
            replace: flag("/replace").unwrap_or(false),
            client_prefix: text("/client_prefix").unwrap_or_else(|| "{client}:".into()),
        })
    }

    /// What comes before the roles of a client. By default it is the client's
    /// name, so that one client's `admin` is not another's.
    pub fn client_prefix(&self, client: &str) -> String {
        self.client_prefix.replace("{client}", client)
    }
}
