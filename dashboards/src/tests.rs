//! Over real HTTP, whether the board was built before or not.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// Asks a server of its own for `path` and gives the whole answer back.
async fn ask(path: &str, header: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, router()).await });
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: board\r\nconnection: close\r\n{header}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    server.abort();
    String::from_utf8_lossy(&answer).into_owned()
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    answer
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[tokio::test]
async fn the_page_is_the_board_or_says_that_it_is_not_built() {
    let answer = ask("/", "").await;
    let expected = if Dist::get(PAGE).is_some() {
        ("HTTP/1.1 200 OK", "<div id=\"board\">")
    } else {
        ("HTTP/1.1 503 Service Unavailable", "The board is not built")
    };
    assert!(answer.starts_with(expected.0), "{answer}");
    assert!(answer.contains(expected.1), "{answer}");
    assert_eq!(
        header(&answer, "content-type"),
        Some("text/html; charset=utf-8")
    );
}

#[tokio::test]
async fn the_page_may_only_talk_to_its_own_server() {
    let answer = ask("/", "").await;
    let policy = header(&answer, "content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(policy.contains("connect-src 'self';"), "{policy}");
    assert!(
        !policy.contains("http") && !policy.contains("unsafe"),
        "{policy}"
    );
}

#[tokio::test]
async fn what_is_no_file_is_not_found() {
    for path in [
        "/assets/none.js",
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/assets/..%2Findex.html",
    ] {
        let answer = ask(path, "").await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn hashed_files_are_kept_and_known_ones_not_sent_again() {
    for name in Dist::iter() {
        let path = if name == PAGE {
            "/".to_owned()
        } else {
            format!("/{name}")
        };
        let first = ask(&path, "").await;
        assert!(first.starts_with("HTTP/1.1 200 OK"), "{path}");
        let kept = header(&first, "cache-control")
            .unwrap()
            .contains("immutable");
        assert_eq!(kept, name != PAGE, "{path}");
        let tag = header(&first, "etag").unwrap();
        let again = ask(&path, &format!("if-none-match: {tag}\r\n")).await;
        assert!(again.starts_with("HTTP/1.1 304"), "{path}: {again}");
        assert_eq!(header(&again, "etag"), Some(tag));
    }
}

#[test]
fn every_kind_of_file_that_the_board_has_is_named() {
    for name in Dist::iter() {
        assert!(!content_type(&name).starts_with("text/plain"), "{name}");
    }
}
