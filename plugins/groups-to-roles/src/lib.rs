//! A mapper plugin that turns the groups a provider reports into the user's
//! roles. Its page is docs/plugins/groups-to-roles.md.

#![forbid(unsafe_code)]

mod config;
mod pattern;

use config::Config;
use doorward::{Input, Level, Output};
use parts::{texts, Kept, Roles, Texts};
use std::collections::BTreeSet;

doorward::map!(groups_to_roles);

thread_local! {
    static CONFIG: Kept<Config> = const { Kept::new() };
}

/// Collects the groups at the configured paths, picks and renames them, and
/// adds them to the roles so far. A login without groups keeps the roles it
/// has.
fn groups_to_roles(input: &Input) -> Result<Output, String> {
    let config = CONFIG.with(|kept| kept.read(input, Config::parse))?;
    let groups = collect(input, &config.paths)?;
    let mut roles = Roles::new(input, config.replace);
    for group in &groups {
        if let Some(role) = config.role(group) {
            roles.add(input, role);
        }
    }
    if roles.added() == 0 && !config.replace {
        input.log(
            Level::Info,
            format!("none of {} groups became a role", groups.len()),
        );
    }
    let mut output = Output::default();
    output.set.roles = roles.finish("pick fewer groups with prefix, suffix or regex")?;
    Ok(output)
}

/// The groups at each path, in their order, without repeating one.
fn collect(input: &Input, paths: &[String]) -> Result<Vec<String>, String> {
    let mut groups = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        let found = texts(input, "/sources", path)?;
        if found == Texts::Absent && !paths.iter().any(|path| path.starts_with("/claimSources/")) {
            warn_of_overage(input, path);
        }
        for group in found.list() {
            if seen.insert(group.clone()) {
                groups.push(group);
            }
        }
    }
    Ok(groups)
}

/// Entra ID leaves out the groups of people who are in too many, and names an
/// endpoint instead: roles then seem to be missing without a reason.
fn warn_of_overage(input: &Input, path: &str) {
    const GROUPS: &str = "/idTokenClaims/groups";
    if path == GROUPS
        && input
            .get("/sources/idTokenClaims/_claim_names/groups")
            .is_some()
    {
        input.log(Level::Warn, "the provider left the groups out because they are too many; let it send only groups assigned to the application, or add /claimSources/groups to paths");
    }
}

#[cfg(test)]
mod tests;
