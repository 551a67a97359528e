//! A mapper plugin that reads claims with long types, as SAML and
//! WS-Federation have them, by their short names. Its page is
//! docs/plugins/claim-types.md.

#![forbid(unsafe_code)]

mod config;
mod table;

use config::Config;
use doorward::{Input, Output, User, Value};
use parts::{Kept, Roles};
use std::collections::BTreeMap;
use table::Table;

doorward::map!(claim_types);

thread_local! {
    static CONFIG: Kept<Config> = const { Kept::new() };
    static TABLE: Table = Table::new();
}

/// Claims by their short names, each with its values.
type Claims = BTreeMap<&'static str, Vec<Value>>;

fn claim_types(input: &Input) -> Result<Output, String> {
    let config = CONFIG.with(|kept| kept.read(input, Config::parse))?;
    let mut claims = read(input, &config.path)?;
    let mut output = Output::default();
    let mut roles = Roles::new(input, false);
    for (attribute, names) in &config.standard {
        if attribute == "roles" {
            add_roles(input, &mut claims, names, &mut roles)?;
        } else if let Some(text) = take_text(&mut claims, names)? {
            set(&mut output.set, attribute, text);
        }
    }
    output.set.roles = roles.finish("read fewer claims as roles")?;
    for (name, values) in claims {
        if config.wants(name) {
            output
                .set
                .attributes
                .insert(name.into(), config.shape(name, values));
        }
    }
    Ok(output)
}

/// The claims at a path whose types the table has.
fn read(input: &Input, path: &str) -> Result<Claims, String> {
    let found = match input.get(&["/sources", path].concat()) {
        Some(found) if !found.is_null() => found,
        _ => return Ok(Claims::new()),
    };
    let mut claims = Claims::new();
    for (long, value) in found
        .members()
        .ok_or_else(|| format!("the value at {path} is no object of claims"))?
    {
        let values: Vec<Value> = match value.elements() {
            Some(elements) => elements.collect(),
            None => vec![value],
        };
        let values: Vec<Value> = values
            .into_iter()
            .filter(|value| !value.is_null())
            .collect();
        for short in TABLE.with(|table| table.short_names(&long)) {
            if !values.is_empty() {
                claims.insert(short, values.clone());
            }
        }
    }
    Ok(claims)
}

/// The only value of the first of these claims that the person has; the claim
/// is done with.
fn take_text(claims: &mut Claims, names: &[String]) -> Result<Option<String>, String> {
    for name in names {
        let values = match claims.remove(name.as_str()) {
            None => continue,
            Some(values) => values,
        };
        return match values.as_slice() {
            [value] => match value.text() {
                Some(text) => Ok(Some(text)),
                None => Err(format!("the claim {name} is no string")),
            },
            values => Err(format!(
                "the claim {name} has {} values, and the attribute has one",
                values.len()
            )),
        };
    }
    Ok(None)
}

fn add_roles(
    input: &Input,
    claims: &mut Claims,
    names: &[String],
    roles: &mut Roles,
) -> Result<(), String> {
    for name in names {
        for value in claims.remove(name.as_str()).unwrap_or_default() {
            let role = value
                .text()
                .ok_or_else(|| format!("the claim {name} is no list of strings"))?;
            roles.add(input, &role);
        }
    }
    Ok(())
}

fn set(user: &mut User, attribute: &str, text: String) {
    match attribute {
        "id" => user.id = Some(text),
        "userName" => user.user_name = Some(text),
        "firstName" => user.first_name = Some(text),
        "lastName" => user.last_name = Some(text),
        _ => user.email = Some(text),
    }
}

#[cfg(test)]
mod tests;
