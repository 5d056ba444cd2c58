//! The section `[store]`: where what is kept beside the log is, a folder or a bucket
//! of an S3 server.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use serde::Deserialize;
use store::location::{self, Bucket, Store};

/// The section `[store]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) folder: PathBuf,
    url: String,
    endpoint: String,
    region: String,
    path_style: bool,
    access_key: String,
    secret_key_file: String,
    ca_file: String,
    pub(crate) snapshot_every_s: u64,
}

impl Settings {
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        ensure!(
            (1..=3_600).contains(&self.snapshot_every_s),
            "store.snapshot_every_s: must be from 1 to 3600"
        );
        ensure!(
            self.access_key.is_empty() || !self.secret_key_file.is_empty(),
            "store.secret_key_file: must name the file with the secret of store.access_key"
        );
        ensure!(
            self.secret_key_file.is_empty() || !self.access_key.is_empty(),
            "store.access_key: must say whose secret stands in store.secret_key_file"
        );
        Ok(())
    }

    /// The files that are named, each with its key.
    pub(crate) fn files(&self) -> [(&'static str, &str); 2] {
        [
            ("store.ca_file", &self.ca_file),
            ("store.secret_key_file", &self.secret_key_file),
        ]
    }

    /// Whether the bucket could be used, if one is named. Asks nobody.
    pub(crate) fn check_bucket(&self) -> anyhow::Result<()> {
        if !self.url.is_empty() {
            self.open()?;
        }
        Ok(())
    }

    /// Opens the place; a folder is made when it is missing.
    pub(crate) fn open(&self) -> anyhow::Result<Store> {
        if self.url.is_empty() {
            return location::folder(&self.folder).context("store.folder");
        }
        let read = |key: &str, file: &str| {
            std::fs::read_to_string(file).with_context(|| format!("{key} {file}"))
        };
        let mut bucket = Bucket {
            url: self.url.clone(),
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            path_style: self.path_style,
            login: None,
            ca: None,
        };
        if !self.access_key.is_empty() {
            let secret = read("store.secret_key_file", &self.secret_key_file)?;
            bucket.login = Some((self.access_key.clone(), secret.trim_end().to_owned()));
        }
        if !self.ca_file.is_empty() {
            bucket.ca = Some(read("store.ca_file", &self.ca_file)?);
        }
        location::bucket(bucket).context("store.url")
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn load(text: &str) -> anyhow::Result<Config> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(&file, text)?;
        Config::load(Some(file.path()))
    }

    #[test]
    fn a_bucket_is_checked_before_it_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "s3cr3t\n").unwrap();
        let access = folder.path().join("access.toml");
        std::fs::write(&access, "# nobody yet\n").unwrap();
        let checked = |settings: &str| {
            let settings = settings.replace("FILE", &secret.display().to_string());
            let access = format!("[access]\nfile = \"{}\"", access.display());
            let config = load(&format!("{access}\n[store]\n{settings}\n"))?;
            config.check_files()
        };
        let said = |settings: &str| format!("{:#}", checked(settings).unwrap_err());
        for (settings, key) in [
            ("access_key = \"me\"", "store.secret_key_file"),
            ("secret_key_file = \"FILE\"", "store.access_key"),
            ("ca_file = \"FILE.gone\"", "store.ca_file"),
            ("url = \"s3://\"", "store.url"),
            ("url = \"gopher://bucket\"", "store.url"),
            ("url = \"s3://bucket/a//b\"", "store.url"),
            ("url = \"s3://bucket\"\nendpoint = \"host\"", "endpoint"),
            ("url = \"s3://bucket\"\nca_file = \"FILE\"", "ca_file"),
        ] {
            let said = said(settings);
            assert!(said.contains(key), "{settings}: {said}");
            assert!(!said.contains("s3cr3t"), "{said}");
        }
        let good = "url = \"s3://bucket/medaxis\"\nendpoint = \"https://s3.example\"\n\
                    access_key = \"me\"\nsecret_key_file = \"FILE\"";
        checked(good).unwrap();
        assert!(!format!("{:?}", load(&format!("[store]\n{good}\n"))).contains("s3cr3t"));
    }
}
