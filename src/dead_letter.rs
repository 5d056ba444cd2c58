//! `medaxis dead-letter`: what could not be understood, listed, shown, and sent
//! again once it is corrected.

use std::collections::VecDeque;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use events::output::DeadLetter;
use events::time::{CellTime, EventTime};
use events::topic::{self, KafkaTopic};
use events::wire::{self, FrameBuilder};
use ingest::intake::{self, Intake};
use ingest::kafka_look::Look;
use ingest::kafka_writer::{Outgoing, Writer};
use serde_json::json;

use crate::cli::{DeadLetterCommand, LetterId, ListArgs, RetryArgs};
use crate::config::Config;
use crate::{servers, webhooks};

/// Runs one of the commands.
pub(crate) async fn run(command: DeadLetterCommand) -> anyhow::Result<()> {
    match command {
        DeadLetterCommand::List(args) => {
            let config = there(args.config.config.as_deref()).await?;
            tokio::task::spawn_blocking(move || list(&config, &args)).await?
        }
        DeadLetterCommand::Show { config, id } => {
            let letter = letter(there(config.config.as_deref()).await?, id).await?;
            eprintln!("{}", described(id, &letter));
            Ok(std::io::stdout().write_all(&letter.original)?)
        }
        DeadLetterCommand::Retry(args) => retry(args).await,
    }
}

/// The configuration, once Kafka answers.
async fn there(file: Option<&Path>) -> anyhow::Result<Config> {
    let config = Config::load(file)?;
    let (_keep, stop) = tokio::sync::watch::channel(false);
    servers::wait_for_kafka(&config.kafka(), &stop).await?;
    Ok(config)
}

/// Prints the newest letters, oldest of them first, a JSON object a line.
fn list(config: &Config, args: &ListArgs) -> anyhow::Result<()> {
    let kafka = config.kafka();
    let look = Look::new(&kafka)?;
    let is_wanted = |letter: &DeadLetter| {
        let reason = args.reason.as_ref();
        reason.is_none_or(|reason| *reason == letter.reason)
    };
    let mut newest: VecDeque<(LetterId, DeadLetter)> = VecDeque::new();
    for lane in 0..KafkaTopic::DeadLetter.lanes(kafka.lanes) {
        let range = look.watermarks(KafkaTopic::DeadLetter, lane)?;
        look.scan(KafkaTopic::DeadLetter, lane, range, |record| {
            let id = LetterId {
                lane,
                offset: record.offset,
            };
            match wire::decode::<DeadLetter>(record.value) {
                Ok(letter) if is_wanted(&letter) => {
                    let place = newest
                        .partition_point(|(_, known)| known.received_ms <= letter.received_ms);
                    newest.insert(place, (id, letter));
                    if newest.len() > args.limit {
                        newest.pop_front();
                    }
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%id, %error, "not a dead letter"),
            }
            ControlFlow::Continue(())
        })?;
    }
    for (id, letter) in newest {
        println!("{}", described(id, &letter));
    }
    Ok(())
}

/// Everything but the original, which may name a patient.
fn described(id: LetterId, letter: &DeadLetter) -> serde_json::Value {
    json!({
        "id": id.to_string(),
        "received": EventTime(letter.received_ms).to_string(),
        "tenant": letter.tenant,
        "source": letter.source,
        "position": letter.position,
        "reason": letter.reason,
        "detail": letter.detail,
        "bytes": letter.length,
    })
}

async fn letter(config: Config, id: LetterId) -> anyhow::Result<DeadLetter> {
    let read = move || {
        let look = Look::new(&config.kafka())?;
        let (low, high) = look.watermarks(KafkaTopic::DeadLetter, id.lane)?;
        ensure!(
            (low..high).contains(&id.offset),
            "there is no dead letter {id}: lane {} holds offsets {low} to {high}",
            id.lane
        );
        let range = (id.offset, id.offset + 1);
        let record = look.records(KafkaTopic::DeadLetter, id.lane, range)?.pop();
        let record = record.with_context(|| format!("there is no dead letter {id}"))?;
        Ok(wire::decode(&record.value)?)
    };
    tokio::task::spawn_blocking(read).await?
}

/// Takes a message once more as the gateway would have when it came, and writes
/// what it says to the log.
async fn retry(args: RetryArgs) -> anyhow::Result<()> {
    let config = there(args.config.config.as_deref()).await?;
    let letter = letter(config.clone(), args.id).await?;
    if letter.source == webhooks::settings::SOURCE {
        ensure!(
            args.with.is_none() && args.topic.is_none(),
            "a message of a webhook is sent as it was: leave --with and --topic away"
        );
        return webhooks::retry(&config, &letter).await;
    }
    if letter.source != "mqtt" {
        bail!(
            "dead letter {} came from {}: save it with dead-letter show, correct it, and send it \
             with hl7 replay",
            args.id,
            letter.source
        );
    }
    let payload = match &args.with {
        Some(file) => std::fs::read(file).with_context(|| format!("file {}", file.display()))?,
        None => {
            ensure!(
                letter.original.len() as u64 == letter.length,
                "only the first {} of {} bytes were kept: give the whole message with --with",
                letter.original.len(),
                letter.length
            );
            letter.original.clone()
        }
    };
    let topic = args.topic.as_deref().unwrap_or(&letter.position);
    let received = CellTime(letter.received_ms);
    let tenants = config.tenant_ids()?;
    match intake::take(&tenants, topic.as_bytes(), &payload, false, received) {
        Intake::Readings { path, readings } => {
            let mut frame = FrameBuilder::default();
            readings
                .iter()
                .for_each(|reading| frame.push(&path, reading));
            let kafka = config.kafka();
            let record = Outgoing {
                topic: KafkaTopic::Signals,
                lane: topic::device_lane(&path, KafkaTopic::Signals.lanes(kafka.lanes)),
                key: None,
                value: frame.finish(),
            };
            Writer::new(&kafka)?.send(record).await?.await?;
            println!("{}", intake::check_payload(topic, &payload, received));
            Ok(())
        }
        Intake::DeadLetter { rejected, .. } => bail!("still not understood: {rejected}"),
        Intake::Ignored(reason) => bail!("nothing to send: {reason}"),
    }
}
