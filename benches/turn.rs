//! Whole calls, measured from the audio: `cargo bench --bench turn -- [--smoke] [--calls N] [--crowd N] [--turns N]
//! [--yields N] [--spanish N] [--tasks [N]] [--at-once N] [--seed N] [--patience-ms N] [--out DIR] [--list]`
//!
//! Opens a house with the real models in this process, has simulated people ring it over a telephone line one after the
//! other, then several at once, and prints a table for `benches/RESULTS.md`. Nothing is asserted. The callers share the
//! process, so their part (their voices, two clocks, mixing) is in the memory and a little of it in the times.
//! `--turns N` rings with drawn callers of six voices one after the other until so many turns were answered, and adds a
//! histogram of every stage, and of the very same calls what went wrong: pauses the agent spoke in, words misheard, callers
//! without their appointment (`turn/quality.rs`). `--yields N` has callers talk over the agent until so many interruptions
//! were measured, `--spanish N` has Spanish ones call. `--tasks` has drawn callers book appointments, some at once, and says
//! how many succeeded (`tasks/mod.rs`); on a busy machine they need more patience, or they hang up. Each of the four leaves
//! the usual calls out; `--list` prints words that differ. Wants the models (`RINGLY_MODELS` or `models/`).

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

#[path = "turn/quality.rs"]
mod quality;
#[path = "rehearsal/speculation.rs"]
mod speculation;
#[path = "turn/stages.rs"]
mod stages;
#[path = "tasks/mod.rs"]
mod tasks;
#[path = "../src/speech/testing.rs"]
#[allow(dead_code, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "arithmetic on test audio")]
mod testing;

use quality::{Quality, Yields};
use stages::{Stages, histogram, row};

type Failure = Box<dyn std::error::Error>;

/// Who calls, in turn: every voice, every kind of conversation.
const CALLERS: [&str; 8] = ["brisk", "booking", "interrupting", "asking", "correcting", "message", "keypad", "person"];
/// A silence inside an answer that a listener notices (the report lists those from 250 ms); after two seconds it is no gap,
/// but the agent speaking up again.
const GAP_MS: std::ops::Range<u64> = 250..2_000;
const TWILIO_TOKEN: &str = "bench-auth-token";
const ACCESS_TOKEN: &str = "bench-access-token-of-some-length";

