//! Rows by their keys.

use doorward::Value;
use std::collections::BTreeMap;

/// Where a column's values go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    UserName,
    FirstName,
    LastName,
    Email,
    Roles,
    Attribute(String),
}

/// The column of a name.
///
/// # Errors
///
/// A sentence that names it.
pub fn column(name: &str) -> Result<Column, String> {
    Ok(match name {
        "userName" => Column::UserName,
        "firstName" => Column::FirstName,
        "lastName" => Column::LastName,
        "email" => Column::Email,
        "roles" => Column::Roles,
        _ => match name.strip_prefix("attributes.") {
            Some(own) if !own.is_empty() => Column::Attribute(own.into()),
            _ => return Err(format!("there is no attribute {name}; write userName, firstName, lastName, email, roles or attributes.NAME")),
        },
    })
}

impl Column {
    /// The value of a cell of a CSV table. Roles are separated.
    pub fn cell(&self, text: &str, separator: &str) -> Value {
        if *self != Column::Roles {
            return Value::from(text);
        }
        let roles = text
            .split(separator)
            .map(str::trim)
            .filter(|role| !role.is_empty());
        Value::from(roles.collect::<Vec<_>>().as_slice())
    }

    /// The value of a member of a JSON row; `None` when its type is wrong. One
    /// role may stand without its list.
    pub fn value(&self, value: Value) -> Option<Value> {
        match self {
            Column::Attribute(_) => Some(value).filter(|value| !value.is_null()),
            Column::Roles => match value.text() {
                Some(role) => Some(Value::list([Value::from(role)])),
                None => value.texts().map(Value::from),
            },
            _ => value.text().map(Value::from),
        }
    }
}

/// What one row sets.
pub type Row = Vec<(Column, Value)>;

/// Rows in their order, found by key.
pub struct Table {
    rows: Vec<Row>,
    by_key: BTreeMap<String, Vec<usize>>,
    ignore_case: bool,
}

impl Table {
    pub fn new(ignore_case: bool) -> Table {
        Table {
            rows: Vec::new(),
            by_key: BTreeMap::new(),
            ignore_case,
        }
    }

    /// Adds a row. Several may have the same key.
    pub fn add(&mut self, key: &str, row: Row) {
        self.by_key
            .entry(self.fold(key))
            .or_default()
            .push(self.rows.len());
        self.rows.push(row);
    }

    /// The rows of any of these keys, each once, in the table's order.
    pub fn rows_of(&self, keys: &[String]) -> Vec<&Row> {
        let found = keys
            .iter()
            .filter_map(|key| self.by_key.get(&self.fold(key)));
        let mut found: Vec<usize> = found.flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|at| &self.rows[at]).collect()
    }

    fn fold(&self, key: &str) -> String {
        if self.ignore_case {
            key.to_lowercase()
        } else {
            key.to_string()
        }
    }
}
