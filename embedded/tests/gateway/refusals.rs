//! What is refused, and that it leaves nothing behind: the engine itself lets much of it pass.

use crate::Engine;
use crate::http::{post, send};

async fn check(
    engine: &Engine,
    target: &str,
    headers: &[&str],
    body: &[u8],
    expected: (u16, &str),
) {
    let answer = post(&engine.url(), target, headers, body).await;
    let code = answer
        .header("x-clickhouse-exception-code")
        .unwrap_or("none");
    assert_eq!(
        (answer.status, code),
        expected,
        "{target} {headers:?}: {}",
        answer.text()
    );
    assert!(
        answer
            .text()
            .starts_with(&format!("Code: {code}. DB::Exception: "))
    );
}

#[tokio::test]
async fn only_one_whole_statement_runs() {
    let engine = Engine::start().await;
    let check = async |body: &[u8]| check(&engine, "/", &[], body, (400, "62")).await;
    check(b"junk").await;
    check(b"").await;
    check(b"-- nothing").await;
    check(b"\x00\x82\xff junk").await;
    check(b"SELECT 1; SELECT 2").await;
    check(b"CREATE DATABASE a; CREATE DATABASE b").await;
    check(b"CREATE DATABASE a; junk").await;
    check(b"SELECT 1 FORMAT JSON junk").await;
    check(b"INSERT INTO t(a FORMAT CSV\n1").await;
    let databases = engine.run(
        "/",
        "SELECT count() FROM system.databases WHERE name IN ('a', 'b')",
    );
    assert_eq!(databases.await, "0\n");
    assert_eq!(engine.run("/", "SELECT 1;").await, "1\n");
}

#[tokio::test]
async fn an_error_has_the_code_of_clickhouse() {
    let engine = Engine::start().await;
    engine
        .run(
            "/",
            "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a",
        )
        .await;
    check(&engine, "/", &[], b"SELECT * FROM nowhere", (404, "60")).await;
    check(&engine, "/?database=nowhere", &[], b"SELECT 1", (404, "81")).await;
    check(
        &engine,
        "/?no_such_setting=1",
        &[],
        b"SELECT 1",
        (404, "115"),
    )
    .await;
    check(
        &engine,
        "/",
        &[],
        b"SELECT no_such_function(1)",
        (404, "46"),
    )
    .await;
    check(&engine, "/", &[], b"SELECT throwIf(1)", (500, "395")).await;
    check(
        &engine,
        "/?query=INSERT+INTO+t+FORMAT+CSV",
        &[],
        b"1\n2\nx\n",
        (400, "117"),
    )
    .await;
    check(
        &engine,
        "/",
        &[],
        b"SELECT * FROM numbers(100000000)",
        (413, "396"),
    )
    .await;
    assert_eq!(engine.run("/", "SELECT count() FROM t").await, "0\n");
}

#[tokio::test]
async fn what_is_not_understood_is_not_guessed() {
    let engine = Engine::start().await;
    check(
        &engine,
        "/",
        &["Content-Encoding: gzip"],
        b"\x1f\x8b",
        (501, "48"),
    )
    .await;
    check(&engine, "/?session_id=1", &[], b"SELECT 1", (501, "48")).await;
    check(&engine, "/?decompress=1", &[], b"SELECT 1", (500, "271")).await;
    check(
        &engine,
        "/?user=nurse&password=x",
        &[],
        b"SELECT 1",
        (403, "516"),
    )
    .await;
    check(
        &engine,
        "/",
        &["X-ClickHouse-Key: x"],
        b"SELECT 1",
        (403, "516"),
    )
    .await;
    check(
        &engine,
        "/",
        &["Authorization: Basic eDp5"],
        b"SELECT 1",
        (403, "516"),
    )
    .await;
}

#[tokio::test]
async fn a_web_page_does_not_reach_it() {
    let engine = Engine::start().await;
    check(
        &engine,
        "/",
        &["Origin: http://127.0.0.1"],
        b"SELECT 1",
        (403, "516"),
    )
    .await;
    check(
        &engine,
        "/",
        &["Host: ward.example:8123"],
        b"SELECT 1",
        (403, "516"),
    )
    .await;
}

#[tokio::test]
async fn a_body_beyond_the_bound_is_refused_before_it_is_read() {
    let engine = Engine::start().await;
    let answer = send(
        &engine.url(),
        "POST /",
        &["Content-Length: 300000000"],
        b"SELECT 1",
    )
    .await;
    assert_eq!(answer.status, 413);
    assert!(
        answer.text().contains("larger than 268435456 bytes"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn a_body_of_unknown_length_is_refused_at_the_bound() {
    let engine = Engine::with(&["--body-bytes", "100", "--bodies-bytes", "1000000"]).await;
    let chunk = |bytes: usize| format!("{bytes:x}\r\n{}\r\n", " ".repeat(bytes));
    for (body, status) in [(chunk(90), 400), (chunk(90) + &chunk(20), 413)] {
        let body = format!("{body}0\r\n\r\n");
        let headers = ["Transfer-Encoding: chunked"];
        let answer = send(&engine.url(), "POST /", &headers, body.as_bytes()).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}

#[tokio::test]
async fn bodies_beyond_the_memory_for_all_are_refused() {
    let engine = Engine::with(&["--bodies-bytes", "65536"]).await;
    check(&engine, "/", &[], &[b' '; 70_000], (503, "202")).await;
    // What was taken is given back.
    for _ in 0..10 {
        check(&engine, "/", &[], &[b' '; 60_000], (400, "62")).await;
    }
}

#[tokio::test]
async fn a_request_waits_its_turn_only_so_long() {
    let engine = Engine::with(&["--statements", "1", "--wait-seconds", "0"]).await;
    let url = engine.url();
    let long = tokio::spawn(async move {
        // It may be refused itself, while a short one has the only turn.
        while post(&url, "/", &[], b"SELECT sleep(2)").await.status != 200 {}
    });
    let mut refused = 0;
    while !long.is_finished() {
        let answer = post(&engine.url(), "/", &[], b"SELECT 1").await;
        if answer.status == 503 {
            assert_eq!(answer.header("x-clickhouse-exception-code"), Some("202"));
            refused += 1;
        }
    }
    long.await.expect("it came to its turn");
    assert!(refused > 0);
    assert_eq!(engine.run("/", "SELECT 1").await, "1\n");
}
