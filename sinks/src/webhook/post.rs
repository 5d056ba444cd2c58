//! IO: one attempt at one message, over HTTP. Redirects are not followed, proxies of the environment
//! not used; of the answer nothing but its status and `Retry-After` is looked at.

use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, Url};

use super::patience::Answer;
use super::{Endpoint, Secret, signature};

/// How much of an answer is read, so that its connection can be used again.
const ANSWER_MAX: usize = 16 * 1024;

/// Why an endpoint can't be used. Never names a secret, nor what stands in its URL behind the host.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// It is no URL, or none that we speak.
    #[error("url: must begin with https://, and name a host")]
    Url,
    /// It would be sent in the clear.
    #[error("url: plain http goes to this machine only, unless allow_http is true")]
    Http,
    /// A name and password of the URL would be written into logs of others.
    #[error("url: must not hold a user or a password")]
    Login,
    /// The certificate is none.
    #[error("ca_file: holds no certificate in PEM")]
    Certificate,
    /// The client can't be made.
    #[error("no client for HTTP: {0}")]
    Client(reqwest::Error),
}

/// Checks the address of an endpoint.
///
/// # Errors
/// It is none, or is not to be used.
pub fn check_url(url: &str, allow_http: bool) -> Result<(), EndpointError> {
    let url = Url::parse(url).map_err(|_| EndpointError::Url)?;
    let host = url.host_str().ok_or(EndpointError::Url)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(EndpointError::Login);
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if allow_http || is_this_machine(host) => Ok(()),
        "http" => Err(EndpointError::Http),
        _ => Err(EndpointError::Url),
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    host == "localhost" || is_loopback
}

/// Posts to one endpoint.
#[derive(Clone)]
pub(crate) struct Post {
    client: Client,
    url: Url,
    secrets: Vec<Secret>,
}

impl Post {
    pub(crate) fn new(endpoint: &Endpoint, attempt: Duration) -> Result<Self, EndpointError> {
        // Whoever has chosen another one before us has done so for the whole process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(attempt)
            .connect_timeout(attempt)
            .user_agent(concat!("medaxis/", env!("CARGO_PKG_VERSION")));
        if let Some(ca) = &endpoint.ca {
            let found = Certificate::from_pem_bundle(ca.as_bytes());
            let found = found.ok().filter(|found| !found.is_empty());
            client = client.tls_certs_merge(found.ok_or(EndpointError::Certificate)?);
        }
        Ok(Self {
            client: client.build().map_err(EndpointError::Client)?,
            url: Url::parse(&endpoint.url).map_err(|_| EndpointError::Url)?,
            secrets: endpoint.secrets.clone(),
        })
    }

    /// One attempt, signed now.
    pub(crate) async fn send(&self, id: &str, body: &[u8]) -> Answer {
        let timestamp_s = now_s();
        let signature = signature::header(&self.secrets, id, timestamp_s, body);
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp_s)
            .header("webhook-signature", signature)
            .body(body.to_vec());
        match request.send().await {
            Ok(answer) => {
                let asked = retry_after(answer.headers(), timestamp_s);
                let status = answer.status().as_u16();
                read(answer).await;
                Answer::Status(status, asked)
            }
            Err(error) if error.is_timeout() => Answer::Silence("no answer in time"),
            Err(error) if error.is_connect() => Answer::Silence("no connection"),
            Err(_) => Answer::Silence("the connection broke"),
        }
    }
}

/// Reads what else was answered, up to a bound; nothing follows from it.
async fn read(mut answer: Response) {
    let mut length = 0;
    while let Ok(Some(chunk)) = answer.chunk().await {
        length += chunk.len();
        if length > ANSWER_MAX {
            return;
        }
    }
}

/// How long a receiver asks us to wait, as seconds or as a date.
fn retry_after(headers: &HeaderMap, now_s: u64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    let date = u64::try_from(date.timestamp().as_second()).ok()?;
    Some(Duration::from_secs(date.saturating_sub(now_s)))
}

/// The time that a signature names, in seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "edge: receivers compare the time of a signature with their own clock"
)]
fn now_s() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_over_tls_or_stays_on_this_machine() {
        let said = |url: &str, allow| check_url(url, allow).map_err(|error| error.to_string());
        for url in [
            "https://pager.example/a?key=1",
            "http://127.0.0.1:9/x",
            "http://[::1]:9",
            "http://localhost/x",
        ] {
            assert_eq!(said(url, false), Ok(()), "{url}");
        }
        let clear = "url: plain http goes to this machine only, unless allow_http is true";
        for url in ["http://pager.example/a", "http://127.0.0.1.example/"] {
            assert_eq!(said(url, false), Err(clear.to_owned()), "{url}");
            assert_eq!(said(url, true), Ok(()));
        }
        for url in ["", "pager.example", "ftp://pager.example", "https://"] {
            assert!(said(url, true).is_err(), "{url}");
        }
        let login = said("https://a:b@pager.example/", true).unwrap_err();
        assert_eq!(login, "url: must not hold a user or a password");
    }

    #[test]
    fn how_long_to_wait_is_read_as_seconds_or_as_a_date() {
        let asked = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, 784_111_777).map(|asked| asked.as_secs())
        };
        assert_eq!(asked("120"), Some(120));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:27 GMT"), Some(0));
        assert_eq!(asked("soon"), None);
    }
}
