//! Golden cases: folders with an input and what it must become.

use crate::{Input, Output, Value};
use std::fmt::Display;
use std::fs;
use std::path::Path;

/// Runs a mapper on each folder in `dir` that holds an `input.json`, and
/// compares with the `output.json` beside it:
///
/// ```json
/// {"result":{"set":{"roles":["x"]}},"log":["info: 1 of 2 groups became roles"]}
/// {"failure":"the reason","log":[]}
/// ```
///
/// The result is compared byte for byte, white space around members of the
/// file apart. With `DOORWARD_UPDATE` set in the environment it writes the
/// files instead. `doorward plugin test` runs the same folders on the built
/// module.
///
/// # Panics
///
/// When a case differs, with all that differ, or when there is no case.
pub fn check<E: Display>(dir: impl AsRef<Path>, mapper: fn(&Input) -> Result<Output, E>) {
    let mut cases: Vec<_> = fs::read_dir(dir.as_ref())
        .unwrap_or_else(|error| panic!("{}: {error}", dir.as_ref().display()))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("input.json").exists())
        .collect();
    cases.sort();
    assert!(
        !cases.is_empty(),
        "{} has no folder with an input.json",
        dir.as_ref().display()
    );
    let faults: Vec<_> = cases
        .iter()
        .filter_map(|case| check_case(case, mapper).err())
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn check_case<E: Display>(
    case: &Path,
    mapper: fn(&Input) -> Result<Output, E>,
) -> Result<(), String> {
    let got = run(case, mapper)?;
    let file = case.join("output.json");
    if std::env::var_os("DOORWARD_UPDATE").is_some() {
        return fs::write(&file, got + "\n")
            .map_err(|error| format!("{}: {error}", file.display()));
    }
    let want = compact(&read(&file)?);
    if got == want {
        return Ok(());
    }
    Err(format!("{}:\n  got  {got}\n  want {want}", case.display()))
}

fn run<E: Display>(case: &Path, mapper: fn(&Input) -> Result<Output, E>) -> Result<String, String> {
    let file = case.join("input.json");
    let input = read(&file)?;
    let input =
        Input::new(input.as_json()).map_err(|error| format!("{}: {error}", file.display()))?;
    let (name, outcome) = match mapper(&input) {
        Ok(output) => ("result", Value::of(output.to_json())),
        Err(error) => ("failure", Value::from(error.to_string())),
    };
    Ok(Value::object([(name, outcome), ("log", Value::from(input.logged()))]).to_string())
}

/// The file's members in the order in which [`run`] writes them.
fn compact(file: &Value) -> String {
    let outcome = ["result", "failure"]
        .into_iter()
        .find_map(|name| Some((name, file.get(&format!("/{name}"))?)))
        .unwrap_or(("result", Value::object([])));
    let log = file
        .get("/log")
        .and_then(|log| log.texts())
        .unwrap_or_default();
    Value::object([outcome, ("log", Value::from(log))]).to_string()
}

fn read(file: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Value::json(&text).map_err(|error| format!("{}: {error}", file.display()))
}
