//! Whole calls, measured from the audio: `cargo bench --bench turn -- [--smoke] [--calls N] [--crowd N] [--turns N]
//! [--tasks [N]] [--at-once N] [--seed N] [--patience-ms N]
//! [--out DIR]`
//!
//! Opens a house with the real models in this process, has simulated people ring it over a telephone line one after the
//! other, then several at once, and prints a table for `benches/RESULTS.md`. Nothing is asserted. The callers share the
//! process, so their part (their voices, two clocks, mixing) is in the memory and a little of it in the times.
//! `--turns N` rings with drawn callers of six voices one after the other until so many turns were answered, and adds a
//! histogram of every stage; `--tasks` has drawn callers book appointments, some at once, and says how many succeeded
//! (`tasks/mod.rs`); on a busy machine they need more patience, or they hang up. Each of the two leaves the usual calls out. Wants the models (`RINGLY_MODELS` or `models/`).

use ringlypro::app::{Providers, Running, start};
use ringlypro::clock::ManualClock;
use ringlypro::config::Config;
use ringlypro::phone::E164;
use ringlypro::simulator::lines::Voices;
use ringlypro::simulator::measure::Exchange;
use ringlypro::simulator::report::Spread;
use ringlypro::simulator::words::ReadingAlong;
use ringlypro::simulator::{CallPlan, CallReport, Network, Noise, Persona, SimulatorError, Summary, call, calls};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[path = "rehearsal/speculation.rs"]
mod speculation;
#[path = "tasks/mod.rs"]
mod tasks;

type Failure = Box<dyn std::error::Error>;

/// Who calls, in turn: every voice, every kind of conversation.
const CALLERS: [&str; 8] = ["brisk", "booking", "interrupting", "asking", "correcting", "message", "keypad", "person"];
/// The stages of a turn, as they are recorded.
const STAGES: [&str; 5] = ["endpoint_ms", "recognise_ms", "perform_ms", "first_audio_ms", "saved_ms"];
/// A silence inside an answer that a listener notices (the report lists those from 250 ms); after two seconds it is no gap,
/// but the agent speaking up again.
const GAP_MS: std::ops::Range<u64> = 250..2_000;
const TWILIO_TOKEN: &str = "bench-auth-token";
const ACCESS_TOKEN: &str = "bench-access-token-of-some-length";

struct Asked {
    calls: usize,
    crowd: usize,
    turns: usize,
    tasks: usize,
    at_once: usize,
    seed: u64,
    patience_ms: u64,
    out: Option<PathBuf>,
}

/// Booking callers of a run, and how many of them ring at once.
const TASKS: usize = 40;
const AT_ONCE: usize = 4;
/// How long a drawn caller waits for an answer before they ask whether anybody is there.
const PATIENCE_MS: u64 = 7_000;

fn main() -> Result<(), Failure> {
    let mut asked = Asked {
        calls: 12,
        crowd: 5,
        turns: 0,
        tasks: 0,
        at_once: AT_ONCE,
        seed: 1,
        patience_ms: PATIENCE_MS,
        out: None,
    };
    let mut arguments = std::env::args().skip(1).peekable();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--smoke" => (asked.calls, asked.crowd) = (1, 0),
            "--calls" => asked.calls = arguments.next().unwrap_or_default().parse()?,
            "--crowd" => asked.crowd = arguments.next().unwrap_or_default().parse()?,
            "--turns" => asked.turns = arguments.next().unwrap_or_default().parse()?,
            "--tasks" => {
                let number = arguments.peek().and_then(|number| number.parse().ok());
                asked.tasks = number.inspect(|_| drop(arguments.next())).unwrap_or(TASKS);
            }
            "--at-once" => asked.at_once = arguments.next().unwrap_or_default().parse::<usize>()?.max(1),
            "--seed" => asked.seed = arguments.next().unwrap_or_default().parse()?,
            "--patience-ms" => asked.patience_ms = arguments.next().unwrap_or_default().parse()?,
            "--out" => asked.out = arguments.next().map(PathBuf::from),
            _ => {} // what cargo adds
        }
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(&asked))
}

