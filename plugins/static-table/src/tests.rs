use super::static_table;
use doorward::Input;

const CSV: &str = r#""csv":"sub,roles,attributes.cost center,userName\n4711,admin; editor,\"A, 1\",ada\n4712,,B,\n4711,editor;x,C,ada2\n""#;
const ROWS: &str = r#""rows":{"eng":{"roles":["dev","wiki"],"attributes.floor":3},"ops":{"roles":"ops","email":"ops@example.com","attributes.floor":4}}"#;

fn run(config: &str, sources: &str) -> (Result<String, String>, Vec<String>) {
    let text = format!(
        r#"{{"sources":{{{sources}}},"user":{{"userName":"Ada","roles":["m"]}},"login":{{"idp":"corp"}},"config":{{{config}}}}}"#
    );
    let input = Input::new(&text).unwrap();
    let output = static_table(&input).map(|output| output.to_json());
    (output, input.logged())
}

#[test]
fn looks_up() {
    let sub = |sub: &str| format!(r#""idTokenClaims":{{"sub":{sub}}}"#);
    let teams = |teams: &str| format!(r#""userInfo":{{"teams":{teams}}}"#);
    let by_sub = |more: &str| format!(r#""lookup":"/idTokenClaims/sub",{CSV}{more}"#);
    let by_team = |more: &str| format!(r#""lookup":"/userInfo/teams",{ROWS}{more}"#);
    for (name, config, sources, want) in [
        ("two rows", by_sub(""), sub(r#""4711""#), r#"{"set":{"userName":"ada","roles":["m","admin","editor","x"],"attributes":{"cost center":"A, 1"}}}"#),
        ("a number", by_sub(""), sub("4712"), r#"{"set":{"attributes":{"cost center":"B"}}}"#),
        ("in their place", by_sub(r#","replace":true"#), sub("4711"), r#"{"set":{"userName":"ada","roles":["admin","editor","x"],"attributes":{"cost center":"A, 1"}}}"#),
        ("no row", by_sub(r#","replace":true"#), sub(r#""x""#), "{}"),
        ("default", by_sub(r#","default":{"roles":["guest"]}"#), sub(r#""x""#), r#"{"set":{"roles":["m","guest"]}}"#),
        ("absent", by_sub(""), String::new(), "{}"),
        ("null", by_sub(""), sub("null"), "{}"),
        ("JSON", by_team(""), teams(r#""ops""#), r#"{"set":{"email":"ops@example.com","roles":["m","ops"],"attributes":{"floor":4}}}"#),
        ("a list, in the table's order", by_team(""), teams(r#"["ops","x","eng","ops"]"#), r#"{"set":{"email":"ops@example.com","roles":["m","dev","wiki","ops"],"attributes":{"floor":3}}}"#),
        ("exactly", by_team(""), teams(r#""OPS""#), "{}"),
        ("ignoring case", by_team(r#","ignore_case":true"#), teams(r#"["ENG"]"#), r#"{"set":{"roles":["m","dev","wiki"],"attributes":{"floor":3}}}"#),
        ("of the user", r#""lookup":"/user/userName","rows":{"Ada":{"lastName":"L"}}"#.into(), String::new(), r#"{"set":{"lastName":"L"}}"#),
        ("of the login", r#""lookup":"/login/idp","rows":{"corp":{"roles":["staff"]}}"#.into(), String::new(), r#"{"set":{"roles":["m","staff"]}}"#),
        ("separators", r#""lookup":"/userInfo/teams","csv":"roles;team\na|b|;x","delimiter":";","separator":"|","key":"team""#.into(), teams(r#""x""#), r#"{"set":{"roles":["m","a","b"]}}"#),
    ] {
        assert_eq!(run(&config, &sources).0.unwrap(), want, "{name}");
    }
}

#[test]
fn fails() {
    let with = |config: &str| {
        run(
            &format!(r#""lookup":"/idTokenClaims/sub",{config}"#),
            r#""idTokenClaims":{"sub":"a"}"#,
        )
        .0
        .unwrap_err()
    };
    for (config, want) in [
        (r#""csv":"""#, "config csv: there is no line with the names of the columns"),
        (r#""csv":"sub,role\na,b""#, "config csv, line 1: there is no attribute role; write userName, firstName, lastName, email, roles or attributes.NAME"),
        (r#""csv":"sub,roles\na,b\na""#, "config csv, line 3: 1 fields, and the first line has 2"),
        (r#""csv":"sub,roles\n\"a""#, "config csv, line 2: a quote without its end"),
        (r#""csv":"sub,roles","key":"x""#, "config csv: there is no column x, as config key says"),
        (r#""rows":{"a":{"roles":[7]}}"#, "config rows/a: roles has the wrong type"),
        (r#""rows":{"a":{"attributes.x":null}}"#, "config rows/a: attributes.x has the wrong type"),
        (r#""rows":{},"default":{"id":"1"}"#, "config default: there is no attribute id; write userName, firstName, lastName, email, roles or attributes.NAME"),
    ] {
        assert_eq!(with(config), want, "{config}");
    }
    let object = run(
        &format!(r#""lookup":"/idTokenClaims/sub",{ROWS}"#),
        r#""idTokenClaims":{"sub":{"a":1}}"#,
    )
    .0;
    assert_eq!(
        object.unwrap_err(),
        "the value at /idTokenClaims/sub is neither a string, a number, nor a list of these"
    );
}

#[test]
fn the_trace_says_that_no_row_was_found() {
    let (_, lines) = run(
        &format!(r#""lookup":"/userInfo/teams",{ROWS}"#),
        r#""userInfo":{"teams":["x","y"]}"#,
    );
    assert_eq!(lines, ["info: no row of the table has one of the 2 keys"]);
}

#[test]
fn golden() {
    doorward::golden::check(
        concat!(env!("CARGO_MANIFEST_DIR"), "/testdata"),
        static_table,
    );
}
