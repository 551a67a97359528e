use super::email_domain;
use doorward::Input;

const ADA: &str = r#""idTokenClaims":{"email":"Ada@Example.COM","email_verified":true}"#;

fn run(config: &str, sources: &str) -> (String, Vec<String>) {
    let input = Input::new(&format!(
        r#"{{"sources":{{{sources}}},"config":{{{config}}}}}"#
    ))
    .unwrap();
    (email_domain(&input).unwrap().to_json(), input.logged())
}

const SPLIT: &str = r#"{"set":{"attributes":{"emailDomain":"example.com","emailLocal":"Ada"}}}"#;
const ON_DENY: &str =
    r#"{"deny":{"reason":"the domain of the email address is on the deny list"}}"#;
const NOT_ON_ALLOW: &str =
    r#"{"deny":{"reason":"the domain of the email address is not on the allow list"}}"#;
const UNVERIFIED: &str = r#"{"deny":{"reason":"the email address is not verified"}}"#;
const ABSENT: &str = r#"{"deny":{"reason":"there is no email address"}}"#;
const ODD: &str = r#"{"deny":{"reason":"the email address has no plain form, name@domain"}}"#;

#[test]
fn decides_and_splits() {
    let unverified = r#""idTokenClaims":{"email":"ada@example.com","email_verified":"true"}"#;
    let odd = r#""idTokenClaims":{"email":"\"x@evil.example\"@example.com","email_verified":true}"#;
    let second = r#""idTokenClaims":{"email":"ada@evil.example"},"userInfo":{"email":"Ada@example.com","email_verified":true}"#;
    let allow = r#""allow":["example.com"]"#;
    for (name, config, sources, want) in [
        ("split", "", ADA, SPLIT),
        (
            "names",
            r#""local_attribute":"login","domain_attribute":"""#,
            ADA,
            r#"{"set":{"attributes":{"login":"Ada"}}}"#,
        ),
        (
            "no names",
            r#""local_attribute":"","domain_attribute":"""#,
            ADA,
            "{}",
        ),
        ("allow", allow, ADA, SPLIT),
        (
            "allow another",
            r#""allow":["example.org","*.example.com"]"#,
            ADA,
            NOT_ON_ALLOW,
        ),
        ("deny", r#""deny":["EXAMPLE.com"]"#, ADA, ON_DENY),
        (
            "deny wins",
            r#""deny":["example.com"],"allow":["example.com"]"#,
            ADA,
            ON_DENY,
        ),
        ("deny another", r#""deny":["example.org"]"#, ADA, SPLIT),
        ("not verified", allow, unverified, UNVERIFIED),
        (
            "not verified, deny list",
            r#""deny":["example.org"]"#,
            unverified,
            UNVERIFIED,
        ),
        (
            "not verified, trusted",
            r#""allow":["example.com"],"verified_only":false"#,
            unverified,
            r#"{"set":{"attributes":{"emailDomain":"example.com","emailLocal":"ada"}}}"#,
        ),
        ("not verified, no list", "", unverified, "{}"),
        ("absent", allow, r#""userInfo":{"email":7}"#, ABSENT),
        (
            "absent, admitted",
            r#""allow":["example.com"],"admit_without":true"#,
            "",
            "{}",
        ),
        ("odd", allow, odd, ODD),
        ("odd, deny list", r#""deny":["evil.example"]"#, odd, ODD),
        ("the verified one", allow, second, SPLIT),
        (
            "only one source",
            r#""sources":["idTokenClaims"],"allow":["example.com"]"#,
            second,
            UNVERIFIED,
        ),
        (
            "another script",
            r#""allow":["bücher.example"]"#,
            r#""idTokenClaims":{"email":"a@XN--BCHER-KVA.example","email_verified":true}"#,
            r#"{"set":{"attributes":{"emailDomain":"xn--bcher-kva.example","emailLocal":"a"}}}"#,
        ),
    ] {
        assert_eq!(run(config, sources).0, want, "{name}");
    }
}

/// The trace says why nothing was done, without the address.
#[test]
fn says_why() {
    let (output, lines) = run("", r#""userInfo":{"email":"eve@example.com"}"#);
    assert_eq!(
        (output.as_str(), lines),
        (
            "{}",
            vec!["info: the email address is not verified".to_string()]
        )
    );
}

#[test]
fn a_list_that_cannot_be_read_fails() {
    let input = Input::new(r#"{"config":{"deny":["example.com","*"]}}"#).unwrap();
    assert_eq!(
        email_domain(&input).unwrap_err(),
        "config deny/1 is no domain; write example.com or *.example.com"
    );
}

#[test]
fn golden() {
    doorward::golden::check(
        concat!(env!("CARGO_MANIFEST_DIR"), "/testdata"),
        email_domain,
    );
}
