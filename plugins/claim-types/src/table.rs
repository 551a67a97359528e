//! The table of claim types.

/// A copy of host/attrs/claim-types.tsv, byte for byte.
const ROWS: &str = include_str!("../claim-types.tsv");

/// Long claim types and their short names, sorted by type.
pub struct Table(Vec<(&'static str, &'static str)>);

impl Table {
    pub fn new() -> Table {
        let rows = ROWS.lines().filter(|line| !line.starts_with('#'));
        let mut rows: Vec<_> = rows.filter_map(|line| line.split_once('\t')).collect();
        rows.sort_by_key(|row| row.0); // stable: types with two names keep their order
        Table(rows)
    }

    /// The short names of a type, compared exactly; most have one, one has two.
    pub fn short_names(&self, long: &str) -> Vec<&'static str> {
        let start = self.0.partition_point(|row| row.0 < long);
        self.0[start..]
            .iter()
            .take_while(|row| row.0 == long)
            .map(|row| row.1)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn has_every_row() {
        let table = Table::new();
        assert_eq!(table.0.len(), 73);
        let short: BTreeSet<_> = table.0.iter().map(|row| row.1).collect();
        assert_eq!(short.len(), 73, "a short name stands for one type");
        for (long, short) in &table.0 {
            assert!(table.short_names(long).contains(short), "{long}");
        }
        let two = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";
        assert_eq!(table.short_names(two), ["nameid", "sub"]);
        assert!(table
            .short_names("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/Name")
            .is_empty());
    }
}