async fn measure(asked: &Asked) -> Result<(), Failure> {
    let load_before = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let house = House::open().await?;
    if asked.turns > 0 || asked.tasks > 0 {
        println!("environment: {}", environment(&load_before));
        Box::pin(drawn(&house, asked)).await?;
        house.running.stop().await;
        return Ok(());
    }
    let idle_mb = resident_mb();
    let memory = Memory::watch();
    let mut reports = Vec::new();
    let mut stages = Stages::default();
    for number in 0..asked.calls {
        let plan = house.plan(CALLERS[number % CALLERS.len()], number)?;
        let report = call(plan).await;
        if let Ok(report) = &report {
            println!("{report}\n");
            keep(report, asked.out.as_deref(), number)?;
            stages.take(&house.record(report).await?);
        }
        reports.push(report);
    }
    let one_mb = memory.most_since();
    let mut crowd = Vec::new();
    if asked.crowd > 0 {
        let plans: Result<Vec<_>, _> = (0..asked.crowd).map(|number| house.plan("booking", 100 + number)).collect();
        crowd = calls(plans?, Duration::from_millis(700)).await;
    }
    let crowd_mb = memory.most_since();

    println!("environment: {}", environment(&load_before));
    println!("\n| measured | count | p50 | p95 | max |\n|---|---|---|---|---|");
    table("", &reports);
    stages.print();
    if asked.crowd > 0 {
        table(&format!(", {} calls at once", asked.crowd), &crowd);
    }
    println!("\n| measured | |\n|---|---|");
    println!("| models opened and the house ready | {} ms |", house.ready_ms);
    println!("| resident memory: idle | {idle_mb} MB |");
    println!("| resident memory, at most: 1 call, its caller included | {one_mb} MB |");
    if asked.crowd > 0 {
        println!("| resident memory, at most: {} calls, their callers included | {crowd_mb} MB |", asked.crowd);
    }
    let all = Summary::of(&reports);
    println!("| callers who got what they wanted | {} of {} |", all.reached_goal.0, all.reached_goal.1);
    println!("| lines that were never answered | {} |", all.unanswered);
    house.running.stop().await;
    Ok(())
}

/// Callers drawn by lot: single ones for their times, then several at once for their success.
async fn drawn(house: &House, asked: &Asked) -> Result<(), Failure> {
    let lines = tasks::booking_lines()?;
    if lines.is_empty() {
        return Ok(());
    }
    println!("{} booking lines to draw from, seed {}", lines.len(), asked.seed);
    if asked.turns > 0 {
        let (mut reports, mut stages, mut turns) = (Vec::new(), Stages::default(), 0);
        let mut guesses = speculation::Guesses::default();
        // A caller who never gets an answer must not keep the bench for ever.
        for number in 0..asked.turns {
            if turns >= asked.turns {
                break;
            }
            let task = tasks::task(&lines, number, asked.seed, asked.patience_ms)?;
            let report = call(house.plan_of(task.persona.clone(), task.from.clone(), task.noise, number)?).await?;
            turns += report.exchanges.iter().filter(|exchange| exchange.reply_ms.is_some()).count();
            keep(&report, asked.out.as_deref(), number)?;
            let record = house.record(&report).await?;
            stages.take(&record);
            let journal = house.journal(&record, asked.out.as_deref(), number)?;
            guesses.take(journal.lines());
            reports.push(Ok(report));
        }
        println!("\n| measured, {} single calls | count | p50 | p95 | max |\n|---|---|---|---|---|", reports.len());
        table("", &reports);
        stages.clone().print();
        let replies = reports.iter().flatten().flat_map(|report| &report.exchanges).filter_map(|one| one.reply_ms);
        histogram("reply_ms", &replies.collect::<Vec<_>>());
        stages.histograms();
        guesses.print();
    }
    if asked.tasks > 0 {
        judged(house, asked, &lines).await?;
    }
    Ok(())
}

/// Drawn callers book, several at once; what they got is judged by the appointments that stand.
async fn judged(house: &House, asked: &Asked, lines: &[String]) -> Result<(), Failure> {
    // Other numbers than the single callers', so that nobody is known already.
    let all: Result<Vec<_>, _> =
        (0..asked.tasks).map(|n| tasks::task(lines, TASK_NUMBERS + n, asked.seed, asked.patience_ms)).collect();
    let all = all?;
    let (mut reports, mut done, mut exact) = (Vec::new(), 0, 0);
    for (wave, some) in all.chunks(asked.at_once).enumerate() {
        let plan = |(number, task): (usize, &tasks::Task)| {
            let number = TASK_NUMBERS + wave * asked.at_once + number;
            house.plan_of(task.persona.clone(), task.from.clone(), task.noise, number)
        };
        let plans: Result<Vec<_>, _> = some.iter().enumerate().map(plan).collect();
        let came = calls(plans?, Duration::from_millis(900)).await;
        let stand = house.get("/api/appointments?from=2026-11-23T00:00:00Z&to=2027-02-20T00:00:00Z").await?;
        let stand = stand["appointments"].as_array().cloned().unwrap_or_default();
        for (number, (task, report)) in some.iter().zip(&came).enumerate() {
            let Ok(report) = report else { continue };
            let verdict = task.judge(report, &stand);
            done += usize::from(verdict.wrong.is_none());
            exact += usize::from(verdict.name_exact);
            if let Some(wrong) = verdict.wrong {
                println!("{} failed: {wrong}\n{report}\n", task.persona.name);
            }
            let number = TASK_NUMBERS + wave * asked.at_once + number;
            keep(report, asked.out.as_deref(), number)?;
            house.journal(&house.record(report).await?, asked.out.as_deref(), number)?;
        }
        reports.extend(came);
    }
    println!("\n| booking callers, {} at once | count | p50 | p95 | max |\n|---|---|---|---|---|", asked.at_once);
    table("", &reports);
    println!("\n| task success | {done} of {} | {:.1} % |", all.len(), 100.0 * done as f64 / all.len().max(1) as f64);
    println!("| names as they are spelled | {exact} of {} | |", all.len());
    Ok(())
}

