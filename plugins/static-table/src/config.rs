//! The config. The host has checked it against the schema in plugin.json, so
//! what is read here has the right type; what is in a table is checked here.

use crate::csv;
use crate::table::{self, Row, Table};
use doorward::Value;

pub struct Config {
    pub lookup: String,
    pub table: Table,
    /// What applies when no row does.
    pub default: Option<Row>,
    pub replace: bool,
}

impl Config {
    pub fn parse(value: &Value) -> Result<Config, String> {
        let text = |name: &str| value.get(name).and_then(|value| value.text());
        let flag = |name: &str| {
            value
                .get(name)
                .and_then(|value| value.bool())
                .unwrap_or(false)
        };
        let mut table = Table::new(flag("/ignore_case"));
        let separator = text("/separator").unwrap_or_else(|| ";".into());
        if let Some(csv) = text("/csv") {
            read_csv(
                &mut table,
                &csv,
                text("/delimiter"),
                text("/key"),
                &separator,
            )?;
        }
        let rows = value.get("/rows").and_then(|rows| rows.members());
        for (key, row) in rows.into_iter().flatten() {
            table.add(
                &key,
                json_row(&row).map_err(|problem| format!("config rows/{key}: {problem}"))?,
            );
        }
        Ok(Config {
            lookup: text("/lookup").ok_or("config lookup is missing")?,
            table,
            default: match value.get("/default") {
                None => None,
                Some(row) => {
                    Some(json_row(&row).map_err(|problem| format!("config default: {problem}"))?)
                }
            },
            replace: flag("/replace"),
        })
    }
}

/// Adds the lines of a CSV text; the first names the columns.
fn read_csv(
    table: &mut Table,
    text: &str,
    delimiter: Option<String>,
    key: Option<String>,
    separator: &str,
) -> Result<(), String> {
    let delimiter = delimiter
        .and_then(|delimiter| delimiter.chars().next())
        .unwrap_or(',');
    let problem = |line: usize, problem: String| format!("config csv, line {line}: {problem}");
    let mut records = csv::records(text, delimiter)
        .map_err(|e| problem(e.line, e.problem.into()))?
        .into_iter();
    let (_, header) = records
        .next()
        .ok_or("config csv: there is no line with the names of the columns")?;
    let at = match &key {
        None => 0,
        Some(key) => header
            .iter()
            .position(|name| name == key)
            .ok_or_else(|| format!("config csv: there is no column {key}, as config key says"))?,
    };
    let columns: Result<Vec<_>, String> = header
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != at)
        .map(|(i, name)| Ok((i, table::column(name)?)))
        .collect();
    let columns = columns.map_err(|e| problem(1, e))?;
    for (line, fields) in records {
        if fields.len() != header.len() {
            return Err(problem(
                line,
                format!(
                    "{} fields, and the first line has {}",
                    fields.len(),
                    header.len()
                ),
            ));
        }
        let cells = columns.iter().filter(|(i, _)| !fields[*i].is_empty());
        table.add(
            &fields[at],
            cells
                .map(|(i, column)| (column.clone(), column.cell(&fields[*i], separator)))
                .collect(),
        );
    }
    Ok(())
}

fn json_row(row: &Value) -> Result<Row, String> {
    let members = row.members().ok_or("want an object")?;
    members
        .map(|(name, value)| {
            let column = table::column(&name)?;
            let value = column
                .value(value)
                .ok_or_else(|| format!("{name} has the wrong type"))?;
            Ok((column, value))
        })
        .collect()
}
