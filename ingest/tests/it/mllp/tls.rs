//! Over TLS: who has no certificate of the authority that the listener trusts is not
//! let in.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use events::metric;
use harness::certificates::Certificates;
use ingest::http::recall::Past;
use ingest::mllp::Limits;
use ingest::mllp::tls::{Files, acceptor};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::sender::Sender;
use super::{Gateway, admission, told};
use crate::support::{Folder, cluster, eventually};

type Tls = StreamOwned<ClientConnection, TcpStream>;

fn sender(gateway: &Gateway, certificates: &Certificates, shows_its_own: bool) -> Sender<Tls> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(&certificates.authority).unwrap();
    roots.add(authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = if shows_its_own {
        let certificate = CertificateDer::from_pem_file(&certificates.certificate).unwrap();
        let key = PrivateKeyDer::from_pem_file(&certificates.key).unwrap();
        builder
            .with_client_auth_cert(vec![certificate], key)
            .unwrap()
    } else {
        builder.with_no_client_auth()
    };
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(gateway.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    Sender::over(StreamOwned::new(connection, stream))
}

#[test]
fn only_senders_with_a_certificate_are_let_in() {
    let folder = Folder::new("mllp-tls");
    let certificates = Certificates::generate(folder.path()).unwrap();
    let files = Files {
        certificate: certificates.certificate.clone(),
        key: certificates.key.clone(),
        client_authority: Some(certificates.authority.clone()),
    };
    let cluster = cluster();
    let tls = acceptor(&files).unwrap();
    let gateway = Gateway::start_with(
        &cluster.config,
        Limits::default(),
        Past::default(),
        Some(tls),
    );
    let mut known = sender(&gateway, &certificates, true);
    assert_eq!(known.tells(admission("M1")), "AA M1");

    let mut unknown = sender(&gateway, &certificates, false);
    let heard = unknown
        .sends_bytes(b"\x0BMSH|\x1C\r")
        .and_then(|()| unknown.answer());
    assert!(heard.is_err(), "{heard:?}");
    let mut plain = Sender::to(gateway.address);
    let _ = plain.sends_bytes(b"\x0BMSH|^~\\&|A|B\r\x1C\r");
    assert!(plain.answer().is_err());
    let closed = || gateway.count(metric::INGEST_MLLP_CLOSED, "tls");
    eventually("both are counted", || closed() == 2);
    assert_eq!(known.tells(admission("M2")), "AA M2");
    assert_eq!(told(&cluster.config).len(), 2);
}

#[test]
fn files_that_do_not_fit_are_named() {
    let folder = Folder::new("mllp-files");
    let certificates = Certificates::generate(folder.path()).unwrap();
    let files = |key: &std::path::Path| Files {
        certificate: certificates.certificate.clone(),
        key: key.to_owned(),
        client_authority: None,
    };
    assert!(acceptor(&files(&certificates.key)).is_ok());
    let wrong = acceptor(&files(&certificates.authority)).map(drop);
    let wrong = wrong.unwrap_err().to_string();
    assert!(wrong.contains("authority.pem"), "{wrong}");
}