/// The callers of tasks are numbered from here.
const TASK_NUMBERS: usize = 1_000;
/// The widest bar of a histogram, in characters.
const BAR: usize = 40;
/// The upper ends of a histogram's steps, in milliseconds.
const STEPS_MS: [i64; 14] = [50, 100, 150, 200, 300, 400, 500, 600, 800, 1_000, 1_300, 1_700, 2_500, i64::MAX];

/// Prints how often a time fell into each step.
fn histogram(name: &str, values: &[i64]) {
    println!("\n{name} ({} values)\n```text", values.len());
    let mut from = i64::MIN;
    let counts = STEPS_MS.map(|to| {
        let count = values.iter().filter(|value| (from..to).contains(*value)).count();
        from = to;
        count
    });
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    for (to, count) in STEPS_MS.iter().zip(counts).filter(|(_, count)| *count > 0) {
        let to = if *to == i64::MAX { "more".to_owned() } else { format!("< {to}") };
        println!("{to:>8} ms {count:>4} {}", "█".repeat((count * BAR).div_ceil(most)));
    }
    println!("```");
}

/// The rows of some calls.
fn table(which: &str, reports: &[Result<CallReport, SimulatorError>]) {
    for error in reports.iter().filter_map(|report| report.as_ref().err()) {
        println!("a call did not come about: {error}");
    }
    let summary = Summary::of(reports);
    row(&format!("reply_ms{which}"), summary.reply_ms);
    row(&format!("yield_ms{which}"), summary.yield_ms);
    row(&format!("greeting_ms{which}"), summary.greeting_ms);
    let exchanges = || reports.iter().filter_map(|report| report.as_ref().ok()).flat_map(|report| &report.exchanges);
    let gaps =
        |exchange: &Exchange| exchange.gaps_ms.iter().copied().filter(|gap| GAP_MS.contains(gap)).collect::<Vec<_>>();
    let gaps = exchanges().flat_map(gaps).map(u64::cast_signed).collect();
    row(&format!("gaps of {GAP_MS:?} ms inside {} answers{which}", exchanges().count()), Spread::of(gaps));
}

fn row(name: &str, spread: Option<Spread>) {
    match spread {
        Some(Spread { count, p50, p95, max }) => println!("| {name} | {count} | {p50} | {p95} | {max} |"),
        None => println!("| {name} | 0 | – | – | – |"),
    }
}

