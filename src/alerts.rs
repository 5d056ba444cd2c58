//! `medaxis alerts`: who would be told of an alert, and when, by the numbers in force; and whether
//! those outside are reached.

use anyhow::{Context, bail};
use events::id::WardId;
use events::time::MINUTE_MS;
use stream::alarms::rehearsal::{Call, rehearse};
use stream::alert::{self, RuleSpec};

use crate::cli::{AlertsCommand, SiteArgs};
use crate::config::Config;
use crate::{control, webhooks};

/// Runs one of the commands.
pub(crate) async fn run(command: AlertsCommand) -> anyhow::Result<()> {
    match command {
        AlertsCommand::DryRun {
            site,
            ward,
            minutes,
            rule,
        } => dry_run(site, ward, minutes, rule).await,
        AlertsCommand::TestWebhook { config, name } => {
            let config = Config::load(config.config.as_deref())?;
            webhooks::test(&config, &name).await
        }
    }
}

/// Shows the escalation of an alert that nobody answers.
async fn dry_run(
    site: SiteArgs,
    ward: Option<String>,
    minutes: i64,
    rule: String,
) -> anyhow::Result<()> {
    let ward = ward.as_deref().map(WardId::encode).transpose();
    let ward = ward.context("--ward")?;
    let rule = named(&rule)?;
    let history = control::read(&site).await?;
    let numbers = rule
        .response
        .numbers
        .each_ref()
        .map(|number| history.number(rule, number, ward.as_ref()).value);
    let calls = rehearse(rule, numbers, minutes.saturating_mul(MINUTE_MS));
    println!("{} is raised, and nobody answers:", rule.name);
    calls.iter().for_each(|call| println!("{}", line(call)));
    println!("It ends after {minutes} min.");
    Ok(())
}

fn named(name: &str) -> anyhow::Result<&'static RuleSpec> {
    let mut rules = alert::all().iter();
    let Some(rule) = rules.find(|rule| rule.name == name) else {
        let names: Vec<_> = alert::all().iter().map(|rule| rule.name).collect();
        bail!("rule: {name:?} is none of {}", names.join(", "));
    };
    Ok(rule)
}

fn line(call: &Call) -> String {
    let after = call.after_ms / MINUTE_MS;
    let priority = if call.is_high { ", high priority" } else { "" };
    let sound = if call.sounds { ", with sound" } else { "" };
    format!(
        "{after:>6} min  step {}: {}{priority}{sound}",
        call.step, call.role
    )
}
