//! The board, served: one page and its assets, built by Vite from `board/` and
//! carried inside the binary. In a development build the files are read from
//! `board/dist` when asked for, so that the board can be built anew meanwhile.
//!
//! Promises: nothing is fetched from anywhere else (the page's policy forbids
//! it), assets whose names carry their hash are kept by browsers for a year,
//! the page itself is asked for again every time and answered by `ETag`. When
//! the board was not built, a page says so. Never knows what a bed is.

use std::fmt::Write as _;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

pub mod grafana;

const PAGE: &str = "index.html";

/// What the page may load: itself and its own server, WebSocket included.
const POLICY: &str = include_str!("../board/csp.txt");

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Board</title>\
    <p>The board is not built: run <code>npm ci</code> and <code>npm run build</code> in \
    <code>dashboards/board</code>, then load this page again (a release build must be compiled \
    again, too).";

#[derive(RustEmbed)]
#[folder = "board/dist"]
#[allow_missing = true]
struct Dist;

/// The page at `/` and what it loads at `/assets/`. The page expects `/live`
/// and `/v1/sites` on the same server.
pub fn router() -> Router {
    Router::new()
        .route("/", get(page))
        .route("/assets/{name}", get(asset))
}

async fn page(headers: HeaderMap) -> Response<Body> {
    Dist::get(PAGE).map_or_else(
        || answer(StatusCode::SERVICE_UNAVAILABLE, PAGE, Body::from(NOT_BUILT)),
        |file| serve(PAGE, "no-cache", file, &headers),
    )
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response<Body> {
    let path = format!("assets/{name}");
    // A development build reads files by path: none but those of `assets`.
    let file = if name.contains("..") {
        None
    } else {
        Dist::get(&path)
    };
    file.map_or_else(
        || answer(StatusCode::NOT_FOUND, "", Body::from("no such file")),
        |file| serve(&path, "public, max-age=31536000, immutable", file, &headers),
    )
}

fn serve(
    path: &str,
    cache: &'static str,
    file: EmbeddedFile,
    headers: &HeaderMap,
) -> Response<Body> {
    let tag = tag(&file.metadata.sha256_hash());
    let known = headers
        .get(IF_NONE_MATCH)
        .is_some_and(|seen| seen == tag.as_str());
    let mut response = if known {
        answer(StatusCode::NOT_MODIFIED, path, Body::empty())
    } else {
        answer(StatusCode::OK, path, Body::from(file.data.into_owned()))
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, cache.parse().expect("plain ASCII"));
    headers.insert(ETAG, tag.parse().expect("quoted hexadecimal"));
    response
}

fn answer(status: StatusCode, path: &str, body: Body) -> Response<Body> {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, content_type(path))
        .header(CONTENT_SECURITY_POLICY, POLICY.trim_end())
        .header(REFERRER_POLICY, "no-referrer")
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(body)
        .expect("a known status and constant headers")
}

/// The kinds of file that Vite makes of the board.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "html")) => "text/html; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}

/// The first 16 bytes of the file's hash, quoted.
fn tag(hash: &[u8; 32]) -> String {
    let mut tag = String::from("\"");
    for byte in &hash[..16] {
        write!(tag, "{byte:02x}").expect("a string takes all that is written");
    }
    tag.push('"');
    tag
}

#[cfg(test)]
mod tests;
