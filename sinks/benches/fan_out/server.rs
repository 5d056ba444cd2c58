//! The live boards, on one thread: as the program serves them, without Kafka.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use axum::Extension;
use events::access::{Grant, Label, Role, Sites, Tier, Wards};
use events::id::{SiteId, TenantId};
use events::log::Chunk;
use events::output::AlertState;
use events::place::Site;
use events::time::CellTime;
use sinks::{Counters, Ended, Live, LiveOptions, Pulse, live_router};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

use crate::load::{self, WARDS};
use crate::process;

/// Serves until its parent is gone; each ward changes so many times a second.
pub(crate) fn serve(rate: u32) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let live = Live::new(options()?, Arc::new(Counters::default()));
        let (whole, chunks) = mpsc::channel(16);
        for chunk in load::whole() {
            whole.send(chunk).await?;
        }
        drop(whole);
        live.run(chunks).await;

        let listener = TcpListener::bind("127.0.0.1:0").await?;
        process::say(listener.local_addr()?);
        let (_here, ended) = watch::channel(());
        let router = live_router(live.clone())
            .layer(Extension(Ended::new(ended)))
            .layer(Extension(Arc::new(grant()?)));
        let (feed, chunks) = mpsc::channel(16);
        tokio::select! {
            served = async { axum::serve(listener, router).await } => Ok(served?),
            () = live.run(chunks) => Ok(()),
            told = tell(feed, rate) => told,
        }
    })
}

fn options() -> Result<LiveOptions> {
    Ok(LiveOptions {
        build: "bench".to_owned(),
        speed: 1.0,
        warning: None,
        sites: vec![Site {
            tenant: TenantId::new("demo")?,
            site: SiteId::new("north")?,
        }],
        clients_max: usize::MAX >> 4,
        queue: 64,
        lanes: 1,
        pulse: Arc::new(|_| Pulse {
            cell: CellTime(1_000),
            sources: BTreeMap::new(),
        }),
    })
}

fn grant() -> Result<Grant> {
    Ok(Grant {
        tenant: TenantId::new("demo")?,
        sites: Sites::All,
        role: Role::ChargeNurse,
        tier: Tier::Staff,
        wards: Wards::All,
        label: Label::new("nurse").map_err(|_| anyhow!("no label"))?,
        device: None,
    })
}

/// One ward after the other changes; each second all have an alert, or no longer.
async fn tell(feed: mpsc::Sender<Chunk>, rate: u32) -> Result<()> {
    process::all_are_there().await?;
    let steps = u64::from(rate) * WARDS;
    let mut next = interval(Duration::from_secs(1) / rate / u32::try_from(WARDS)?);
    next.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for step in 0_u64.. {
        next.tick().await;
        feed.send(load::changed(step % WARDS, step / WARDS)).await?;
        // Each ward once in ten seconds, so that changes are measured as they are without alerts.
        if step % (steps / 4) == 0 {
            let number = step / (steps / 4);
            let state = match number / WARDS % 2 {
                0 => AlertState::Raised,
                _ => AlertState::Cleared,
            };
            feed.send(load::alert(number % WARDS, state)).await?;
        }
    }
    Ok(())
}
