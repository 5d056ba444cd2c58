//! IO: Apache Kafka, one node that is broker and controller at once (KRaft). Its jars are fetched
//! by `deploy/fetch-kafka.sh` (once, 45 MB).
//!
//! As in production: topics are made on purpose, never by writing to them.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::Login;
use crate::certificates::Certificates;
use crate::folder::Folder;
use crate::port::Port;
use crate::project;
use crate::server::{Farewell, Recipe, Server};

/// Any 16 bytes in base64; a cluster lives for one test.
const CLUSTER: &str = "bWVkYXhpcy1oYXJuZXNzMA";

/// A small heap, and the collector and compiler that start fastest: about 360 MB resident.
const JVM: [&str; 3] = ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/// Whom the broker lets in, and over what.
pub enum Access {
    /// Everyone (PLAINTEXT).
    Open,
    /// With a user and a password (SASL_PLAINTEXT, mechanism PLAIN).
    Password(Login),
    /// The same over TLS (SASL_SSL, mechanism PLAIN); clients trust [`Certificates::authority`].
    Tls(Login, Certificates),
}

/// Starts a broker; its address is the one for `bootstrap.servers`.
///
/// # Errors
/// When Java is missing, the jars cannot be fetched or the broker does not start.
pub fn start(access: Access) -> Result<Server> {
    fetch()?;
    let java = project::program("java", "openjdk-17-jre-headless")?;
    let folder = Folder::new("kafka")?;
    let (clients, controller) = (Port::reserve()?, Port::reserve()?);
    let config = folder.path().join("server.properties");
    fs::write(
        &config,
        properties(
            clients.address(),
            controller.address(),
            folder.path(),
            &access,
        ),
    )?;

    project::run(
        Command::new(&java)
            .args(jvm("kafka.tools.StorageTool"))
            .args(["format", "-t", CLUSTER, "-c"])
            .arg(&config),
    )
    .context("cannot format Kafka's folder")?;

    let mut args = jvm("kafka.Kafka");
    args.push(config.into());
    let recipe = Recipe {
        name: "Kafka",
        program: java,
        args,
        // It listens before it answers.
        ready: |_address, log| log.contains("Kafka Server started"),
        farewell: Farewell::Terminate,
    };
    Server::start(recipe, folder, vec![clients, controller])
}

fn fetch() -> Result<()> {
    let _lock = project::only_one("fetch-kafka")?;
    project::run(&mut Command::new(
        project::root().join("deploy/fetch-kafka.sh"),
    ))?;
    Ok(())
}

fn jvm(class: &str) -> Vec<OsString> {
    let log4j = project::root().join("deploy/kafka/log4j2.properties");
    let mut args: Vec<OsString> = JVM.map(OsString::from).to_vec();
    args.push(format!("-Dlog4j2.configurationFile={}", log4j.display()).into());
    args.extend([
        "-cp".into(),
        project::cache().join("kafka/libs/*").into(),
        class.into(),
    ]);
    args
}

fn properties(
    clients: SocketAddr,
    controller: SocketAddr,
    folder: &Path,
    access: &Access,
) -> String {
    let protocol = match access {
        Access::Open => "PLAINTEXT",
        Access::Password(_) => "SASL_PLAINTEXT",
        Access::Tls(..) => "SASL_SSL",
    };
    let mut text = format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         listeners=CLIENTS://{clients},CONTROLLER://{controller}\n\
         advertised.listeners=CLIENTS://{clients}\n\
         listener.security.protocol.map=CLIENTS:{protocol},CONTROLLER:PLAINTEXT\n\
         inter.broker.listener.name=CLIENTS\n\
         controller.listener.names=CONTROLLER\n\
         controller.quorum.voters=1@{controller}\n\
         log.dirs={data}\n\
         auto.create.topics.enable=false\n\
         offsets.topic.replication.factor=1\n\
         offsets.topic.num.partitions=1\n\
         transaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\n\
         transaction.state.log.num.partitions=1\n\
         group.initial.rebalance.delay.ms=0\n",
        data = folder.join("data").display(),
    );
    match access {
        Access::Open => {}
        Access::Password(login) => text += &sasl(login),
        Access::Tls(login, certificates) => text += &(sasl(login) + &tls(certificates)),
    }
    text
}

/// The broker is its own client (transactions), hence the login is given to it as well.
fn sasl(Login { user, password }: &Login) -> String {
    format!(
        "sasl.enabled.mechanisms=PLAIN\n\
         sasl.mechanism.inter.broker.protocol=PLAIN\n\
         listener.name.clients.plain.sasl.jaas.config=\
         org.apache.kafka.common.security.plain.PlainLoginModule required \
         username=\"{user}\" password=\"{password}\" user_{user}=\"{password}\";\n"
    )
}

fn tls(certificates: &Certificates) -> String {
    format!(
        "ssl.keystore.type=PEM\n\
         ssl.keystore.location={}\n\
         ssl.truststore.type=PEM\n\
         ssl.truststore.location={}\n",
        certificates.key_and_certificate.display(),
        certificates.authority.display(),
    )
}
