//! The crate against the test data of the boundary's specification.

use doorward::{golden, token, Input, Kind, Level, Login, Output, User, Value};
use std::fs;

fn testdata(name: &str) -> String {
    let file = format!("{}/../abi/testdata/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn input(name: &str) -> Input {
    Input::new(&testdata(name)).unwrap()
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(&format!("/{name}"))?.text()
}

#[test]
fn pointers() {
    let cases = Value::json(&testdata("pointers.json")).unwrap();
    let mut found = 0;
    for case in cases.elements().unwrap() {
        let (document, pointer) = (
            text(&case, "document").unwrap(),
            text(&case, "pointer").unwrap(),
        );
        let got = input(&document)
            .get(&pointer)
            .map(|value| value.to_string());
        assert_eq!(got, text(&case, "text"), "{document} {pointer}");
        found += usize::from(got.is_some());
    }
    assert!(found > 10, "only {found} pointers led somewhere");
}

/// A result that a host takes is written again as the host writes it.
#[test]
fn results() {
    let cases = Value::json(&testdata("results.json")).unwrap();
    let mut checked = 0;
    for case in cases.elements().unwrap() {
        let (result, canonical) = match (text(&case, "result"), text(&case, "canonical")) {
            (Some(result), Some(canonical)) if !result.is_empty() => (result, canonical),
            _ => continue,
        };
        let result = Value::json(&result).unwrap();
        let set = result.get("/set").unwrap_or_else(|| Value::object([]));
        let output = Output {
            set: User {
                id: text(&set, "id"),
                user_name: text(&set, "userName"),
                first_name: text(&set, "firstName"),
                last_name: text(&set, "lastName"),
                email: text(&set, "email"),
                roles: set.get("/roles").and_then(|roles| roles.texts()),
                attributes: set
                    .get("/attributes")
                    .and_then(|all| all.members())
                    .into_iter()
                    .flatten()
                    .collect(),
            },
            unset: result
                .get("/unset")
                .and_then(|unset| unset.texts())
                .unwrap_or_default(),
            deny: result.get("/deny/reason").and_then(|reason| reason.text()),
        };
        assert_eq!(
            output.to_json(),
            canonical,
            "{}",
            text(&case, "name").unwrap_or_default()
        );
        checked += 1;
    }
    assert!(checked > 5, "only {checked} results were checked");
}

#[test]
fn reads_an_input() {
    let input = input("input-full.json");
    let user = input.user();
    assert_eq!(
        (user.id.as_deref(), user.email.as_deref()),
        (Some("4711"), Some("a<b>@example.com"))
    );
    assert_eq!(user.roles, Some(vec!["member".into()]));
    assert_eq!(user.attributes["level"].as_json(), "2.50");
    let login = Login {
        idp: "corp".into(),
        protocol: "oidc".into(),
        time: 1577836800,
        force_auth: true,
    };
    assert_eq!(input.login(), login);
    assert_eq!(
        input.config("/prefix").unwrap().text().as_deref(),
        Some("app-")
    );
    let role = input.source(
        "idTokenClaims",
        &format!("/{}/0", token("https://example.com/roles")),
    );
    assert_eq!(role.unwrap().text().as_deref(), Some("editor"));
    assert_eq!(input.text("/login/idp").as_deref(), Some("corp"));
    assert_eq!(input.texts("/user/roles"), Some(vec!["member".into()]));
    assert_eq!(
        (input.int("/login/time"), input.int("/login/idp")),
        (Some(1577836800), None)
    );
    assert_eq!(input.bool("/login/forceAuth"), Some(true));
    assert_eq!(
        input.number("/sources/idTokenClaims/big").as_deref(),
        Some("12345678901234567890.10")
    );
    assert!(input.get("/sources/idTokenClaims/absent").is_none());
    assert!(input.get("no pointer").is_none());
    assert!(input.get(&format!("/{}", "x".repeat(4096))).is_none());
}

/// Members that this version does not know are skipped, wherever they are.
#[test]
fn skips_grease() {
    let input = input("input-greased.json");
    assert_eq!(
        input.source("idTokenClaims", "/sub").unwrap().as_json(),
        r#""4711""#
    );
    assert_eq!(input.user().id.as_deref(), Some("4711"));
    assert_eq!(input.login().idp, "corp");
}

#[test]
fn typed_values() {
    let value = Value::json(r#" {"n":-0,"b":9223372036854775807,"o":9223372036854775808,"f":1.0,"e":1e2,"t":true,"s":"","z":null,"l":["a","\u00fc\ud83d\ude00"],"m":["a",1],"k":{"\u0061":1, "b" : [ ] }} "#).unwrap();
    let get = |name: &str| value.get(&format!("/{name}")).unwrap();
    assert_eq!((get("n").int(), get("n").number()), (Some(0), Some("-0")));
    assert_eq!((get("b").int(), get("o").int()), (Some(i64::MAX), None));
    assert_eq!(
        (get("f").int(), get("f").number(), get("e").number()),
        (None, Some("1.0"), Some("1e2"))
    );
    assert_eq!((get("t").bool(), get("s").bool()), (Some(true), None));
    assert_eq!(
        (get("s").text().as_deref(), get("t").text()),
        (Some(""), None)
    );
    assert!(get("z").is_null() && get("z").text().is_none());
    assert_eq!(get("l").texts(), Some(vec!["a".into(), "ü😀".into()]));
    assert_eq!((get("m").texts(), get("s").texts()), (None, None));
    let members: Vec<_> = get("k").members().unwrap().collect();
    assert_eq!(
        members,
        [
            ("a".to_string(), Value::from(1)),
            ("b".to_string(), Value::json("[ ]").unwrap())
        ]
    );
    assert!(get("l").members().is_none() && get("k").elements().is_none());
    assert_eq!(
        (get("k").kind(), get("l").kind(), value.kind()),
        (Kind::Object, Kind::Array, Kind::Object)
    );
}

#[test]
fn strict_json() {
    let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
    for text in [
        "1",
        "-0.5e+1",
        r#"{"a":[{}],"b":"\u00e9\/"}"#,
        " null\n",
        &deep(64),
    ] {
        assert!(Value::json(text).is_ok(), "{text}");
    }
    for (text, offset) in [
        ("", 0),
        ("{", 1),
        ("01", 1),
        ("1.", 2),
        ("+1", 0),
        ("[1,]", 3),
        (r#"{"a":1,"\u0061":2}"#, 7),
        ("\"\n\"", 1),
        (r#""\ud800""#, 1),
        (r#""\ud800\u0041""#, 1),
        (r#""\x""#, 1),
        (r#""\u12g4""#, 1),
        ("nul", 0),
        ("1 2", 2),
        ("{a:1}", 1),
        ("\u{feff}1", 0),
    ] {
        assert_eq!(
            Value::json(text).map_err(|error| error.offset),
            Err(offset),
            "{text:?}"
        );
    }
    assert_eq!(
        Value::json(&deep(65)).unwrap_err().to_string(),
        "more than 64 levels deep at byte 64"
    );
    assert!(Input::new("{").is_err());
}

#[test]
fn writes_outputs() {
    let roles = |roles: &[&str]| Some(roles.iter().map(|role| role.to_string()).collect());
    let set = |set: User| Output {
        set,
        ..Output::default()
    };
    let attributes = [
        ("b", Value::from(true)),
        ("n", Value::from(-5)),
        ("t", Value::from("x\ny\u{7f}")),
        ("a", Value::json(r#"{"k":1.50}"#).unwrap()),
        ("z", Value::from(&["a", "b"][..])),
    ];
    for (output, want) in [
        (Output::default(), "{}"),
        (
            set(User {
                roles: roles(&[]),
                ..User::default()
            }),
            r#"{"set":{"roles":[]}}"#,
        ),
        (
            set(User {
                email: Some(String::new()),
                ..User::default()
            }),
            "{}",
        ),
        (
            Output::deny("no \"you\""),
            r#"{"deny":{"reason":"no \"you\""}}"#,
        ),
        (Output::deny(""), r#"{"deny":{"reason":""}}"#),
        (
            Output {
                set: User {
                    id: Some("1".into()),
                    last_name: Some("ü".into()),
                    attributes: attributes
                        .map(|(name, value)| (name.to_string(), value))
                        .into(),
                    ..User::default()
                },
                unset: vec!["roles".into()],
                deny: None,
            },
            r#"{"set":{"id":"1","lastName":"ü","attributes":{"a":{"k":1.50},"b":true,"n":-5,"t":"x\u000ay\u007f","z":["a","b"]}},"unset":["roles"]}"#,
        ),
    ] {
        assert_eq!(output.to_json(), want);
    }
}

#[test]
fn logs_and_draws_natively() {
    let input = input("input-full.json");
    input.log(Level::Warn, "careful");
    input.log(Level::Debug, String::from("detail"));
    assert_eq!(input.logged(), ["warn: careful", "debug: detail"]);
    assert_eq!(
        (input.time(), input.time()),
        (1_577_836_800_000_000_000, 1_577_836_800_000_001_000)
    );
    let (mut first, mut second) = ([0; 16], [0; 16]);
    input.random(&mut first);
    input.random(&mut second);
    assert_ne!(first, second);
}

/// Broken text finds nothing or a piece, and never panics.
#[test]
fn broken_text() {
    let whole = testdata("input-full.json");
    for cut in (0..whole.len()).filter(|&cut| whole.is_char_boundary(cut)) {
        assert!(Input::new(&whole[..cut]).is_err(), "cut at {cut}");
    }
}

fn staff_of_nobody(_: &Input) -> Result<Output, String> {
    Err("groups is neither a string nor a list of strings".into())
}

/// The golden check can fail: it says which cases differ.
#[test]
fn golden_cases_that_differ() {
    let dir = format!("{}/../abi/testdata/golden", env!("CARGO_MANIFEST_DIR"));
    let failure = std::panic::catch_unwind(|| golden::check(&dir, staff_of_nobody)).unwrap_err();
    let message = failure.downcast_ref::<String>().unwrap();
    assert!(
        message.contains("golden/full") && !message.contains("golden/bad-groups:"),
        "{message}"
    );
}
