//! Logs on standard error, and `/metrics` in Prometheus' text format. Labels are
//! few and bounded; nothing about a person is ever among them.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use events::metric::{Kind, Metric};

/// One number of a metric, with the value of its label.
pub(crate) type Sample = (Metric, &'static str, u64);

/// Starts to log: `MEDAXIS_LOG` says what, `info` unless set.
pub(crate) fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("MEDAXIS_LOG").unwrap_or_else(|_| {
        tracing_subscriber::EnvFilter::new("info,rumqttd=off,librdkafka=error")
    });
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

/// The page that Prometheus reads.
pub(crate) fn page(mut samples: Vec<Sample>) -> String {
    samples.sort_by_key(|(metric, label, _)| (metric.name, *label));
    let mut page = String::new();
    let mut named = "";
    for (metric, label, value) in samples {
        if metric.name != named {
            named = metric.name;
            let kind = match metric.kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
            };
            let _ = writeln!(page, "# HELP medaxis_{named} {}", metric.help);
            let _ = writeln!(page, "# TYPE medaxis_{named} {kind}");
        }
        let _ = match metric.label {
            "" => writeln!(page, "medaxis_{named} {value}"),
            name => writeln!(page, "medaxis_{named}{{{name}=\"{label}\"}} {value}"),
        };
    }
    page
}

#[cfg(test)]
mod tests {
    use events::metric;

    use super::*;

    #[test]
    fn the_page_is_what_prometheus_reads() {
        let page = page(vec![
            (metric::INGEST_DEAD_LETTERS, "not_json", 2),
            (metric::INGEST_READINGS, "", 7),
            (metric::INGEST_DEAD_LETTERS, "empty", 1),
        ]);
        assert!(page.contains("# TYPE medaxis_ingest_dead_letters_total counter\nmedaxis_ingest_dead_letters_total{reason=\"empty\"} 1\nmedaxis_ingest_dead_letters_total{reason=\"not_json\"} 2\n"));
        assert!(page.ends_with("medaxis_ingest_readings_total 7\n"));
    }
}
