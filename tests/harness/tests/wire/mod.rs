//! Just enough of two protocols to ask a server for a true answer, over TCP or TLS.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// A connection that does not wait for ever.
pub(crate) fn tcp(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// A TLS connection that trusts `authority` only and checks that the server is 127.0.0.1.
pub(crate) fn tls(address: SocketAddr, authority: &Path) -> impl Read + Write {
    let mut roots = RootCertStore::empty();
    let pem = fs::read(authority).unwrap();
    roots
        .add(CertificateDer::from_pem_slice(&pem).unwrap())
        .unwrap();
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    StreamOwned::new(
        ClientConnection::new(Arc::new(config), name).unwrap(),
        tcp(address),
    )
}

/// Kafka: sends one request and gives the body of its response.
pub(crate) fn kafka(
    stream: &mut (impl Read + Write),
    api: u16,
    version: u16,
    body: &[u8],
) -> std::io::Result<Vec<u8>> {
    let no_client = [0xff, 0xff];
    let correlation = 7_u32.to_be_bytes();
    let request = [
        &api.to_be_bytes()[..],
        &version.to_be_bytes(),
        &correlation,
        &no_client,
        body,
    ]
    .concat();
    stream.write_all(&(request.len() as u32).to_be_bytes())?;
    stream.write_all(&request)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut response = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut response)?;
    assert_eq!(response[..4], correlation);
    Ok(response.split_off(4))
}

/// MQTT 3.1.1: one packet of a `kind` (its first byte). Strings in `parts` carry their length.
pub(crate) fn mqtt_packet(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut packet = vec![kind];
    let mut rest = body.len();
    loop {
        let more = if rest >= 128 { 0x80 } else { 0 };
        packet.push((rest % 128) as u8 | more);
        rest /= 128;
        if rest == 0 {
            break;
        }
    }
    packet.extend(body);
    packet
}

/// A string as both protocols write it: two bytes of length, then the text.
pub(crate) fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes()[..], text.as_bytes()].concat()
}

/// MQTT: reads one packet: its first byte and its body.
pub(crate) fn mqtt_read(stream: &mut impl Read) -> std::io::Result<(u8, Vec<u8>)> {
    let mut byte = || {
        let mut byte = [0];
        stream.read_exact(&mut byte).map(|()| byte[0])
    };
    let kind = byte()?;
    let (mut length, mut shift) = (0, 0);
    loop {
        let next = byte()?;
        length |= usize::from(next & 0x7f) << shift;
        shift += 7;
        if next & 0x80 == 0 {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((kind, body))
}
