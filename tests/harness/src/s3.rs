//! IO: S3Proxy, a server that speaks S3 and keeps its objects in a folder. Its jars are fetched
//! by `deploy/fetch-s3proxy.sh` (once, 30 MB).

use std::fs;
use std::net::TcpStream;
use std::process::Command;

use anyhow::Result;

use crate::Login;
use crate::folder::Folder;
use crate::port::Port;
use crate::project;
use crate::server::{Farewell, Recipe, Server};

/// The bucket that there is.
pub const BUCKET: &str = "medaxis";

/// A small heap, and the collector and compiler that start fastest: about 110 MB resident.
const JVM: [&str; 3] = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/// Starts a server that lets in `login` only (access key and secret); its endpoint is
/// `http://` and its address.
///
/// # Errors
/// When Java is missing, the jars cannot be fetched or the server does not start.
pub fn start(login: &Login) -> Result<Server> {
    fetch()?;
    let program = project::program("java", "openjdk-17-jre-headless")?;
    let folder = Folder::new("s3")?;
    let port = Port::reserve()?;
    let buckets = folder.path().join("buckets");
    fs::create_dir_all(buckets.join(BUCKET))?;
    let config = folder.path().join("s3proxy.conf");
    let Login { user, password } = login;
    fs::write(
        &config,
        format!(
            "s3proxy.authorization=aws-v4\n\
             s3proxy.endpoint=http://{}\n\
             s3proxy.identity={user}\n\
             s3proxy.credential={password}\n\
             jclouds.provider=filesystem-nio2\n\
             jclouds.identity=unused\n\
             jclouds.credential=unused\n\
             jclouds.filesystem.basedir={}\n",
            port.address(),
            buckets.display(),
        ),
    )?;
    let log = project::root().join("deploy/s3proxy/logback.xml");
    let mut args = JVM.map(Into::into).to_vec();
    args.extend([
        format!("-Dlogback.configurationFile={}", log.display()).into(),
        "-cp".into(),
        project::cache().join("s3proxy/libs/*").into(),
        "org.gaul.s3proxy.Main".into(),
        "--properties".into(),
        config.into(),
    ]);
    let recipe = Recipe {
        name: "S3Proxy",
        program,
        args,
        ready: |address, _log| TcpStream::connect(address).is_ok(),
        farewell: Farewell::Terminate,
    };
    Server::start(recipe, folder, vec![port])
}

fn fetch() -> Result<()> {
    let _lock = project::only_one("fetch-s3proxy")?;
    project::run(&mut Command::new(
        project::root().join("deploy/fetch-s3proxy.sh"),
    ))?;
    Ok(())
}