/// Where the time went, by the house's own record.
#[derive(Clone, Default)]
struct Stages(BTreeMap<&'static str, Vec<i64>>);

impl Stages {
    fn take(&mut self, record: &Value) {
        for turn in record["turns"].as_array().into_iter().flatten() {
            for stage in STAGES {
                // The greeting follows nothing the caller said.
                if turn["number"] != 0
                    && let Some(ms) = turn["stages"][stage].as_i64()
                {
                    self.0.entry(stage).or_default().push(ms);
                }
            }
        }
    }

    fn histograms(&self) {
        for (stage, values) in &self.0 {
            histogram(stage, values);
        }
    }

    fn print(mut self) {
        for stage in STAGES {
            row(&format!("stage {stage}"), Spread::of(self.0.remove(stage).unwrap_or_default()));
        }
    }
}

/// A house and what is needed to ring it.
struct House {
    running: Running,
    base: String,
    voices: Voices,
    http: reqwest::Client,
    ready_ms: u128,
    folder: tempfile::TempDir,
}

impl House {
    async fn open() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        #[expect(clippy::disallowed_methods, reason = "benches have no configuration")]
        let models = std::env::var_os("RINGLY_MODELS").map_or_else(|| PathBuf::from("models"), PathBuf::from);
        let settings = [
            ("PORT", "0".to_owned()),
            ("DATA_DIR", folder.path().display().to_string()),
            ("RINGLY_MODELS", models.display().to_string()),
            ("TWILIO_AUTH_TOKEN", TWILIO_TOKEN.to_owned()),
            ("ACCESS_TOKEN", ACCESS_TOKEN.to_owned()),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value));
        let config = Config::from_layers(None, &BTreeMap::from(settings))?;
        let began = Instant::now();
        let mut providers = Providers::open(&config).await?;
        // A Monday morning: what is free does not depend on the day of the measurement.
        providers.clock = Arc::new(ManualClock::at("2026-11-23T15:00:00Z".parse()?));
        let voices = Voices::new(providers.speech.tts.clone());
        let running = start(&config, providers).await?;
        let ready_ms = began.elapsed().as_millis();
        // Whoever comes first installs the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder().no_proxy().build()?;
        let base = format!("http://{}", running.address);
        Ok(Self { running, base, voices, http, ready_ms, folder })
    }

    /// A call over a telephone line from a quiet room.
    fn plan(&self, persona: &str, number: usize) -> Result<CallPlan, Failure> {
        let persona = Persona::named(persona).ok_or("nobody of this name")?;
        let from = E164::try_from(format!("+1305555{:04}", 1_000 + number))?;
        self.plan_of(persona, from, Noise { snr_db: 25.0 }, number)
    }

    /// A call of this person's, with this behind them.
    fn plan_of(&self, persona: Arc<Persona>, from: E164, noise: Noise, number: usize) -> Result<CallPlan, Failure> {
        let to = E164::try_from("+13055550199".to_owned())?;
        let mut plan = CallPlan::new(&self.base, "ACbench", TWILIO_TOKEN, from, to, persona);
        plan.voices = self.voices.clone();
        plan.words = Some(Arc::new(ReadingAlong::new(&self.base, ACCESS_TOKEN)?));
        plan.noise = Some(noise);
        plan.network = Network { jitter_ms_max: 20, loss: 0.0 };
        plan.seed = number as u64;
        Ok(plan)
    }

    /// What the house wrote down of a call.
    async fn record(&self, report: &CallReport) -> Result<Value, Failure> {
        let calls = self.get("/api/calls").await?;
        let calls = calls["calls"].as_array().cloned().unwrap_or_default();
        let own = calls.iter().find(|call| call["call_sid"] == report.call_sid.as_str());
        let id = own.and_then(|call| call["id"].as_str()).ok_or("the call was not written down")?;
        self.get(&format!("/api/calls/{id}")).await
    }

    /// The journal of a call, by what was written down of it; kept beside its sound.
    fn journal(&self, record: &Value, out: Option<&Path>, number: usize) -> Result<String, Failure> {
        let id = record["call"]["id"].as_str().ok_or("a record without an id")?;
        let journal = std::fs::read_to_string(self.folder.path().join("journals").join(format!("{id}.jsonl")))?;
        if let Some(out) = out {
            std::fs::write(out.join(format!("{number:02}.jsonl")), &journal)?;
        }
        Ok(journal)
    }

    async fn get(&self, path: &str) -> Result<Value, Failure> {
        let asked = self.http.get(format!("{}{path}", self.base)).bearer_auth(ACCESS_TOKEN).send().await?;
        Ok(asked.json().await?)
    }
}

fn keep(report: &CallReport, folder: Option<&Path>, number: usize) -> Result<(), Failure> {
    let Some(folder) = folder else { return Ok(()) };
    std::fs::create_dir_all(folder)?;
    let stem = format!("{number:02}-{}", report.persona);
    report.write_wav(&folder.join(format!("{stem}.wav")))?;
    report.write_json(&folder.join(format!("{stem}.json")))?;
    Ok(())
}

fn environment(load_before: &str) -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = model.trim_start_matches([' ', '\t', ':']);
    format!("{cores} cores, {model}, {}, load average before: {}", std::env::consts::OS, load_before.trim())
}

/// The most memory this process has held.
struct Memory(Arc<AtomicU64>);

impl Memory {
    fn watch() -> Self {
        let most = Arc::new(AtomicU64::new(0));
        let seen = most.clone();
        #[expect(clippy::disallowed_methods, reason = "it ends with the process")]
        std::thread::spawn(move || {
            loop {
                seen.fetch_max(resident_mb(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        Self(most)
    }

    /// The most since it was last asked.
    fn most_since(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// The process's resident memory; 0 where the system does not tell.
fn resident_mb() -> u64 {
    const PAGE_BYTES: u64 = 4_096;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * PAGE_BYTES / (1 << 20)
}
