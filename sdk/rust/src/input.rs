//! What a mapper reads.

use crate::host::Host;
use crate::pointer::token;
use crate::{User, Value};

/// One login, as much of it as the plugin was granted. It is good for the call
/// it was made for.
pub struct Input {
    host: Host,
}

/// The facts of a sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// The provider's name in the host's configuration.
    pub idp: String,
    /// `oidc`, `saml`, `id-token` or `builtin`.
    pub protocol: String,
    /// When the host received the provider's answer, in Unix seconds.
    pub time: i64,
    /// The person was asked to prove their credentials anew.
    pub force_auth: bool,
}

/// The gravity of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For the plugin's author.
    Debug = 0,
    /// What happened.
    Info = 1,
    /// Something that an operator should look at.
    Warn = 2,
    /// Something that went wrong.
    Error = 3,
}

impl Level {
    /// The level's name in the trace.
    pub fn name(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }
}

impl Input {
    #[cfg(target_family = "wasm")]
    pub(crate) fn from_host() -> Input {
        Input { host: Host::new() }
    }

    /// An input for tests, from the JSON that a host would send.
    ///
    /// # Errors
    ///
    /// [`JsonError`](crate::JsonError) when `document` is not strict JSON.
    #[cfg(not(target_family = "wasm"))]
    pub fn new(document: &str) -> Result<Input, crate::JsonError> {
        Ok(Input {
            host: Host::new(Value::json(document)?),
        })
    }

    /// What was logged through an input of [`Input::new`]: `warn: …`.
    #[cfg(not(target_family = "wasm"))]
    pub fn logged(&self) -> Vec<String> {
        self.host.lines()
    }

    /// The value at an RFC 6901 pointer of the input, if there is one:
    /// `/sources/userInfo/groups/0`, `/config/prefix`.
    ///
    /// Only that value crosses the boundary. A pointer into a source that the
    /// plugin is not granted ends the call and fails the login; a malformed
    /// pointer finds nothing.
    pub fn get(&self, pointer: &str) -> Option<Value> {
        self.host.get(pointer)
    }

    /// The string at a pointer, if there is one.
    pub fn text(&self, pointer: &str) -> Option<String> {
        self.get(pointer)?.text()
    }

    /// The list of strings at a pointer; a single string is none.
    pub fn texts(&self, pointer: &str) -> Option<Vec<String>> {
        self.get(pointer)?.texts()
    }

    /// The integer at a pointer; see [`Value::int`].
    pub fn int(&self, pointer: &str) -> Option<i64> {
        self.get(pointer)?.int()
    }

    /// The digits of the number at a pointer, as received.
    pub fn number(&self, pointer: &str) -> Option<String> {
        self.get(pointer)?.number().map(str::to_string)
    }

    /// The boolean at a pointer.
    pub fn bool(&self, pointer: &str) -> Option<bool> {
        self.get(pointer)?.bool()
    }

    /// The value at a pointer inside one source; `""` is the whole source.
    pub fn source(&self, name: &str, pointer: &str) -> Option<Value> {
        self.get(&["/sources/", &token(name), pointer].concat())
    }

    /// The value at a pointer inside the plugin's config.
    pub fn config(&self, pointer: &str) -> Option<Value> {
        self.get(&["/config", pointer].concat())
    }

    /// The user that the mappers before this one have made.
    pub fn user(&self) -> User {
        let mut user = User::default();
        for (name, value) in self.members("/user") {
            match name.as_str() {
                "id" => user.id = value.text(),
                "userName" => user.user_name = value.text(),
                "firstName" => user.first_name = value.text(),
                "lastName" => user.last_name = value.text(),
                "email" => user.email = value.text(),
                "roles" => user.roles = value.texts(),
                "attributes" => user.attributes = value.members().into_iter().flatten().collect(),
                _ => {}
            }
        }
        user
    }

    /// The facts of this sign-in.
    pub fn login(&self) -> Login {
        let mut login = Login::default();
        for (name, value) in self.members("/login") {
            match name.as_str() {
                "idp" => login.idp = value.text().unwrap_or_default(),
                "protocol" => login.protocol = value.text().unwrap_or_default(),
                "time" => login.time = value.int().unwrap_or_default(),
                "forceAuth" => login.force_auth = value.bool().unwrap_or_default(),
                _ => {}
            }
        }
        login
    }

    fn members(&self, pointer: &str) -> impl Iterator<Item = (String, Value)> {
        self.get(pointer)
            .and_then(|value| value.members())
            .into_iter()
            .flatten()
    }

    /// Adds a line to the login's trace. The host keeps at most 64 lines of
    /// 1 KiB. Do not log what a reader of the trace must not see.
    pub fn log(&self, level: Level, message: impl AsRef<str>) {
        self.host.log(level, message.as_ref());
    }

    /// The wall clock, in nanoseconds since 1970. It starts at the time the
    /// host received the login; each reading adds a microsecond.
    pub fn time(&self) -> u64 {
        self.host.time()
    }

    /// Fills `buffer` from a stream that is a function of the login, so that a
    /// replay draws the same. Do not make secrets with it.
    pub fn random(&self, buffer: &mut [u8]) {
        self.host.random(buffer);
    }
}
