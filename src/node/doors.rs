//! The ways into a node: the ticker, the MQTT gateway and the HL7 listeners, which write,
//! and the API, which remembers what it has answered.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::Context;
use events::time::{CellTime, Clock};
use ingest::mllp::{Door, Hall};
use ingest::{http, kafka, mqtt, ticker};

use super::{Node, Options};
use crate::config::Config;
use crate::labels::{self, Keeper};

impl Node {
    /// Starts the ticker, the MQTT gateway and the HL7 listeners.
    pub(crate) async fn open_doors(
        &mut self,
        config: &Config,
        clock: &Clock,
    ) -> anyhow::Result<()> {
        let (writer, stop) = (self.writer.clone(), self.close.subscribe());
        let ticking = ticker::run(config.kafka(), writer, Arc::clone(clock), stop);
        self.doors
            .spawn(async move { ticking.await.context("ticker") });
        if let Some(mqtt) = config.mqtt()? {
            let (writer, stop) = (self.writer.clone(), self.close.subscribe());
            let receiving = mqtt::run(
                mqtt,
                writer,
                Arc::clone(clock),
                Arc::clone(&self.ingested),
                stop,
            );
            self.doors
                .spawn(async move { receiving.await.context("mqtt gateway") });
            self.hears_mqtt.store(true, Ordering::Relaxed);
        }
        self.listen_for_hl7(config, clock).await
    }

    async fn listen_for_hl7(&mut self, config: &Config, clock: &Clock) -> anyhow::Result<()> {
        let Some((pseudonyms, past)) = self.hl7.take() else {
            return Ok(());
        };
        let listeners = config.hl7.listeners(&config.tenant_ids()?, &pseudonyms)?;
        let hall = Hall::new(
            config.hl7.limits(),
            config.kafka.lanes,
            self.writer.clone(),
            Arc::clone(clock),
            Arc::clone(&self.ingested),
            past,
        );
        let hall = Arc::new(hall.labelling(self.labels.clone()));
        for listener in listeners {
            let listen = listener.listen;
            let door = Door::open(Arc::clone(&hall), listener).await;
            let door =
                door.with_context(|| format!("hl7.listeners: {listen} can't be listened at"))?;
            tracing::info!(%listen, "listening for hl7");
            let open = door.run(self.close.subscribe());
            self.doors.spawn(async move {
                open.await;
                Ok(())
            });
        }
        Ok(())
    }

    /// Stops the ticker, the MQTT gateway and the HL7 listeners.
    pub(crate) async fn close_doors(&mut self) -> anyhow::Result<()> {
        let _ = self.close.send(true);
        while let Some(closed) = self.doors.join_next().await {
            closed??;
        }
        Ok(())
    }

    /// The interface that facts come in by.
    pub(super) fn take(
        &mut self,
        config: &Config,
        kafka: &kafka::Config,
        options: &Options,
        pseudonyms: ingest::Pseudonyms,
    ) -> anyhow::Result<()> {
        if let Some(key) = options.label_key {
            let (labels, keeper) = labels::kept(config, key, Arc::clone(&self.ingested))?;
            self.labels = Some(labels);
            self.keeps_labels(keeper);
        }
        let api = http::Api::new(
            config.tenant_ids()?,
            kafka.lanes,
            pseudonyms.clone(),
            self.writer.clone(),
            Arc::clone(&options.clock),
            Arc::clone(&self.ingested),
        )
        .beside(options.requests.clone())
        .naming(config.fhir.locals(&config.tenant_ids()?)?)
        .labelling(self.labels.clone());
        let api = match self.absent.take() {
            Some(absent) => api.without(absent),
            None => api,
        };
        let api = if options.kafka_was_there {
            self.recall(api.with_a_past(), kafka, (options.clock)())
        } else {
            Arc::new(api)
        };
        self.hl7 = Some((pseudonyms, api.past()));
        self.serves(http::router(api));
        self.opens(http::description());
        let ingested = Arc::clone(&self.ingested);
        self.samples.push(Box::new(move || ingested.snapshot()));
        Ok(())
    }

    fn keeps_labels(&mut self, keeper: Keeper) {
        let mut stop = self.stop.subscribe();
        self.tasks.spawn(async move {
            tokio::select! {
                () = keeper.run() => {}
                _ = stop.wait_for(|stopped| *stopped) => {}
            }
            Ok(())
        });
    }

    /// Reads in the background which requests have been answered, so that none
    /// counts twice.
    fn recall(&mut self, api: http::Api, kafka: &kafka::Config, now: CellTime) -> Arc<http::Api> {
        let api = Arc::new(api);
        let (remembering, kafka) = (Arc::clone(&api), kafka.clone());
        let since = now.0 - http::idempotency::AGE_MAX_MS;
        let (stopped, mut stop) = (self.stop.subscribe(), self.stop.subscribe());
        let reading = tokio::task::spawn_blocking(move || {
            http::recall::run(&remembering, &kafka, since, &stopped)
        });
        self.tasks.spawn(async move {
            // It looks at the signal between two records, which may be long in coming.
            tokio::select! {
                read = reading => read?.map(drop).context("earlier requests"),
                _ = stop.wait_for(|stopped| *stopped) => Ok(()),
            }
        });
        api
    }
}
