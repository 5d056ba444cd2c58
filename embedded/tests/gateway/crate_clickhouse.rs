//! The crate `clickhouse`, as the sinks use it: typed rows, with and without validation, plain and
//! compressed.

use clickhouse::error::Error;
use clickhouse::{Client, Compression, Row};
use serde::{Deserialize, Serialize};

use crate::Engine;

#[derive(Debug, Clone, PartialEq, Row, Serialize, Deserialize)]
struct Kpi {
    ward: String,
    window_ms: i64,
    numerator: u64,
    bound: Option<f64>,
    lanes: Vec<u16>,
}

const TABLE: &str = "CREATE TABLE kpis (ward LowCardinality(String), window_ms Int64, numerator \
                     UInt64, bound Nullable(Float64), lanes Array(UInt16)) \
                     ENGINE = MergeTree ORDER BY (ward, window_ms)";

fn kpi(number: u16) -> Kpi {
    Kpi {
        ward: format!("ward {}\n;'", number % 3),
        window_ms: -i64::from(number),
        numerator: u64::MAX - u64::from(number),
        bound: number.is_multiple_of(2).then_some(0.5),
        lanes: (0..number % 4).collect(),
    }
}

async fn insert(client: &Client, rows: &[Kpi]) -> Result<(), Error> {
    let mut insert = client.insert::<Kpi>("kpis").await?;
    for row in rows {
        insert.write(row).await?;
    }
    insert.end().await
}

#[tokio::test]
async fn rows_come_back_as_they_were_written() {
    let engine = Engine::start().await;
    let rows: Vec<Kpi> = (0..5000).map(kpi).collect();
    for (validation, compression) in [
        (true, Compression::Lz4),
        (true, Compression::None),
        (false, Compression::Lz4),
        (false, Compression::None),
    ] {
        let client = engine
            .client()
            .with_validation(validation)
            .with_compression(compression);
        client
            .query("DROP TABLE IF EXISTS kpis")
            .execute()
            .await
            .expect("dropped");
        client.query(TABLE).execute().await.expect("created");
        insert(&client, &rows).await.expect("inserted");
        let select = "SELECT ?fields FROM kpis WHERE numerator > ? ORDER BY window_ms DESC";
        let found: Vec<Kpi> = client
            .query(select)
            .bind(0)
            .fetch_all()
            .await
            .expect("selected");
        assert_eq!(found, rows, "validation {validation}");
    }
}

#[tokio::test]
async fn values_are_bound_on_either_side() {
    let engine = Engine::start().await;
    let client = engine.client();
    let text = "it's `25` °C; \\ \n {x:String}";
    let client_side: String = client
        .query("SELECT ?")
        .bind(text)
        .fetch_one()
        .await
        .expect("bound by the client");
    let server_side: String = client
        .query("SELECT {x:String}")
        .param("x", text)
        .fetch_one()
        .await
        .expect("bound by the engine");
    assert_eq!((client_side.as_str(), server_side.as_str()), (text, text));
}

#[tokio::test]
async fn a_schema_that_does_not_fit_is_an_error_and_stores_nothing() {
    let engine = Engine::start().await;
    let client = engine.client();
    let missing = insert(&client, &[kpi(1)])
        .await
        .expect_err("there is no table");
    assert!(missing.to_string().contains("Code: 60."), "{missing}");
    client
        .query(&TABLE.replace("Int64", "Int32"))
        .execute()
        .await
        .expect("created");
    let mismatch = insert(&client, &[kpi(1)]).await.expect_err("another type");
    assert!(matches!(mismatch, Error::SchemaMismatch(_)), "{mismatch}");
    let blind = client.clone().with_validation(false);
    insert(&blind, &[kpi(1), kpi(2)])
        .await
        .expect_err("bytes that are no rows");
    let count: u64 = client
        .query("SELECT count() FROM kpis")
        .fetch_one()
        .await
        .expect("counted");
    assert_eq!(count, 0);
}

#[tokio::test]
async fn an_insert_that_is_given_up_stores_nothing() {
    let engine = Engine::start().await;
    let client = engine.client().with_validation(false);
    client.query(TABLE).execute().await.expect("created");
    let mut insert = client.insert::<Kpi>("kpis").await.expect("begun");
    for number in 0..20_000 {
        insert.write(&kpi(number)).await.expect("sent");
    }
    drop(insert);
    insert_one_and_count(&client).await;
}

async fn insert_one_and_count(client: &Client) {
    insert(client, &[kpi(1)]).await.expect("inserted");
    let count: u64 = client
        .query("SELECT count() FROM kpis")
        .fetch_one()
        .await
        .expect("counted");
    assert_eq!(count, 1);
}
