//! A server that answers from an engine, and what a test asks it.
#![allow(dead_code, reason = "each test uses some of it")]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Extension;
use events::access::{Grant, Tier, Wards};
use events::id::TenantId;
use events::time::CellTime;
use serde_json::{Value, json};
use sinks::{Answers, ClickHouseConfig, answers_router};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::outputs::grant;

/// What the server takes for now.
pub(crate) const NOW_MS: i64 = 4_000_000_000_000;

/// A server that answers from an engine.
pub(crate) struct Server {
    address: SocketAddr,
    _serving: JoinSet<()>,
}

impl Server {
    /// For somebody who sees all of the tenant `demo`.
    pub(crate) async fn start(config: &ClickHouseConfig) -> Result<Self> {
        Self::of(config, &grant(Tier::Staff, Wards::All)).await
    }

    /// For whoever has a grant.
    pub(crate) async fn of(config: &ClickHouseConfig, grant: &Grant) -> Result<Self> {
        let tenants = BTreeSet::from([TenantId::new("demo")?]);
        let registry = json!({ "kpis": [{ "name": "census" }, { "name": "arrivals" }, { "name": "occupancy" }, { "name": "occupancy_at_start" }] });
        let answers = Answers::new(config, tenants, Arc::new(|| CellTime(NOW_MS)), registry);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = answers_router(answers).layer(Extension(Arc::new(grant.clone())));
        let serving = axum::serve(listener, router);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let _ = serving.await;
        });
        Ok(Self {
            address,
            _serving: tasks,
        })
    }

    /// Status, head and body of an answer.
    pub(crate) async fn get(&self, path: &str) -> Result<(u16, String, Value)> {
        let mut stream = TcpStream::connect(self.address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        let (head, body) = text.split_once("\r\n\r\n").context("no head")?;
        let status = head.split(' ').nth(1).context("no status")?.parse()?;
        Ok((
            status,
            head.to_ascii_lowercase(),
            serde_json::from_str(body)?,
        ))
    }

    pub(crate) async fn rows(&self, path: &str, kind: &str) -> Result<Vec<Value>> {
        let (status, _, answer) = self.get(path).await?;
        assert_eq!(status, 200, "{path}: {answer}");
        Ok(answer[kind].as_array().context("no rows")?.clone())
    }
}
