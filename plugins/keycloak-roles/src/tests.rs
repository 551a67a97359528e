use super::keycloak_roles;
use doorward::{Input, Value};

const TOKEN: &str = r#""idTokenClaims":{"realm_access":{"roles":["user","offline_access"]},"resource_access":{"wiki":{"roles":["editor","user"]},"a/b":{"roles":["x"]}}}"#;

fn run(config: &str, sources: &str) -> Result<String, String> {
    let text =
        format!(r#"{{"sources":{{{sources}}},"user":{{"roles":["m"]}},"config":{{{config}}}}}"#);
    let roles = keycloak_roles(&Input::new(&text).unwrap())?.set.roles;
    Ok(roles.map_or("-".into(), |roles| Value::from(roles).to_string()))
}

#[test]
fn maps_roles() {
    for (name, config, sources, want) in [
        (
            "all",
            "",
            TOKEN,
            r#"["m","user","wiki:editor","wiki:user","a/b:x"]"#,
        ),
        (
            "in their place",
            r#""replace":true,"clients":[]"#,
            TOKEN,
            r#"["user"]"#,
        ),
        (
            "clients",
            r#""clients":["a/b","absent"]"#,
            TOKEN,
            r#"["m","user","a/b:x"]"#,
        ),
        (
            "no realm",
            r#""realm":false,"clients":["wiki"],"client_prefix":"""#,
            TOKEN,
            r#"["m","editor","user"]"#,
        ),
        (
            "prefixes",
            r#""realm_prefix":"realm-","client_prefix":"{client}-{client}-""#,
            TOKEN,
            r#"["m","realm-user","wiki-wiki-editor","wiki-wiki-user","a/b-a/b-x"]"#,
        ),
        (
            "ignore",
            r#""ignore":["user"]"#,
            TOKEN,
            r#"["m","offline_access","wiki:editor","a/b:x"]"#,
        ),
        ("other source", r#""sources":["userInfo"]"#, TOKEN, "-"),
        (
            "both",
            "",
            r#""idTokenClaims":{"realm_access":{"roles":["a"]}},"userInfo":{"realm_access":{"roles":["b","a"]}}"#,
            r#"["m","a","b"]"#,
        ),
        (
            "nothing",
            "",
            r#""idTokenClaims":{"realm_access":{},"resource_access":{"x":{},"y":null}}"#,
            "-",
        ),
        (
            "null",
            "",
            r#""idTokenClaims":{"realm_access":null,"resource_access":null}"#,
            "-",
        ),
        (
            "a role without a name",
            r#""realm_prefix":"r""#,
            r#""idTokenClaims":{"realm_access":{"roles":["","a"]}}"#,
            r#"["m","ra"]"#,
        ),
    ] {
        assert_eq!(run(config, sources).unwrap(), want, "{name}");
    }
}

/// Nobody is signed in with a part of their roles.
#[test]
fn fails() {
    for (sources, want) in [
        (
            r#""idTokenClaims":{"realm_access":{"roles":"user"}}"#,
            "/realm_access/roles is no list of strings",
        ),
        (
            r#""idTokenClaims":{"resource_access":{"a/b":{"roles":[7]}}}"#,
            "/resource_access/a~1b/roles is no list of strings",
        ),
        (
            r#""idTokenClaims":{"resource_access":[]}"#,
            "resource_access is no object",
        ),
    ] {
        assert_eq!(run("", sources).unwrap_err(), want);
    }
}

#[test]
fn golden() {
    doorward::golden::check(
        concat!(env!("CARGO_MANIFEST_DIR"), "/testdata"),
        keycloak_roles,
    );
}
