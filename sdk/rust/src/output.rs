//! What a mapper answers.

use crate::{escape, Value};
use std::collections::BTreeMap;

/// A mapped person. In an output's `set`, members that are `None` or an empty
/// string are left as they are; `roles` that are `Some` of an empty list mean
/// no roles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct User {
    pub id: Option<String>,
    pub user_name: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub email: Option<String>,
    /// In an output, they replace the roles so far.
    pub roles: Option<Vec<String>>,
    /// By name; in an output, they are merged into those so far.
    pub attributes: BTreeMap<String, Value>,
}

/// What a mapper wants changed. The default changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// What to set.
    pub set: User,
    /// What to remove: `id`, `userName`, `firstName`, `lastName`, `email`,
    /// `roles` or `attributes.NAME`.
    pub unset: Vec<String>,
    /// Refuses the login. The reason, 1 to 1024 bytes, goes to the trace and
    /// the audit log; the person sees a sentence of the host's own.
    pub deny: Option<String>,
}

impl Output {
    /// An output that refuses the login and changes nothing.
    pub fn deny(reason: impl Into<String>) -> Output {
        Output {
            deny: Some(reason.into()),
            ..Output::default()
        }
    }

    /// The result as the host reads it. Equal outputs give equal bytes, and
    /// the same bytes as the other languages' SDKs.
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(256);
        out.push('{');
        self.set.write(&mut out);
        if !self.unset.is_empty() {
            escape::member(&mut out, "unset");
            escape::list(&mut out, &self.unset);
        }
        if let Some(reason) = &self.deny {
            escape::member(&mut out, "deny");
            out.push('{');
            escape::member(&mut out, "reason");
            escape::string(&mut out, reason);
            out.push('}');
        }
        out.push('}');
        out
    }
}

impl User {
    fn write(&self, out: &mut String) {
        let before = out.len();
        escape::member(out, "set");
        out.push('{');
        let start = out.len();
        for (name, value) in [
            ("id", &self.id),
            ("userName", &self.user_name),
            ("firstName", &self.first_name),
            ("lastName", &self.last_name),
            ("email", &self.email),
        ] {
            if let Some(text) = value.as_deref().filter(|text| !text.is_empty()) {
                escape::member(out, name);
                escape::string(out, text);
            }
        }
        if let Some(roles) = &self.roles {
            escape::member(out, "roles");
            escape::list(out, roles);
        }
        self.write_attributes(out);
        if out.len() == start {
            out.truncate(before); // nothing is set
        } else {
            out.push('}');
        }
    }

    fn write_attributes(&self, out: &mut String) {
        if self.attributes.is_empty() {
            return;
        }
        escape::member(out, "attributes");
        out.push('{');
        for (name, value) in &self.attributes {
            escape::member(out, name);
            out.push_str(value.as_json());
        }
        out.push('}');
    }
}
