//! People in front of boards: Chromium, with a page for each device, by remote control.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use harness::access;
use serde_json::{Value, json};

/// A browser. It ends when it is dropped.
pub(crate) struct Browser {
    remote: RefCell<Remote>,
    child: Child,
}

struct Remote {
    asks: ChildStdin,
    tells: Lines<BufReader<ChildStdout>>,
}

/// One device with a board on it.
#[derive(Clone, Copy)]
pub(crate) struct Page<'a> {
    browser: &'a Browser,
    name: &'static str,
}

impl Browser {
    pub(crate) fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/browser.mjs");
        let mut child = Command::new("node")
            .arg(script)
            .env("CHROMIUM", harness::chromium::path().unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let remote = RefCell::new(Remote {
            asks: child.stdin.take().unwrap(),
            tells: BufReader::new(child.stdout.take().unwrap()).lines(),
        });
        Self { remote, child }
    }

    /// A device on which somebody opens this link.
    #[track_caller]
    pub(crate) fn opens(&self, name: &'static str, link: &str) -> Page<'_> {
        self.opens_with(name, link, json!({}))
    }

    /// A device that differs from others: `clockMs` is the time that it believes in, `everyNth`
    /// and `lateMs` say which frames come late, the rest are options of the browser's context.
    #[track_caller]
    pub(crate) fn opens_with(&self, name: &'static str, link: &str, options: Value) -> Page<'_> {
        let mut what = options;
        what["address"] = link.into();
        let page = Page {
            browser: self,
            name,
        };
        page.does("opens", what);
        page
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Page<'_> {
    /// Waits until what `selector` finds says this.
    #[track_caller]
    pub(crate) fn shows(&self, selector: &str, text: &str) -> Duration {
        let took = self.does("shows", json!({ "selector": selector, "text": text }));
        Duration::from_secs_f64(took.as_f64().unwrap() / 1_000.0)
    }

    /// Waits until an attribute of what `selector` finds has this value.
    #[track_caller]
    pub(crate) fn becomes(&self, selector: &str, attribute: &str, value: &str) -> Duration {
        let what = json!({ "selector": selector, "attribute": attribute, "value": value });
        Duration::from_secs_f64(self.does("becomes", what).as_f64().unwrap() / 1_000.0)
    }

    /// What `selector` finds first says this now.
    #[track_caller]
    pub(crate) fn text(&self, selector: &str) -> String {
        let text = self.does("text", json!({ "selector": selector }));
        text.as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn count(&self, selector: &str) -> u64 {
        let count = self.does("count", json!({ "selector": selector }));
        count.as_u64().unwrap()
    }

    /// An attribute of everything that `selector` finds.
    #[track_caller]
    pub(crate) fn attributes(&self, selector: &str, attribute: &str) -> Vec<String> {
        let what = json!({ "selector": selector, "attribute": attribute });
        serde_json::from_value(self.does("attributes", what)).unwrap()
    }

    #[track_caller]
    pub(crate) fn clicks(&self, selector: &str, button: &str) {
        self.does("clicks", json!({ "selector": selector, "button": button }));
    }

    #[track_caller]
    pub(crate) fn presses(&self, keys: &[&str]) {
        self.does("presses", json!({ "keys": keys }));
    }

    #[track_caller]
    pub(crate) fn types(&self, text: &str) {
        self.does("types", json!({ "text": text }));
    }

    /// Presses Tab until the focus is on what is called so.
    #[track_caller]
    pub(crate) fn tabs_to(&self, name: &str) {
        self.does("tabTo", json!({ "name": name, "most": 60 }));
    }

    #[track_caller]
    pub(crate) fn chooses(&self, list: &str, option: &str) {
        self.does("chooses", json!({ "list": list, "option": option }));
    }

    /// Goes to another view.
    #[track_caller]
    pub(crate) fn goes(&self, hash: &str) {
        self.does("goes", json!({ "hash": hash }));
    }

    /// Its lid is closed for so long, as far as its clocks know.
    #[track_caller]
    pub(crate) fn sleeps(&self, time: Duration) {
        self.does("sleeps", json!({ "ms": time.as_millis() as u64 }));
    }

    /// So much time passes for it, with all its timers.
    #[track_caller]
    pub(crate) fn waits(&self, time: Duration) {
        self.does("waits", json!({ "ms": time.as_millis() as u64 }));
    }

    /// What a script in the page gives.
    #[track_caller]
    pub(crate) fn evaluates(&self, script: &str) -> Value {
        self.does("evaluates", json!({ "script": script }))
    }

    #[track_caller]
    pub(crate) fn pictures(&self, path: &Path) {
        self.does("pictures", json!({ "path": path }));
    }

    /// What it complained of.
    #[track_caller]
    pub(crate) fn faults(&self) -> Value {
        self.does("faults", json!({}))
    }

    #[track_caller]
    fn does(&self, does: &str, mut what: Value) -> Value {
        what["does"] = does.into();
        what["page"] = self.name.into();
        let remote = &mut *self.browser.remote.borrow_mut();
        writeln!(remote.asks, "{what}").unwrap();
        let line = remote.tells.next().expect("the browser has ended").unwrap();
        let came: Value = serde_json::from_str(&line).unwrap();
        let error = &came["error"];
        assert!(
            error.is_null(),
            "{what}: {}",
            error.as_str().unwrap_or_default()
        );
        came["is"].clone()
    }
}

/// The link that somebody of this role opens a board with.
pub(crate) fn link(board: SocketAddr, role: &str) -> String {
    let token = access::token(access::TENANT, role);
    format!("http://{board}/?site=demo/north#token={token}")
}
