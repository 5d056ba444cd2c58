//! IO: where things are kept, as the configuration names it: in a folder, or in a
//! bucket of an S3 server.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{Certificate, ClientOptions, ObjectStore, RetryConfig};

/// A place where things are kept.
pub type Store = Arc<dyn ObjectStore>;

/// How long a request to a bucket may take, and how long it is tried again: whoever
/// asked decides then.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(60);
const RETRY_TIME_MAX: Duration = Duration::from_secs(30);
const RETRIES_MAX: usize = 5;

/// A bucket of an S3 server, and how to get in. Never to be printed: it holds the secret.
pub struct Bucket {
    /// `s3://BUCKET` or `s3://BUCKET/PREFIX`.
    pub url: String,
    /// Address of the server, `http://` or `https://`; empty: Amazon's of the region.
    pub endpoint: String,
    /// Name of the region.
    pub region: String,
    /// Whether the bucket's name stands in the path; else in front of the host's name.
    pub path_style: bool,
    /// Access key and secret. Without: what the environment says, as for Amazon's own tools.
    pub login: Option<(String, String)>,
    /// Certificate authority of the server in PEM, beside those that the system knows.
    pub ca: Option<String>,
}

/// Why a place can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// It can't be made.
    #[error("{place}: the folder can't be made: {error}")]
    Folder {
        /// The folder.
        place: String,
        /// Why.
        error: std::io::Error,
    },
    /// It is none that we know, or its settings are wrong.
    #[error("{place}: {error}")]
    Refused {
        /// As it was named.
        place: String,
        /// Why.
        error: object_store::Error,
    },
    /// It is not named as buckets are.
    #[error("{0}: must be s3://BUCKET or s3://BUCKET/PREFIX")]
    Url(String),
    /// The server's address is none.
    #[error("endpoint {0}: must begin with http:// or https://")]
    Endpoint(String),
    /// The certificate is none.
    #[error("ca_file: holds no certificate in PEM")]
    Certificate,
}

/// A folder, made when it is missing. What was written is on the disk when the
/// write comes back.
///
/// # Errors
/// The folder can't be made.
pub fn folder(path: &Path) -> Result<Store, LocationError> {
    let place = || path.display().to_string();
    std::fs::create_dir_all(path).map_err(|error| LocationError::Folder {
        place: place(),
        error,
    })?;
    let store = LocalFileSystem::new_with_prefix(path).map_err(|error| LocationError::Refused {
        place: place(),
        error,
    })?;
    Ok(Arc::new(
        store.with_fsync(true).with_automatic_cleanup(true),
    ))
}

/// A bucket, or what is below a prefix in it. Asks nobody yet.
///
/// # Errors
/// The settings are wrong.
pub fn bucket(bucket: Bucket) -> Result<Store, LocationError> {
    // Whoever has chosen another one before us has done so for the whole process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (name, prefix) = parse(&bucket.url)?;
    let mut options = ClientOptions::new().with_timeout(REQUEST_TIME_MAX);
    if let Some(ca) = &bucket.ca {
        for authority in authorities(ca)? {
            options = options.with_root_certificate(authority);
        }
    }
    let builder = match bucket.login {
        Some((key, secret)) => AmazonS3Builder::new()
            .with_access_key_id(key)
            .with_secret_access_key(secret),
        None => AmazonS3Builder::from_env(),
    };
    let mut builder = builder
        .with_client_options(options)
        .with_retry(RetryConfig {
            max_retries: RETRIES_MAX,
            retry_timeout: RETRY_TIME_MAX,
            ..RetryConfig::default()
        })
        .with_bucket_name(&name)
        .with_region(bucket.region)
        .with_virtual_hosted_style_request(!bucket.path_style);
    if !bucket.endpoint.is_empty() {
        let (scheme, host) = bucket
            .endpoint
            .split_once("://")
            .filter(|(scheme, host)| ["http", "https"].contains(scheme) && !host.is_empty())
            .ok_or_else(|| LocationError::Endpoint(bucket.endpoint.clone()))?;
        let host = match bucket.path_style {
            true => host.to_owned(),
            false => format!("{name}.{host}"),
        };
        builder = builder
            .with_endpoint(format!("{scheme}://{host}"))
            .with_allow_http(scheme == "http");
    }
    let store = builder.build().map_err(|error| LocationError::Refused {
        place: bucket.url,
        error,
    })?;
    Ok(Arc::new(PrefixStore::new(store, prefix)))
}

/// The bucket's name, and what is in front of every object's.
fn parse(url: &str) -> Result<(String, object_store::path::Path), LocationError> {
    let wrong = || LocationError::Url(url.to_owned());
    let rest = url.strip_prefix("s3://").ok_or_else(wrong)?;
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let is_good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
    if name.is_empty() || !name.chars().all(is_good) {
        return Err(wrong());
    }
    let prefix = object_store::path::Path::parse(prefix).map_err(|_| wrong())?;
    Ok((name.to_owned(), prefix))
}

fn authorities(pem: &str) -> Result<Vec<Certificate>, LocationError> {
    match Certificate::from_pem_bundle(pem.as_bytes()) {
        Ok(authorities) if !authorities.is_empty() => Ok(authorities),
        Ok(_) | Err(_) => Err(LocationError::Certificate),
    }
}
