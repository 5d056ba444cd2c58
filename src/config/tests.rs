//! What a configuration may say, and what is said of one that is wrong.

use super::*;

fn load(text: &str) -> anyhow::Result<Config> {
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(&file, text)?;
    Config::load(Some(file.path()))
}

#[test]
fn the_defaults_hold_and_a_file_replaces_what_it_names() {
    assert_eq!(Config::load(None).unwrap().kafka.lanes, 64);
    let config = load("[kafka]\nlanes = 4\n").unwrap();
    assert_eq!(
        (config.kafka.lanes, config.kafka.prefix.as_str()),
        (4, "medaxis.")
    );
}

#[test]
fn what_is_wrong_is_said_with_its_key() {
    let error = |text: &str| format!("{:#}", load(text).unwrap_err());
    assert!(error("[kafka]\nlane = 4\n").contains("unknown field `lane`"));
    assert!(error("[kafka]\nlanes = 0\n").contains("kafka.lanes"));
    assert!(error("tenants = [\"a b\"]\n").contains("tenants"));
    for part in ["kafka", "mqtt"] {
        let user = format!("[{part}]\nuser = \"medaxis\"\n");
        let said = error(&user);
        assert!(said.contains(&format!("{part}.password_file")), "{said}");
        let file = format!("[{part}]\npassword_file = \"secret\"\n");
        let said = error(&file);
        assert!(said.contains(&format!("{part}.user")), "{said}");
    }
}

#[test]
fn every_setting_has_a_comment_of_its_own() {
    let lines: Vec<&str> = DEFAULTS.lines().collect();
    for pair in lines.windows(2) {
        let is_setting = pair[1].contains(" = ") && !pair[1].starts_with('#');
        assert!(!is_setting || pair[0].starts_with("# "), "{}", pair[1]);
    }
}

#[test]
fn files_that_are_named_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "no certificate\n").unwrap();
    let access = folder.path().join("access.toml");
    std::fs::write(&access, "").unwrap();
    let checked = |text: &str, file: &Path| {
        let text = text.replace("FILE", &file.display().to_string());
        let access = format!("[access]\nfile = \"{}\"\n", access.display());
        load(&(text + &access)).unwrap().check_files()
    };
    let error = |text: &str, file: &Path| format!("{:#}", checked(text, file).unwrap_err());
    let gone = folder.path().join("gone");
    for (part, key) in [
        ("kafka", "ca_file"),
        ("kafka", "password_file"),
        ("mqtt", "ca_file"),
        ("mqtt", "password_file"),
        ("clickhouse", "password_file"),
    ] {
        let text = format!("[{part}]\nuser = \"medaxis\"\n{key} = \"FILE\"\n");
        let text = text.replace("user = \"medaxis\"\nca_file", "ca_file");
        let said = error(&text, &gone);
        assert!(said.contains(&format!("{part}.{key}")), "{said}");
        if key == "ca_file" {
            let said = error(&text, &file);
            assert!(said.contains("ca_file"), "{said}");
        }
    }
    let key = "[privacy]\npseudonym_key_file = \"FILE\"\n";
    let said = error(key, &file);
    assert!(
        said.contains("pseudonym_key_file") && said.contains("32"),
        "{said}"
    );
    let said = error(key, &gone.join("key"));
    assert!(said.contains("pseudonym_key_file"), "{said}");
    checked(key, &gone).unwrap();
    assert!(!gone.exists(), "checking makes nothing");
    std::fs::remove_file(&access).unwrap();
    let said = error(key, &gone);
    assert!(said.contains("access.file"), "{said}");
}
