use super::claim_types;
use doorward::Input;

const SOAP: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
const MICROSOFT: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/";

fn run(config: &str, attributes: &str) -> Result<String, String> {
    let attributes = attributes.replace("soap:", SOAP).replace("ms:", MICROSOFT);
    let text = format!(
        r#"{{"sources":{{"authnResponse":{{"attributes":{{{attributes}}}}}}},"user":{{"roles":["m"]}},"config":{{{config}}}}}"#
    );
    claim_types(&Input::new(&text).unwrap()).map(|output| output.to_json())
}

#[test]
fn maps_claims() {
    for (name, config, attributes, want) in [
        ("nothing", "", "", "{}"),
        (
            "standard",
            "",
            r#""soap:upn":["ada@corp"],"soap:givenname":["Ada"],"soap:surname":["L"],"soap:emailaddress":["a@x"],"ms:role":["r","m","s"]"#,
            r#"{"set":{"userName":"ada@corp","firstName":"Ada","lastName":"L","email":"a@x","roles":["m","r","s"]}}"#,
        ),
        (
            "by preference",
            "",
            r#""soap:name":["n"],"soap:upn":["u"]"#,
            r#"{"set":{"userName":"u","attributes":{"unique_name":"n"}}}"#,
        ),
        (
            "the second",
            "",
            r#""soap:name":["n"]"#,
            r#"{"set":{"userName":"n"}}"#,
        ),
        (
            "two names",
            "",
            r#""soap:nameidentifier":["4711"]"#,
            r#"{"set":{"attributes":{"nameid":"4711","sub":"4711"}}}"#,
        ),
        (
            "id",
            r#""standard":{"id":["sub"]}"#,
            r#""soap:nameidentifier":["4711"]"#,
            r#"{"set":{"id":"4711","attributes":{"nameid":"4711"}}}"#,
        ),
        (
            "not standard",
            r#""standard":{"roles":[],"email":[]}"#,
            r#""ms:role":["r","s"],"soap:emailaddress":["e"]"#,
            r#"{"set":{"attributes":{"email":"e","role":["r","s"]}}}"#,
        ),
        (
            "one or more",
            "",
            r#""soap:gender":["f"],"soap:webpage":["a","b"]"#,
            r#"{"set":{"attributes":{"gender":"f","website":["a","b"]}}}"#,
        ),
        (
            "always a list",
            "",
            r#""ms:groupsid":["S-1"]"#,
            r#"{"set":{"attributes":{"groupsid":["S-1"]}}}"#,
        ),
        (
            "lists",
            r#""lists":["gender"]"#,
            r#""soap:gender":["f"],"ms:groupsid":["S-1"]"#,
            r#"{"set":{"attributes":{"gender":["f"],"groupsid":"S-1"}}}"#,
        ),
        (
            "only",
            r#""only":["gender"]"#,
            r#""soap:gender":["f"],"soap:webpage":["a"]"#,
            r#"{"set":{"attributes":{"gender":"f"}}}"#,
        ),
        (
            "unknown",
            "",
            r#""gender":["f"],"urn:x":["y"],"SOAP:gender":["z"]"#,
            "{}",
        ),
        (
            "empty",
            "",
            r#""soap:gender":[],"soap:webpage":null,"soap:givenname":[null]"#,
            "{}",
        ),
        (
            "as received",
            "",
            r#""soap:gender":{"a":1.50},"ms:serialnumber":12345678901234567890"#,
            r#"{"set":{"attributes":{"certserialnumber":12345678901234567890,"gender":{"a":1.50}}}}"#,
        ),
    ] {
        assert_eq!(run(config, attributes).unwrap(), want, "{name}");
    }
}

#[test]
fn other_paths() {
    let text = format!(
        r#"{{"sources":{{"idTokenClaims":{{"sub":"1","{SOAP}givenname":"Ada"}}}},"config":{{"path":"/idTokenClaims"}}}}"#
    );
    assert_eq!(
        claim_types(&Input::new(&text).unwrap()).unwrap().to_json(),
        r#"{"set":{"firstName":"Ada"}}"#
    );
}

#[test]
fn fails_rather_than_guess() {
    for (attributes, want) in [
        (
            r#""soap:emailaddress":["a","b"]"#,
            "the claim email has 2 values, and the attribute has one",
        ),
        (r#""soap:emailaddress":7"#, "the claim email is no string"),
        (
            r#""ms:role":["a",7]"#,
            "the claim role is no list of strings",
        ),
    ] {
        assert_eq!(run("", attributes).unwrap_err(), want);
    }
    let list = Input::new(r#"{"sources":{"authnResponse":{"attributes":[]}}}"#).unwrap();
    assert_eq!(
        claim_types(&list).unwrap_err(),
        "the value at /authnResponse/attributes is no object of claims"
    );
}

#[test]
fn golden() {
    doorward::golden::check(
        concat!(env!("CARGO_MANIFEST_DIR"), "/testdata"),
        claim_types,
    );
}
