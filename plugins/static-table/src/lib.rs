//! A mapper plugin that looks a claim up in a table of its config and sets what
//! the rows say. Its page is docs/plugins/static-table.md.

#![forbid(unsafe_code)]

mod config;
mod csv;
mod table;

use config::Config;
use doorward::{Input, Level, Output, User, Value};
use parts::{Kept, Roles};
use table::{Column, Row};

doorward::map!(static_table);

thread_local! {
    static CONFIG: Kept<Config> = const { Kept::new() };
}

/// Applies the rows whose key is one of the claim's values: the roles of all of
/// them, and of everything else what the first row has.
fn static_table(input: &Input) -> Result<Output, String> {
    let config = CONFIG.with(|kept| kept.read(input, Config::parse))?;
    let keys = keys(input, &config.lookup)?;
    let mut rows = config.table.rows_of(&keys);
    if rows.is_empty() {
        input.log(
            Level::Info,
            format!("no row of the table has one of the {} keys", keys.len()),
        );
        rows.extend(&config.default);
    }
    let mut output = Output::default();
    let mut roles = Roles::new(input, config.replace && !rows.is_empty());
    for row in rows {
        apply(input, row, &mut output.set, &mut roles);
    }
    output.set.roles = roles.finish("give fewer rows to one key")?;
    Ok(output)
}

/// The values of the claim as text: strings, and numbers by their digits.
fn keys(input: &Input, lookup: &str) -> Result<Vec<String>, String> {
    let root = if lookup.starts_with("/user/") || lookup.starts_with("/login/") {
        ""
    } else {
        "/sources"
    };
    let value = match input.get(&[root, lookup].concat()) {
        Some(value) if !value.is_null() => value,
        _ => return Ok(Vec::new()),
    };
    let problem =
        || format!("the value at {lookup} is neither a string, a number, nor a list of these");
    match value.elements() {
        Some(elements) => elements
            .map(|element| key(&element).ok_or_else(problem))
            .collect(),
        None => Ok(vec![key(&value).ok_or_else(problem)?]),
    }
}

fn key(value: &Value) -> Option<String> {
    value.text().or_else(|| value.number().map(str::to_string))
}

fn apply(input: &Input, row: &Row, set: &mut User, roles: &mut Roles) {
    for (column, value) in row {
        let text = || value.text();
        match column {
            Column::Roles => value
                .texts()
                .unwrap_or_default()
                .iter()
                .for_each(|role| roles.add(input, role)),
            Column::UserName => set.user_name = set.user_name.take().or_else(text),
            Column::FirstName => set.first_name = set.first_name.take().or_else(text),
            Column::LastName => set.last_name = set.last_name.take().or_else(text),
            Column::Email => set.email = set.email.take().or_else(text),
            Column::Attribute(name) => {
                set.attributes
                    .entry(name.clone())
                    .or_insert_with(|| value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests;
