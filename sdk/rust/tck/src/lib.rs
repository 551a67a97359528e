//! The test guest of the conformance kit: it does what its config says. The
//! table is in `sdk/tck/README.md`.

use doorward::{Input, Level, Output, Value};
use std::sync::atomic::{AtomicI64, Ordering};

doorward::map!(test);

fn test(input: &Input) -> Result<Output, String> {
    let mut output = Output::default();
    match config_text(input, "do").as_str() {
        "get" | "text" | "texts" | "int" | "number" | "bool" | "members" => {
            read(input, &mut output)
        }
        "user" => output.set = input.user(),
        "login" => login(input, &mut output),
        "set" => set(input, &mut output),
        "clear" => {
            output.unset = config(input, "names")
                .and_then(|names| names.texts())
                .unwrap_or_default()
        }
        "norole" => output.set.roles = Some(Vec::new()),
        "deny" => return Ok(Output::deny(config_text(input, "reason"))),
        "fail" => return Err(config_text(input, "reason")),
        "nothing" => {}
        "log" => log(input),
        "big" => attribute(
            &mut output,
            "text",
            "x".repeat(config_int(input, "n") as usize),
        ),
        "random" => attribute(&mut output, "hex", random(input)),
        "time" => attribute(&mut output, "time", input.time().to_string()),
        "count" => {
            static COUNT: AtomicI64 = AtomicI64::new(0);
            attribute(
                &mut output,
                "count",
                COUNT.fetch_add(1, Ordering::Relaxed) + 1,
            );
        }
        _ => return Err("unknown test".into()),
    }
    Ok(output)
}

fn config(input: &Input, name: &str) -> Option<Value> {
    input.config(&format!("/{name}"))
}

fn config_text(input: &Input, name: &str) -> String {
    config(input, name)
        .and_then(|value| value.text())
        .unwrap_or_default()
}

fn config_int(input: &Input, name: &str) -> i64 {
    config(input, name)
        .and_then(|value| value.int())
        .unwrap_or_default()
}

fn attribute(output: &mut Output, name: &str, value: impl Into<Value>) {
    output.set.attributes.insert(name.into(), value.into());
}

fn read(input: &Input, output: &mut Output) {
    let value = input.get(&config_text(input, "pointer"));
    let kind = config_text(input, "do");
    let read = value.and_then(|value| match kind.as_str() {
        "get" => Some(Value::list([value])),
        "text" => value.text().map(Value::from),
        "texts" => value.texts().map(Value::from),
        "int" => value.int().map(Value::from),
        "number" => value.number().map(Value::from),
        "bool" => value.bool().map(Value::from),
        _ => value
            .members()
            .map(|members| Value::from(members.map(|(name, _)| name).collect::<Vec<_>>())),
    });
    attribute(
        output,
        if kind == "get" { "found" } else { "ok" },
        read.is_some(),
    );
    if let Some(read) = read {
        attribute(
            output,
            if kind == "members" { "names" } else { "value" },
            read,
        );
    }
}

fn login(input: &Input, output: &mut Output) {
    let login = input.login();
    attribute(output, "idp", login.idp);
    attribute(output, "protocol", login.protocol);
    attribute(output, "time", login.time);
    attribute(output, "forceAuth", login.force_auth);
}

fn set(input: &Input, output: &mut Output) {
    let values = config(input, "values");
    let value = |name: &str| {
        values
            .as_ref()
            .and_then(|values| values.get(&format!("/{name}")))
    };
    let text = |name: &str| value(name).and_then(|value| value.text());
    let set = &mut output.set;
    set.id = text("id");
    set.user_name = text("userName");
    set.first_name = text("firstName");
    set.last_name = text("lastName");
    set.email = text("email");
    set.roles = value("roles").and_then(|roles| roles.texts());
    set.attributes = value("attributes")
        .and_then(|all| all.members())
        .into_iter()
        .flatten()
        .collect();
}

fn log(input: &Input) {
    let level = match config_int(input, "level") {
        0 => Level::Debug,
        1 => Level::Info,
        2 => Level::Warn,
        _ => Level::Error,
    };
    let text = config_text(input, "text");
    for _ in 0..config_int(input, "times") {
        input.log(level, &text);
    }
}

fn random(input: &Input) -> String {
    let mut bytes = [0; 16];
    input.random(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
