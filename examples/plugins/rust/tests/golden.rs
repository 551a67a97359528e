//! The cases that the mapper `staff` passes in every language.

#[test]
fn golden() {
    let cases = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../sdk/abi/testdata/golden"
    );
    doorward::golden::check(cases, staff::staff);
}
