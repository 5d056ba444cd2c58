//! IO: Mosquitto, run with the project's own `deploy/mosquitto.conf`; only where it listens, whom
//! it lets in and where it keeps its data are the test's.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::Login;
use crate::certificates::Certificates;
use crate::folder::Folder;
use crate::port::Port;
use crate::project;
use crate::server::{Farewell, Recipe, Server};

/// Whom the broker lets in, and over what.
pub enum Access {
    /// Everyone, without TLS, as in the demo.
    Open,
    /// Over TLS with a user and a password; clients trust [`Certificates::authority`].
    Tls(Login, Certificates),
}

/// Starts a broker; `settings` are further lines of its configuration, which override the
/// project's.
///
/// # Errors
/// When Mosquitto is missing or does not start.
pub fn start(access: Access, settings: &[&str]) -> Result<Server> {
    let program = project::program("mosquitto", "mosquitto")?;
    let folder = Folder::new("mosquitto")?;
    let port = Port::reserve()?;
    fs::create_dir(folder.path().join("data"))?;

    let base = project::root().join("deploy/mosquitto.conf");
    let base =
        fs::read_to_string(&base).with_context(|| format!("cannot read {}", base.display()))?;
    let mut own = listener(port.address(), &access, folder.path())?;
    own.extend(settings.iter().map(|&line| line.to_owned()));
    let config = folder.path().join("mosquitto.conf");
    fs::write(&config, with_overrides(&base, &own))?;

    let recipe = Recipe {
        name: "Mosquitto",
        program,
        args: vec!["-c".into(), config.into()],
        // It loads its data before it listens.
        ready: |address, _log| TcpStream::connect(address).is_ok(),
        farewell: Farewell::Terminate,
    };
    Server::start(recipe, folder, vec![port])
}

fn listener(address: SocketAddr, access: &Access, folder: &Path) -> Result<Vec<String>> {
    let mut lines = vec![
        format!("listener {} {}", address.port(), address.ip()),
        format!("persistence_location {}/data/", folder.display()),
    ];
    if rustix::process::geteuid().is_root() {
        // It would become the user mosquitto, who may not enter the folder.
        lines.push("user root".to_owned());
    }
    if let Access::Tls(login, certificates) = access {
        let passwords = folder.join("passwords");
        let program = project::program("mosquitto_passwd", "mosquitto")?;
        project::run(
            Command::new(program)
                .args(["-c", "-b"])
                .arg(&passwords)
                .args([&login.user, &login.password]),
        )?;
        lines.push("allow_anonymous false".to_owned());
        lines.push(format!("password_file {}", passwords.display()));
        lines.push(format!("cafile {}", certificates.authority.display()));
        lines.push(format!("certfile {}", certificates.certificate.display()));
        lines.push(format!("keyfile {}", certificates.key.display()));
    }
    Ok(lines)
}

/// The lines of `base` whose setting `own` does not name, then `own`: most settings may stand only
/// once, and a second `listener` would be a second door.
fn with_overrides(base: &str, own: &[String]) -> String {
    let setting = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let named: Vec<_> = own.iter().map(|line| setting(line)).collect();
    let kept = base.lines().filter(|line| !named.contains(&setting(line)));
    kept.chain(own.iter().map(String::as_str))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::with_overrides;

    #[test]
    fn overrides_replace_the_project_s_settings() {
        let base = "# why\nlistener 1883 127.0.0.1\npersistence true\n";
        let own = ["listener 21000 127.0.0.1".to_owned()];
        assert_eq!(
            with_overrides(base, &own),
            "# why\npersistence true\nlistener 21000 127.0.0.1\n"
        );
    }
}
