//! A real S3 server, and the bucket in it.

use std::net::SocketAddr;

use harness::{Login, Server, s3};

use crate::location::{self, Bucket, LocationError, Store};

/// A running server.
pub(crate) struct BucketServer {
    server: Server,
}

impl BucketServer {
    pub(crate) fn start() -> Self {
        let server = s3::start(&Login::new("medaxis", "right")).unwrap();
        Self { server }
    }

    /// What is below this prefix, for whoever knows the secret.
    pub(crate) fn open(&self, prefix: &str, secret: &str) -> Result<Store, LocationError> {
        let address: SocketAddr = self.server.address();
        location::bucket(Bucket {
            url: format!("s3://{}/{prefix}", s3::BUCKET),
            endpoint: format!("http://{address}"),
            region: "us-east-1".to_owned(),
            path_style: true,
            login: Some(("medaxis".to_owned(), secret.to_owned())),
            ca: None,
        })
    }

    /// The same, with the right secret.
    pub(crate) fn store(&self, prefix: &str) -> Store {
        self.open(prefix, "right").unwrap()
    }
}
