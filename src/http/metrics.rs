//! `GET /metrics`, for Prometheus: what the process and each stage of a call have cost so far.

use super::House;
use super::extract::As;
use super::problem::Problem;
use crate::accounts::{self, Caller};
use crate::telemetry::cpu;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use std::fmt::Write as _;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// The text format's own type.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) async fn show(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
) -> Result<impl IntoResponse, Problem> {
    if !caller.runs_the_house() {
        return Err(accounts::Error::Forbidden("running the house").into());
    }
    let read = spawn_blocking(|| (cpu::so_far(), cpu::resident_bytes()));
    let (spent, resident) = read.await.map_err(|_| Problem::internal())?;
    let gauges = [house.switchboard.open_calls(), house.models.subscribed()];
    Ok(([(CONTENT_TYPE, TEXT)], written(&spent, resident, gauges)))
}

fn written(spent: &cpu::Spent, resident: Option<u64>, [calls, followed]: [usize; 2]) -> String {
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, help: &str, values: &[(String, String)]| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let stage = |(stage, seconds): (&&str, &f64)| (format!("{{stage=\"{stage}\"}}"), format!("{seconds:.6}"));
    let stages: Vec<_> = spent.stages.iter().map(stage).collect();
    let alone = |value: String| vec![(String::new(), value)];
    family("ringlypro_cpu_seconds_total", "counter", "CPU time of a stage.", &stages);
    family("process_cpu_seconds_total", "counter", "CPU time of the process.", &alone(format!("{:.6}", spent.process)));
    let resident = resident.map(|bytes| alone(bytes.to_string())).unwrap_or_default();
    family("process_resident_memory_bytes", "gauge", "Memory in use.", &resident);
    family("ringlypro_open_calls", "gauge", "Calls awaited or live.", &alone(calls.to_string()));
    let help = "Resources that models are told of when they change.";
    family("ringlypro_mcp_subscriptions", "gauge", help, &alone(followed.to_string()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_in_the_text_format() {
        let spent = cpu::Spent { process: 2.5, stages: [("media", 0.25), ("voice", 1.0)].into() };
        insta::assert_snapshot!(written(&spent, Some(4_096), [1, 2]), @r#"
        # HELP ringlypro_cpu_seconds_total CPU time of a stage.
        # TYPE ringlypro_cpu_seconds_total counter
        ringlypro_cpu_seconds_total{stage="media"} 0.250000
        ringlypro_cpu_seconds_total{stage="voice"} 1.000000
        # HELP process_cpu_seconds_total CPU time of the process.
        # TYPE process_cpu_seconds_total counter
        process_cpu_seconds_total 2.500000
        # HELP process_resident_memory_bytes Memory in use.
        # TYPE process_resident_memory_bytes gauge
        process_resident_memory_bytes 4096
        # HELP ringlypro_open_calls Calls awaited or live.
        # TYPE ringlypro_open_calls gauge
        ringlypro_open_calls 1
        # HELP ringlypro_mcp_subscriptions Resources that models are told of when they change.
        # TYPE ringlypro_mcp_subscriptions gauge
        ringlypro_mcp_subscriptions 2
        "#);
    }
}
