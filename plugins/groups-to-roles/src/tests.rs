use super::groups_to_roles;
use doorward::Input;

const FLAT: &str = r#""idTokenClaims":{"groups":["app-admin","staff","app-admin"]},"userInfo":{"groups":["app-reader","staff"]}"#;
const DEEP: &str = r#""idTokenClaims":{"realm_access":{"roles":["user"]},"resource_access":{"a/b":{"roles":["x"]}}}"#;
const OBJECTS: &str = r#""userInfo":{"groups":[{"name":"app-a"},{"id":1},{"name":["app-b"]}]}"#;
const ENTRA: &str = r#""idTokenClaims":{"groups":["6F9619FF-8B86-D011-B42D-00C04FC964FF","00000000-0000-0000-0000-000000000001","app-x"]}"#;
const GUIDS: &str = r#""guids":{"6f9619ff-8b86-D011-b42d-00c04fc964ff":"app-engineering"}"#;

fn input(config: &str, sources: &str, roles: &str) -> Input {
    let user = if roles.is_empty() {
        "{}".into()
    } else {
        format!(r#"{{"roles":{roles}}}"#)
    };
    let text =
        format!(r#"{{"version":1,"sources":{{{sources}}},"user":{user},"config":{{{config}}}}}"#);
    Input::new(&text).unwrap()
}

/// The roles as JSON; `-` when they stay as they are.
fn roles(config: &str, sources: &str, roles: &str) -> String {
    let output = groups_to_roles(&input(config, sources, roles)).unwrap();
    match output.set.roles {
        Some(roles) => doorward::Value::from(roles).to_string(),
        None => "-".into(),
    }
}

#[test]
fn maps_groups() {
    for (name, config, sources, so_far, want) in [
        (
            "as they are",
            "",
            FLAT,
            "",
            r#"["app-admin","staff","app-reader"]"#,
        ),
        (
            "after the roles so far",
            "",
            FLAT,
            r#"["m","staff"]"#,
            r#"["m","staff","app-admin","app-reader"]"#,
        ),
        (
            "in their place",
            r#""replace":true"#,
            FLAT,
            r#"["m"]"#,
            r#"["app-admin","staff","app-reader"]"#,
        ),
        (
            "prefix",
            r#""prefix":"app-""#,
            FLAT,
            "",
            r#"["admin","reader"]"#,
        ),
        (
            "prefix kept",
            r#""prefix":"app-","strip":false"#,
            FLAT,
            "",
            r#"["app-admin","app-reader"]"#,
        ),
        (
            "the others too",
            r#""prefix":"app-","keep_unmatched":true"#,
            FLAT,
            "",
            r#"["admin","staff","reader"]"#,
        ),
        ("suffix", r#""suffix":"-admin""#, FLAT, "", r#"["app"]"#),
        (
            "both ends",
            r#""prefix":"CN=","suffix":",OU=x""#,
            r#""userInfo":{"groups":["CN=a,OU=x","CN=b,OU=y","CN=,OU=x"]}"#,
            "",
            r#"["a"]"#,
        ),
        (
            "ends that overlap",
            r#""prefix":"ab","suffix":"bc""#,
            r#""userInfo":{"groups":["abc","abbc","abxbc"]}"#,
            "",
            r#"["x"]"#,
        ),
        (
            "rename",
            r#""prefix":"app-","rename":{"staff":"employee","app-admin":"root"}"#,
            FLAT,
            "",
            r#"["root","employee","reader"]"#,
        ),
        (
            "renamed away",
            r#""rename":{"staff":""}"#,
            FLAT,
            "",
            r#"["app-admin","app-reader"]"#,
        ),
        (
            "renamed alike",
            r#""rename":{"staff":"r","app-admin":"r"},"prefix":"none-""#,
            FLAT,
            "",
            r#"["r"]"#,
        ),
        (
            "deep",
            r#""paths":["/idTokenClaims/realm_access/roles","/idTokenClaims/resource_access/a~1b/roles"]"#,
            DEEP,
            "",
            r#"["user","x"]"#,
        ),
        (
            "in objects",
            r#""paths":["/userInfo/groups/*/name"],"prefix":"app-""#,
            OBJECTS,
            "",
            r#"["a","b"]"#,
        ),
        (
            "one group",
            "",
            r#""userInfo":{"groups":"solo"}"#,
            "",
            r#"["solo"]"#,
        ),
        ("none", "", r#""userInfo":{}"#, r#"["m"]"#, "-"),
        ("null", "", r#""userInfo":{"groups":null}"#, "", "-"),
        ("none match", r#""prefix":"zzz""#, FLAT, r#"["m"]"#, "-"),
        (
            "none match, in their place",
            r#""prefix":"zzz","replace":true"#,
            FLAT,
            r#"["m"]"#,
            "[]",
        ),
        (
            "grease",
            r#""x":1"#,
            r#""grease":{"groups":["evil"]},"userInfo":{"groups":["ok"],"grease":[{}]}"#,
            "",
            r#"["ok"]"#,
        ),
        (
            "regex",
            r#""regex":"app-(.+)""#,
            FLAT,
            "",
            r#"["admin","reader"]"#,
        ),
        (
            "regex matches all of it",
            r#""regex":"(admin|staf)""#,
            FLAT,
            "",
            "-",
        ),
        (
            "regex, longest",
            r#""regex":"(app|app-admin)""#,
            FLAT,
            "",
            r#"["app-admin"]"#,
        ),
        (
            "regex on lines",
            r#""regex":"(?m)^(a)$""#,
            r#""userInfo":{"groups":["a\nb"]}"#,
            "",
            "-",
        ),
        (
            "regex, two captures",
            r#""regex":"app-(\\w+)|(\\w+)aff""#,
            FLAT,
            "",
            r#"["admin","st","reader"]"#,
        ),
        (
            "regex without capture",
            r#""regex":"(?i)APP-.*""#,
            FLAT,
            "",
            r#"["app-admin","app-reader"]"#,
        ),
        (
            "regex captures nothing",
            r#""regex":"app-(x?).*""#,
            FLAT,
            "",
            "-",
        ),
        (
            "regex after prefix",
            r#""prefix":"app-","regex":"(.{3}).*""#,
            FLAT,
            "",
            r#"["adm","rea"]"#,
        ),
        (
            "regex and the others",
            r#""regex":"app-(.*)","keep_unmatched":true"#,
            FLAT,
            "",
            r#"["admin","staff","reader"]"#,
        ),
        (
            "regex in Unicode",
            r#""regex":"(?i)ä(\\w)""#,
            r#""userInfo":{"groups":["Äö"]}"#,
            "",
            r#"["ö"]"#,
        ),
        (
            "distinguished names",
            r#""regex":"CN=([^,]+),.*""#,
            r#""userInfo":{"groups":["CN=Ops,OU=x,DC=y"]}"#,
            "",
            r#"["Ops"]"#,
        ),
        ("GUIDs", GUIDS, ENTRA, "", r#"["app-engineering","app-x"]"#),
    ] {
        assert_eq!(roles(config, sources, so_far), want, "{name}");
    }
}

#[test]
fn guids_go_on_as_names() {
    let prefix = format!(r#"{GUIDS},"prefix":"app-""#);
    assert_eq!(roles(&prefix, ENTRA, ""), r#"["engineering","x"]"#);
    let rename = format!(
        r#"{GUIDS},"rename":{{"app-engineering":"eng","00000000-0000-0000-0000-000000000001":"x"}}"#
    );
    assert_eq!(
        roles(&rename, ENTRA, ""),
        r#"["eng","app-x"]"#,
        "an unknown GUID has no name to rename"
    );
    let kept = format!(r#"{GUIDS},"keep_unmatched":true"#);
    assert_eq!(
        roles(&kept, ENTRA, ""),
        r#"["app-engineering","00000000-0000-0000-0000-000000000001","app-x"]"#
    );
    assert_eq!(
        roles("", ENTRA, "").matches('-').count(),
        9,
        "without a table a GUID is a group"
    );
}

#[test]
fn unusable_groups_are_left_out() {
    let long = "x".repeat(257);
    let input = input(
        "",
        &format!(r#""userInfo":{{"groups":["","a\nb","ok","{long}"]}}"#),
        "",
    );
    assert_eq!(
        groups_to_roles(&input).unwrap().to_json(),
        r#"{"set":{"roles":["ok"]}}"#
    );
    assert_eq!(input.logged().len(), 2);
    assert!(input
        .logged()
        .iter()
        .all(|line| line.starts_with("warn: a role was left out") && !line.contains("xx")));
}

/// Nobody is signed in with a part of their roles.
#[test]
fn fails() {
    let many: Vec<_> = (0..1001).map(|n| format!(r#""g{n}""#)).collect();
    let many = format!(r#""userInfo":{{"groups":[{}]}}"#, many.join(","));
    let nested = "(".repeat(40) + "a" + &")".repeat(40);
    let nested = format!(r#""regex":"{nested}""#);
    for (config, sources, want) in [
        (
            "",
            r#""userInfo":{"groups":7}"#,
            "/userInfo/groups is neither",
        ),
        (
            "",
            r#""userInfo":{"groups":["a",7]}"#,
            "/userInfo/groups is neither",
        ),
        (
            "",
            r#""idTokenClaims":{"groups":{"a":true}}"#,
            "/idTokenClaims/groups is neither",
        ),
        ("", &many, "more than 1000 roles"),
        (r#""regex":"(""#, FLAT, "config regex: unclosed group"),
        (r#""regex":"a)|(b""#, FLAT, "config regex: unopened group"),
        (
            r#""regex":"(?:a{1000}){1000}""#,
            FLAT,
            "too big once compiled",
        ),
        (
            &nested,
            FLAT,
            "config regex: exceed the maximum number of nested",
        ),
    ] {
        let error = groups_to_roles(&input(config, sources, "")).unwrap_err();
        assert!(error.contains(want), "got {error:?}, want {want:?}");
    }
}

#[test]
fn a_name_that_is_too_long_matches_no_regex() {
    let sources = |n: usize| format!(r#""userInfo":{{"groups":["{}-a"]}}"#, "x".repeat(n));
    assert_eq!(roles(r#""regex":"x*-(a)""#, &sources(2046), ""), r#"["a"]"#);
    assert_eq!(roles(r#""regex":"x*-(a)""#, &sources(2047), ""), "-");
}

#[test]
fn the_trace_says_why_nothing_was_mapped() {
    let none = input(r#""prefix":"secret-""#, FLAT, "");
    groups_to_roles(&none).unwrap();
    assert_eq!(none.logged(), ["info: none of 3 groups became a role"]);
    let overage = input(
        "",
        r#""idTokenClaims":{"_claim_names":{"groups":"src1"}}"#,
        "",
    );
    groups_to_roles(&overage).unwrap();
    assert!(
        overage.logged()[0].starts_with("warn: the provider left the groups out"),
        "{:?}",
        overage.logged()
    );
    let elsewhere = input(
        r#""paths":["/idTokenClaims/groups","/claimSources/groups"]"#,
        r#""idTokenClaims":{"_claim_names":{"groups":"src1"}},"claimSources":{"groups":["a"]}"#,
        "",
    );
    groups_to_roles(&elsewhere).unwrap();
    assert!(elsewhere.logged().is_empty(), "{:?}", elsewhere.logged());
}

/// What one call keeps is used by the next only for the same config.
#[test]
fn another_config_is_read_anew() {
    for (config, want) in [
        (r#""prefix":"app-""#, "admin"),
        (r#""prefix":"app-a""#, "dmin"),
        (r#""prefix":"app-""#, "admin"),
    ] {
        assert!(
            roles(config, FLAT, "").starts_with(&format!(r#"["{want}""#)),
            "{config}"
        );
    }
}

#[test]
fn golden() {
    doorward::golden::check(
        concat!(env!("CARGO_MANIFEST_DIR"), "/testdata"),
        groups_to_roles,
    );
}
