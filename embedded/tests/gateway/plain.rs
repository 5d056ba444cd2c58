//! What `curl` and a browserless dashboard see: formats, parameters, settings, tokens.

use crate::Engine;
use crate::http::{get, post};

const TABLE: &str = "CREATE TABLE kpis (ward String, beds UInt32) ENGINE = MergeTree ORDER BY ward \
                     SETTINGS non_replicated_deduplication_window = 100";

#[tokio::test]
async fn it_answers_in_the_format_that_is_asked_for() {
    let engine = Engine::start().await;
    engine.run("/", TABLE).await;
    engine
        .run("/", "INSERT INTO kpis VALUES ('ICU', 8), ('W\"1', 24)")
        .await;
    let select = "SELECT ward, beds FROM kpis ORDER BY ward";
    assert_eq!(engine.run("/", select).await, "ICU\t8\nW\"1\t24\n");
    assert_eq!(
        engine.run("/", &format!("{select} FORMAT CSV")).await,
        "\"ICU\",8\n\"W\"\"1\",24\n"
    );

    let answer = post(
        &engine.url(),
        "/?default_format=JSON&query_id=q7",
        &[],
        select.as_bytes(),
    )
    .await;
    let json: serde_json::Value = serde_json::from_slice(&answer.body).expect("one JSON document");
    assert_eq!(
        json["data"][1],
        serde_json::json!({"ward": "W\"1", "beds": 24})
    );
    assert_eq!(json["rows"], 2);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=UTF-8")
    );
    assert_eq!(answer.header("x-clickhouse-format"), Some("JSON"));
    assert_eq!(answer.header("x-clickhouse-query-id"), Some("q7"));

    let compact = engine
        .run("/", &format!("{select} FORMAT JSONCompact"))
        .await;
    let json: serde_json::Value = serde_json::from_str(&compact).expect("one JSON document");
    assert_eq!(json["data"], serde_json::json!([["ICU", 8], ["W\"1", 24]]));
}

#[tokio::test]
async fn a_large_answer_is_one_document() {
    let engine = Engine::start().await;
    let rows = engine
        .run("/", "SELECT number FROM numbers(300000) FORMAT JSONCompact")
        .await;
    let json: serde_json::Value = serde_json::from_str(&rows).expect("one JSON document");
    assert_eq!(json["data"].as_array().map(Vec::len), Some(300_000));
}

#[tokio::test]
async fn data_follows_in_the_body_whatever_it_holds() {
    let engine = Engine::start().await;
    engine.run("/", TABLE).await;
    engine
        .run(
            "/?query=INSERT+INTO+kpis+FORMAT+CSV",
            "\"a; DROP TABLE kpis\",1\n\"FORMAT x\",2\n",
        )
        .await;
    engine
        .run(
            "/",
            "INSERT INTO kpis FORMAT JSONEachRow\n{\"ward\": \"b\", \"beds\": 3}\n",
        )
        .await;
    let wards = engine.run("/", "SELECT ward FROM kpis ORDER BY beds").await;
    assert_eq!(wards, "a; DROP TABLE kpis\nFORMAT x\nb\n");
}

#[tokio::test]
async fn parameters_settings_and_the_database_hold_for_one_request() {
    let engine = Engine::start().await;
    engine.run("/", "CREATE DATABASE `ward 1`").await;
    engine.run("/?database=ward+1", TABLE).await;
    let own = engine
        .run(
            "/?database=ward+1&param_x=it%27s&max_threads=1",
            "SELECT currentDatabase(), {x:String}, getSetting('max_threads')",
        )
        .await;
    assert_eq!(own, "ward 1\tit\\'s\t1\n");
    let next = engine
        .run(
            "/",
            "SELECT currentDatabase(), getSetting('max_threads') = 1",
        )
        .await;
    assert_eq!(next, "default\t0\n");
    let form = "--b\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\nSELECT {x:UInt8} + 1\r\n\
                --b\r\nContent-Disposition: form-data; name=\"param_x\"\r\n\r\n41\r\n--b--\r\n";
    let header = "Content-Type: multipart/form-data; boundary=b";
    assert_eq!(
        post(&engine.url(), "/", &[header], form.as_bytes())
            .await
            .text(),
        "42\n"
    );
}

#[tokio::test]
async fn a_block_with_a_known_token_is_stored_once() {
    let engine = Engine::start().await;
    engine.run("/", TABLE).await;
    for token in ["epochs-1-20", "epochs-1-20", "epochs-21-40"] {
        let target =
            format!("/?insert_deduplication_token={token}&query=INSERT+INTO+kpis+FORMAT+CSV");
        engine.run(&target, "ICU,8\n").await;
    }
    assert_eq!(engine.run("/", "SELECT count() FROM kpis").await, "2\n");
}

#[tokio::test]
async fn a_get_reads_and_never_writes() {
    let engine = Engine::start().await;
    assert_eq!(get(&engine.url(), "/ping", &[]).await.text(), "Ok.\n");
    assert_eq!(get(&engine.url(), "/", &[]).await.text(), "Ok.\n");
    assert_eq!(
        get(&engine.url(), "/?query=SELECT+1", &[]).await.text(),
        "1\n"
    );
    let write = get(&engine.url(), "/?query=CREATE+DATABASE+x", &[]).await;
    assert_eq!(
        write.header("x-clickhouse-exception-code"),
        Some("164"),
        "{}",
        write.text()
    );
}

/// Grafana's plugin names a revision and then reads a preamble of 8 bytes for each block and one
/// byte for each column more. The gateway walks the data by type and refuses what does not end
/// where it should, so the length shows that every type was understood.
#[tokio::test]
async fn native_is_rewritten_for_a_client_that_names_its_revision() {
    let engine = Engine::start().await;
    let columns = [
        "number::UInt8",
        "toString(number)",
        "toLowCardinality(toString(number % 9))",
        "toLowCardinality(toNullable(toString(number % 300)))",
        "if(number % 2 = 0, NULL, number)",
        "arrayMap(x -> toString(x), range(number % 4))",
        "arrayMap(x -> toLowCardinality(toString(x)), range(number % 4))",
        "emptyArrayString()::Array(LowCardinality(String))",
        "map('a', number, 'b', 2)",
        "(number, 'x', [1.5])::Tuple(`a b` UInt8, c LowCardinality(String), d Array(Float32))",
        "now64(3, 'UTC')",
        "toDecimal128(number, 4)",
        "generateUUIDv4()",
        "'a, ('::Enum8('a, (' = 1)",
        "toFixedString('abc', 5)",
        "toIntervalDay(1)",
    ];
    // Rows of one block, of none, and of several.
    for (rows, settings) in [
        (1000, ""),
        (0, ""),
        (1000, " SETTINGS max_block_size = 100"),
    ] {
        let select = format!(
            "SELECT {} FROM numbers({rows}){settings}",
            columns.join(", ")
        );
        let length = async |target: &str| {
            let answer = post(&engine.url(), target, &[], select.as_bytes()).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.body.len()
        };
        let plain = length("/?default_format=Native").await;
        let rewritten = length("/?default_format=Native&client_protocol_version=54460").await;
        let (added, of_a_block) = (rewritten - plain, 8 + columns.len());
        assert!(
            added.is_multiple_of(of_a_block),
            "{rows}{settings}: {added}"
        );
        assert!((added / of_a_block > 1) != settings.is_empty(), "{added}");
    }
}
