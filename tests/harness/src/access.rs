//! Tokens that tests come in with: one of each role of a tenant, the same in every test, so
//! that a client needs to be told nothing. Only test files know them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// The tenant of most tests.
pub const TENANT: &str = "demo";
/// Every role that has a token here; a kiosk's is made by the test that needs one.
pub const ROLES: [&str; 6] = [
    "analyst",
    "bed_manager",
    "charge_nurse",
    "cleaner",
    "operator",
    "source",
];

/// The token of a role of a tenant.
pub fn token(tenant: &str, role: &str) -> String {
    format!("test-{tenant}-{role}")
}

/// The header `Authorization` with the token of a role of [`TENANT`].
pub fn header(role: &str) -> String {
    format!("Authorization: Bearer {}", token(TENANT, role))
}

/// An access file with a token of each role of these tenants, which sees all of it.
pub fn text(tenants: &[&str]) -> String {
    let mut text = String::new();
    for tenant in tenants {
        for role in ROLES {
            let wide = "sites = \"all\"\nwards = \"all\"\ntier = \"staff\"\n";
            text += &entry(tenant, role, &token(tenant, role), wide);
        }
    }
    text
}

/// A table of an access file; `seen` is the rest of it: sites, wards, tier.
pub fn entry(tenant: &str, role: &str, token: &str, seen: &str) -> String {
    let mut hash = String::new();
    for byte in Sha256::digest(token.as_bytes()) {
        let _ = write!(hash, "{byte:02x}");
    }
    format!(
        "[[token]]\nlabel = \"{token}\"\ntenant = \"{tenant}\"\nrole = \"{role}\"\n\
         sha256 = \"{hash}\"\n{seen}\n"
    )
}

/// Writes the file of [`TENANT`] into a folder.
///
/// # Panics
/// The folder can't be written to.
pub fn write(folder: &Path) -> PathBuf {
    let file = folder.join("access.toml");
    std::fs::write(&file, text(&[TENANT])).expect("a test's folder can be written to");
    file
}
