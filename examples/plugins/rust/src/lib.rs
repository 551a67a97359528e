//! An example of a mapper plugin in Rust: it makes a user and their roles of
//! what a company's provider says about its staff. The plugins beside it do
//! the same in other languages, byte for byte.

use doorward::{Input, Kind, Level, Output, Value};
use std::collections::BTreeMap;

doorward::map!(staff);

/// The whole mapping, in the order of the example's page.
pub fn staff(input: &Input) -> Result<Output, &'static str> {
    if is(input, "/sources/userInfo/suspended") {
        return Ok(Output::deny("the account is suspended"));
    }
    let groups = groups(input)?;
    let mut output = Output::default();
    let set = &mut output.set;
    set.user_name = text(input, "/sources/idTokenClaims/preferred_username")
        .map(|name| name.to_ascii_lowercase());
    set.first_name = either(
        input,
        "/sources/userInfo/given_name",
        "/sources/idTokenClaims/given_name",
    );
    set.last_name = either(
        input,
        "/sources/userInfo/family_name",
        "/sources/idTokenClaims/family_name",
    );
    if is(input, "/sources/idTokenClaims/email_verified") {
        set.email = text(input, "/sources/idTokenClaims/email");
    }
    if set.email.is_none() {
        output.unset.push("email".into());
    }
    let (roles, added) = roles(input, &groups);
    set.roles = Some(roles);
    set.attributes = attributes(input, groups.len());
    input.log(
        Level::Info,
        format!("{added} of {} groups became roles", groups.len()),
    );
    Ok(output)
}

/// What both sources report, in their order, repeated ones included.
fn groups(input: &Input) -> Result<Vec<String>, &'static str> {
    let mut all = Vec::new();
    for pointer in ["/sources/idTokenClaims/groups", "/sources/userInfo/groups"] {
        let value = match input.get(pointer) {
            Some(value) if !value.is_null() => value,
            _ => continue,
        };
        match value.text() {
            Some(group) => all.push(group),
            None => all.extend(
                value
                    .texts()
                    .ok_or("groups is neither a string nor a list of strings")?,
            ),
        }
    }
    Ok(all)
}

/// The roles so far and those that groups become, and how many these are.
fn roles(input: &Input, groups: &[String]) -> (Vec<String>, usize) {
    let prefix = text(input, "/config/prefix").unwrap_or_default();
    let mut roles = input.texts("/user/roles").unwrap_or_default();
    let before = roles.len();
    for group in groups {
        match group.strip_prefix(&prefix) {
            Some(role) if !role.is_empty() && !roles.iter().any(|known| known == role) => {
                roles.push(role.into())
            }
            _ => {}
        }
    }
    let added = roles.len() - before;
    (roles, added)
}

fn attributes(input: &Input, groups: usize) -> BTreeMap<String, Value> {
    let mut attributes = BTreeMap::from([("groupCount".into(), Value::from(groups as i64))]);
    if let Some(locale) = input
        .get("/sources/userInfo/locale")
        .and_then(|locale| locale.text())
    {
        attributes.insert("locale".into(), Value::from(locale));
    }
    if let Some(org) = input
        .get("/sources/idTokenClaims/org")
        .filter(|org| org.kind() != Kind::Null)
    {
        attributes.insert("org".into(), org);
    }
    attributes
}

/// Whether there is exactly true at a pointer.
fn is(input: &Input, pointer: &str) -> bool {
    input.bool(pointer) == Some(true)
}

/// The string at a pointer, if there is one that is not empty.
fn text(input: &Input, pointer: &str) -> Option<String> {
    input.text(pointer).filter(|text| !text.is_empty())
}

fn either(input: &Input, first: &str, second: &str) -> Option<String> {
    text(input, first).or_else(|| text(input, second))
}
