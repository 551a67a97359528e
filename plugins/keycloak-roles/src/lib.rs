//! A mapper plugin that reads the realm and client roles of Keycloak. Its page
//! is docs/plugins/keycloak-roles.md.

#![forbid(unsafe_code)]

mod config;

use config::Config;
use doorward::{token, Input, Level, Output, Value};
use parts::{Kept, Roles};

doorward::map!(keycloak_roles);

thread_local! {
    static CONFIG: Kept<Config> = const { Kept::new() };
}

/// Adds the roles that each source reports, the realm's before the clients',
/// to the roles so far.
fn keycloak_roles(input: &Input) -> Result<Output, String> {
    let config = CONFIG.with(|kept| kept.read(input, Config::parse))?;
    let mut found = 0;
    let mut roles = Roles::new(input, config.replace);
    for source in &config.sources {
        if config.realm {
            let value = input.source(source, "/realm_access");
            found += add(
                input,
                &config,
                value,
                "/realm_access",
                &config.realm_prefix,
                &mut roles,
            )?;
        }
        for (client, value) in clients(input, &config, source)? {
            let at = format!("/resource_access/{}", token(&client));
            found += add(
                input,
                &config,
                Some(value),
                &at,
                &config.client_prefix(&client),
                &mut roles,
            )?;
        }
    }
    if roles.added() == 0 && !config.replace {
        input.log(
            Level::Info,
            format!("none of {found} Keycloak roles was added"),
        );
    }
    let mut output = Output::default();
    output.set.roles = roles.finish("list fewer clients")?;
    Ok(output)
}

/// The configured clients that the source has roles of, in the order of the
/// config; without a list all of them, in the source's order.
fn clients(input: &Input, config: &Config, source: &str) -> Result<Vec<(String, Value)>, String> {
    if let Some(clients) = &config.clients {
        let value =
            |client: &String| input.source(source, &format!("/resource_access/{}", token(client)));
        return Ok(clients
            .iter()
            .filter_map(|client| Some((client.clone(), value(client)?)))
            .collect());
    }
    match input.source(source, "/resource_access") {
        None => Ok(Vec::new()),
        Some(value) if value.is_null() => Ok(Vec::new()),
        Some(value) => Ok(value
            .members()
            .ok_or("resource_access is no object")?
            .collect()),
    }
}

/// Adds the member `roles` of a value, and returns how many it has.
fn add(
    input: &Input,
    config: &Config,
    access: Option<Value>,
    at: &str,
    prefix: &str,
    roles: &mut Roles,
) -> Result<usize, String> {
    let value = match access.and_then(|access| access.get("/roles")) {
        Some(value) if !value.is_null() => value,
        _ => return Ok(0),
    };
    let names = value
        .texts()
        .ok_or_else(|| format!("{at}/roles is no list of strings"))?;
    for name in &names {
        if !name.is_empty() && !config.ignore.contains(name) {
            roles.add(input, &[prefix, name].concat());
        }
    }
    Ok(names.len())
}

#[cfg(test)]
mod tests;