struct Asked {
    calls: usize,
    crowd: usize,
    turns: usize,
    yields: usize,
    spanish: usize,
    tasks: usize,
    at_once: usize,
    seed: u64,
    patience_ms: u64,
    out: Option<PathBuf>,
    list: bool,
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
        yields: 0,
        spanish: 0,
        tasks: 0,
        at_once: AT_ONCE,
        seed: 1,
        patience_ms: PATIENCE_MS,
        out: None,
        list: false,
    };
    let mut arguments = std::env::args().skip(1).peekable();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--smoke" => (asked.calls, asked.crowd) = (1, 0),
            "--calls" => asked.calls = arguments.next().unwrap_or_default().parse()?,
            "--crowd" => asked.crowd = arguments.next().unwrap_or_default().parse()?,
            "--turns" => asked.turns = arguments.next().unwrap_or_default().parse()?,
            "--yields" => asked.yields = arguments.next().unwrap_or_default().parse()?,
            "--spanish" => asked.spanish = arguments.next().unwrap_or_default().parse()?,
            "--list" => asked.list = true,
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
    if asked.turns + asked.yields + asked.spanish + asked.tasks > 0 {
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
        let persona = Persona::named(CALLERS[number % CALLERS.len()]).ok_or("nobody of this name")?;
        let plan = house.plan(persona, number)?;
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
        let booking = Persona::named("booking").ok_or("nobody of this name")?;
        let plans: Result<Vec<_>, _> =
            (0..asked.crowd).map(|number| house.plan(booking.clone(), 100 + number)).collect();
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

/// Callers drawn by lot, one after the other for their times, then several at once for their success.
async fn drawn(house: &House, asked: &Asked) -> Result<(), Failure> {
    if asked.turns + asked.tasks > 0 {
        let lines = tasks::booking_lines()?;
        println!("{} booking lines to draw from, seed {}", lines.len(), asked.seed);
        if asked.turns > 0 && !lines.is_empty() {
            Box::pin(single(house, asked, &lines)).await?;
        }
        if asked.tasks > 0 && !lines.is_empty() {
            judged(house, asked, &lines).await?;
        }
    }
    if asked.yields > 0 {
        Box::pin(interrupting(house, asked)).await?;
    }
    if asked.spanish > 0 {
        Box::pin(spanish(house, asked)).await?;
    }
    Ok(())
}

/// Drawn callers one after the other: their times, and what went wrong meanwhile.
async fn single(house: &House, asked: &Asked, lines: &[String]) -> Result<(), Failure> {
    let (mut reports, mut stages, mut turns) = (Vec::new(), Stages::default(), 0);
    let (mut guesses, mut quality) = (speculation::Guesses::default(), Quality::default());
    // A caller who never gets an answer must not keep the bench for ever.
    for number in 0..asked.turns {
        if turns >= asked.turns {
            break;
        }
        let task = tasks::task(lines, number, asked.seed, asked.patience_ms)?;
        let (report, record) =
            house.rung(house.plan_of(task.persona.clone(), task.from.clone(), task.noise, number)?, asked).await?;
        turns += report.exchanges.iter().filter(|exchange| exchange.reply_ms.is_some()).count();
        stages.take(&record);
        let verdict = task.judge(&report, &house.appointments().await?);
        quality.take(&report, &record, asked.list);
        quality.judge(verdict.wrong.is_none());
        if let Some(wrong) = verdict.wrong {
            println!("{} failed: {wrong}\n{report}\n", task.persona.name);
        }
        guesses.take(house.journal(&record, asked.out.as_deref(), number)?.lines());
        reports.push(Ok(report));
    }
    println!("\n| measured, {} single calls | count | p50 | p95 | max |\n|---|---|---|---|---|", reports.len());
    table("", &reports);
    stages.clone().print();
    quality.print("");
    let replies = reports.iter().flatten().flat_map(|report| &report.exchanges).filter_map(|one| one.reply_ms);
    histogram("reply_ms", &replies.collect::<Vec<_>>());
    stages.histograms();
    guesses.print();
    Ok(())
}

/// Callers who talk over the agent, of six voices, until so many interruptions were measured.
async fn interrupting(house: &House, asked: &Asked) -> Result<(), Failure> {
    let (mut yields, mut quality) = (Yields::default(), Quality::default());
    // An agent that never speaks cannot be interrupted.
    for call in 0..asked.yields {
        if yields.count() >= asked.yields {
            break;
        }
        let number = INTERRUPTING_NUMBERS + call;
        let (report, record) = house.rung(house.plan(tasks::in_voice("interrupting", call)?, number)?, asked).await?;
        yields.take(&report, &record);
        quality.take(&report, &record, asked.list);
    }
    yields.print();
    quality.print(", callers who interrupt");
    Ok(())
}

/// Callers who speak Spanish.
async fn spanish(house: &House, asked: &Asked) -> Result<(), Failure> {
    let (mut reports, mut stages, mut quality) = (Vec::new(), Stages::default(), Quality::default());
    for call in 0..asked.spanish {
        let mut persona = Persona::clone(&*Persona::named("spanish").ok_or("nobody speaks Spanish")?);
        persona.patience_ms = asked.patience_ms;
        let plan = house.plan(persona.into(), SPANISH_NUMBERS + call)?;
        let from = plan.from.clone();
        let (report, record) = house.rung(plan, asked).await?;
        stages.take(&record);
        quality.take(&report, &record, asked.list);
        let own = |row: &&Value| row["customer_phone"] == from.as_str() && row["status"] != "cancelled";
        let appointments = house.appointments().await?.iter().filter(own).count();
        quality.judge(appointments == 1 && report.reached_goal == Some(true));
        reports.push(Ok(report));
    }
    println!("\n| measured, {} Spanish calls | count | p50 | p95 | max |\n|---|---|---|---|---|", reports.len());
    table("", &reports);
    stages.print();
    quality.print(" in Spanish");
    Ok(())
}

/// Drawn callers book, several at once; what they got is judged by the appointments that stand.
async fn judged(house: &House, asked: &Asked, lines: &[String]) -> Result<(), Failure> {
    // Other numbers than the single callers', so that nobody is known already.
    let all: Result<Vec<_>, _> =
        (0..asked.tasks).map(|n| tasks::task(lines, TASK_NUMBERS + n, asked.seed, asked.patience_ms)).collect();
    let all = all?;
    let (mut reports, mut done, mut exact, mut quality) = (Vec::new(), 0, 0, Quality::default());
    for (wave, some) in all.chunks(asked.at_once).enumerate() {
        let plan = |(number, task): (usize, &tasks::Task)| {
            let number = TASK_NUMBERS + wave * asked.at_once + number;
            house.plan_of(task.persona.clone(), task.from.clone(), task.noise, number)
        };
        let plans: Result<Vec<_>, _> = some.iter().enumerate().map(plan).collect();
        let came = calls(plans?, Duration::from_millis(900)).await;
        let stand = house.appointments().await?;
        for (number, (task, report)) in some.iter().zip(&came).enumerate() {
            let Ok(report) = report else { continue };
            let verdict = task.judge(report, &stand);
            let record = house.record(report).await?;
            quality.take(report, &record, asked.list);
            done += usize::from(verdict.wrong.is_none());
            exact += usize::from(verdict.name_exact);
            if let Some(wrong) = verdict.wrong {
                println!("{} failed: {wrong}\n{report}\n", task.persona.name);
            }
            let number = TASK_NUMBERS + wave * asked.at_once + number;
            keep(report, asked.out.as_deref(), number)?;
            house.journal(&record, asked.out.as_deref(), number)?;
        }
        reports.extend(came);
    }
    println!("\n| booking callers, {} at once | count | p50 | p95 | max |\n|---|---|---|---|---|", asked.at_once);
    table("", &reports);
    println!("\n| task success | {done} of {} | {:.1} % |", all.len(), 100.0 * done as f64 / all.len().max(1) as f64);
    println!("| names as they are spelled | {exact} of {} | |", all.len());
    quality.print(&format!(", {} at once", asked.at_once));
    Ok(())
}

/// The callers of tasks are numbered from here.
const TASK_NUMBERS: usize = 1_000;
/// Those who talk over the agent from here, and those who speak Spanish from here.
const INTERRUPTING_NUMBERS: usize = 5_000;
const SPANISH_NUMBERS: usize = 6_000;
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
            ("REQUESTS_KNOWN", "0".to_owned()),
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
    fn plan(&self, persona: Arc<Persona>, number: usize) -> Result<CallPlan, Failure> {
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

    /// Rings, keeps the report where it is asked for, and asks what the house wrote down.
    async fn rung(&self, plan: CallPlan, asked: &Asked) -> Result<(CallReport, Value), Failure> {
        let number = usize::try_from(plan.seed)?;
        let report = call(plan).await?;
        keep(&report, asked.out.as_deref(), number)?;
        let record = self.record(&report).await?;
        Ok((report, record))
    }

    /// The appointments there are.
    async fn appointments(&self) -> Result<Vec<Value>, Failure> {
        let stand = self.get("/api/appointments?limit=200&from=2026-11-23T00:00:00Z&to=2027-02-20T00:00:00Z").await?;
        Ok(stand["appointments"].as_array().cloned().unwrap_or_default())
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
