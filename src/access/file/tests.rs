//! What the file says and what it may not say.

use super::*;

const NURSE: &str = r#"
[[token]]
label = "Ward A, days"
tenant = "demo"
sites = ["north"]
role = "charge_nurse"
tier = "staff"
wards = ["A", "B"]
sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"#;

#[track_caller]
fn refused(some: &str, other: &str, words: &str) {
    assert!(NURSE.contains(some), "{some}");
    let wrong = parse(&NURSE.replace(some, other)).err();
    let wrong = format!("{:#}", wrong.expect("it is refused"));
    assert!(
        wrong.starts_with("token 1 of the file: ") && wrong.contains(words),
        "{wrong}"
    );
}

#[test]
fn a_file_is_read_as_it_is_written() {
    let entries = parse(NURSE).unwrap();
    let grant = &entries[0].grant;
    assert_eq!(grant.role, Role::ChargeNurse);
    assert!(grant.sees_ward(&WardId::new("B").unwrap()));
    assert!(!grant.sees_ward(&WardId::new("C").unwrap()));
    assert!(parse(&write(&entries).unwrap()).unwrap() == entries);
    assert!(parse("").unwrap().is_empty());
}

#[test]
fn what_is_wrong_is_said_by_its_field() {
    refused(
        "\"charge_nurse\"",
        "\"nurse\"",
        "role: is none of charge_nurse",
    );
    refused("\"staff\"", "\"all\"", "tier: is none of public");
    refused("[\"A\", \"B\"]", "[]", "wards: does not list 1 to 1000");
    refused(
        "[\"A\", \"B\"]",
        "\"A\"",
        "wards: is neither \"all\" nor a list",
    );
    refused("[\"A\", \"B\"]", "[\"A B\"]", "wards: has a character");
    refused("ba78", "BA78", "sha256: is not 64 hexadecimal digits");
    refused("\"Ward A, days\"", "\"\"", "label: is empty");
    refused("\"charge_nurse\"", "\"kiosk\"", "device: a kiosk has one");
    refused(
        "tier =",
        "device = \"d\"\ntier =",
        "device: a kiosk has one",
    );
    let typo = parse(&NURSE.replace("wards =", "ward =")).err().unwrap();
    assert!(typo.to_string().contains("unknown field"), "{typo}");
    let twice = format!("{:#}", parse(&NURSE.repeat(2)).err().unwrap());
    assert_eq!(twice, "token 2 of the file: sha256: is there twice");
}

#[test]
fn a_label_is_one_token_of_its_tenant() {
    let other = NURSE.replace("ba78", "ca78");
    let same = parse(&format!("{NURSE}{other}")).err().unwrap();
    assert!(same.to_string().contains("label: is there twice"), "{same}");
    let elsewhere = other.replace("\"demo\"", "\"other\"");
    assert_eq!(parse(&format!("{NURSE}{elsewhere}")).unwrap().len(), 2);
}

#[test]
fn a_change_is_whole_or_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("access.toml");
    let entries = parse(NURSE).unwrap();
    edit(&file, |there| {
        there.clone_from(&entries);
        Ok(())
    })
    .unwrap();
    let refused = edit(&file, |there| {
        there.extend(entries.clone());
        Ok(())
    });
    assert!(refused.is_err());
    assert!(read(&file).unwrap() == entries);
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_tenant_that_nobody_configured_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("access.toml");
    std::fs::write(&file, NURSE).unwrap();
    let known = |name: &str| Tenants::from([TenantId::new(name).unwrap()]);
    assert_eq!(of_tenants(&file, &known("demo")).unwrap().len(), 1);
    let refused = of_tenants(&file, &known("other")).err().unwrap();
    assert!(
        refused
            .to_string()
            .contains("none of the configured tenants"),
        "{refused}"
    );
}
