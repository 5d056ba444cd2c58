//! A server of the HTTP interface, and what callers do with it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use events::access::{Grant, Label, Role, Sites, Tier, Wards};
use events::fact::Told;
use events::id::TenantId;
use events::metric;
use events::topic::KafkaTopic;
use events::wire::{self, Record};
use ingest::Pseudonyms;
use ingest::counters::{self, Counters};
use ingest::http::{Api, description, router};
use ingest::kafka::Config;
use ingest::kafka_writer::Writer;
use tokio::runtime::Runtime;

use crate::support::{Cluster, clock, records, tenants};

pub(crate) struct Server {
    address: SocketAddr,
    pub(crate) api: Arc<Api>,
    counters: Arc<Counters>,
    runtime: Arc<Runtime>,
}

pub(crate) type Who = Extension<Arc<Grant>>;

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) fn serve(cluster: &Cluster) -> Server {
    serve_with(cluster, |api| api)
}

pub(crate) fn serve_with(cluster: &Cluster, change: impl FnOnce(Api) -> Api) -> Server {
    serve_on(&cluster.config, change)
}

pub(crate) fn serve_on(config: &Config, change: impl FnOnce(Api) -> Api) -> Server {
    serve_for(config, Extension(Arc::new(source())), change)
}

/// For whoever has a grant.
pub(crate) fn serve_for(config: &Config, grant: Who, change: impl FnOnce(Api) -> Api) -> Server {
    let runtime = Runtime::new().unwrap();
    let pseudonyms = Pseudonyms::new(&[7; 32]);
    let (lanes, writer) = (config.lanes, Writer::new(config).unwrap());
    let counters = Arc::<Counters>::default();
    let api = Api::new(
        tenants(),
        lanes,
        pseudonyms,
        writer,
        clock(),
        Arc::clone(&counters),
    );
    Server::of(Arc::new(runtime), Arc::new(change(api)), counters, grant)
}

/// What tells facts of the tenant `demo`.
fn source() -> Grant {
    Grant {
        tenant: TenantId::new("demo").unwrap(),
        sites: Sites::All,
        role: Role::Source,
        tier: Tier::Staff,
        wards: Wards::All,
        label: Label::new("source").unwrap(),
        device: None,
    }
}

impl Server {
    fn of(runtime: Arc<Runtime>, api: Arc<Api>, counters: Arc<Counters>, grant: Who) -> Self {
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let address = listener.local_addr().unwrap();
        let router = router(Arc::clone(&api)).layer(grant);
        let router = router.merge(description());
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            api,
            counters,
            runtime,
        }
    }

    /// Another way in to the same, for whoever has another grant.
    pub(crate) fn beside(&self, grant: Who) -> Self {
        let (runtime, api) = (Arc::clone(&self.runtime), Arc::clone(&self.api));
        Self::of(runtime, api, Arc::clone(&self.counters), grant)
    }

    pub(crate) fn open(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    /// A request whose body does not come, though so many bytes are announced.
    pub(crate) fn half(&self, path: &str, length: usize) -> TcpStream {
        let head = format!("POST {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {length}");
        self.open(&format!("{head}\r\n\r\n{{"))
    }

    /// How many requests are being written.
    pub(crate) fn writes(&self) -> u64 {
        let snapshot = self.counters.snapshot();
        let writes = |sample: &&counters::Sample| sample.0 == metric::INGEST_HTTP_WRITES;
        snapshot.iter().find(writes).unwrap().2
    }

    pub(crate) fn refused(&self) -> BTreeMap<&'static str, u64> {
        self.counted(metric::INGEST_REFUSED)
    }

    /// The numbers of a metric by its label.
    pub(crate) fn counted(&self, metric: metric::Metric) -> BTreeMap<&'static str, u64> {
        let snapshot = self.counters.snapshot().into_iter();
        let counted = snapshot.filter(|sample| sample.0 == metric);
        counted.map(|(_, label, count)| (label, count)).collect()
    }

    pub(crate) fn post(&self, path: &str, key: Option<&str>, body: &str) -> Answer {
        answer(self.open(&post(path, key, body)))
    }
}

pub(crate) fn post(path: &str, key: Option<&str>, body: &str) -> String {
    let key = key
        .map(|key| format!("Idempotency-Key: {key}\r\n"))
        .unwrap_or_default();
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{key}Content-Length: {length}\r\n\r\n{body}"
    )
}

pub(crate) fn answer(mut stream: TcpStream) -> Answer {
    let mut text = String::new();
    // A server that refuses a large body may close while we still send.
    let _ = stream.read_to_string(&mut text);
    let (head, body) = text.split_once("\r\n\r\n").expect("an answer");
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    }
}

pub(crate) fn told(cluster: &Cluster) -> Vec<Told> {
    told_on(&cluster.config)
}

pub(crate) fn told_on(config: &Config) -> Vec<Told> {
    records(config, KafkaTopic::Facts)
        .iter()
        .map(|record| match wire::decode_facts(&record.value).unwrap() {
            Record::Data(told) => told,
            Record::Tick(_) => panic!("nobody ticks here"),
        })
        .collect()
}
