//! A certificate authority for one test, and a certificate of 127.0.0.1 that it has signed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};

/// PEM files, as servers and clients want them.
pub struct Certificates {
    /// What a client must trust.
    pub authority: PathBuf,
    /// That of a server, or of a client.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Key and certificate in one file, as Kafka wants them.
    pub(crate) key_and_certificate: PathBuf,
}

impl Certificates {
    /// Makes fresh ones in `folder`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn generate(folder: &Path) -> Result<Self> {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "MedAxis test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

        let key = KeyPair::generate()?;
        let server = CertificateParams::new(["127.0.0.1".to_owned(), "localhost".to_owned()])?;
        let certificate = server.signed_by(&key, &authority)?.pem();
        let key = key.serialize_pem();

        let write = |name: &str, text: &str| -> Result<PathBuf> {
            let path = folder.join(name);
            fs::write(&path, text)?;
            Ok(path)
        };
        Ok(Self {
            authority: write("authority.pem", &authority.pem())?,
            certificate: write("server.pem", &certificate)?,
            key: write("server.key", &key)?,
            key_and_certificate: write("server-with-key.pem", &format!("{key}{certificate}"))?,
        })
    }
}
