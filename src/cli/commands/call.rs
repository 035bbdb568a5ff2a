//! `ringlypro call`: a simulated caller rings the running gateway; what is heard is written and measured.

use crate::cli::Failure;
use crate::config::Config;
use crate::phone::E164;
use crate::secrets::Secrets;
use crate::simulator::lines::Voices;
use crate::simulator::words::ReadingAlong;
use crate::simulator::{CallPlan, CallReport, Network, Noise, Persona, SimulatorError, Summary, calls, persona};
use crate::speech::local::{LocalVoice, Resources};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The most calls of one command: beyond it the simulator is what is measured.
const CALLS_MAX: u32 = 200;
/// The account simulated calls belong to, unless one is configured.
const ACCOUNT_SID: &str = "AC00000000000000000000000000000000";

#[derive(Args)]
pub(in crate::cli) struct Call {
    /// Who calls; `--personas` lists them.
    #[arg(long, default_value = "booking")]
    persona: String,
    /// A file with personas of your own.
    #[arg(long, value_name = "FILE")]
    personas_from: Option<PathBuf>,
    /// List the personas and stop.
    #[arg(long)]
    personas: bool,
    /// Say these lines in turn instead, whatever the agent answers.
    #[arg(long = "say", value_name = "LINE", conflicts_with = "persona")]
    lines: Vec<String>,
    /// Play these WAV files in turn instead.
    #[arg(long = "play", value_name = "WAV", conflicts_with_all = ["persona", "lines"])]
    files: Vec<PathBuf>,
    /// Where the gateway listens.
    #[arg(long, value_name = "URL")]
    gateway: Option<String>,
    /// The number called.
    #[arg(long, default_value = "+13055550199")]
    to: String,
    /// The caller's number; further calls count up from it.
    #[arg(long, default_value = "+13055550142")]
    from: String,
    /// How many callers.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=i64::from(CALLS_MAX)))]
    calls: u32,
    /// The time between one call's ring and the next one's.
    #[arg(long, default_value_t = 500, value_name = "MS")]
    ramp_ms: u64,
    /// Noise behind the caller: speech over noise in dB (20 a quiet room, 10 a street).
    #[arg(long, value_name = "DB")]
    noise: Option<f32>,
    /// Frames are late by up to so much.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    jitter_ms: u32,
    /// The share of frames that are lost, 0 to 1.
    #[arg(long, default_value_t = 0.0)]
    loss: f64,
    /// The stream breaks after so many seconds, without a word to the gateway; again for the next stream.
    #[arg(long = "break-after", value_name = "SECONDS")]
    breaks: Vec<u64>,
    /// Decides noise, jitter and loss.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where recordings (caller left, agent right) and reports are written.
    #[arg(long, short, default_value = "out", value_name = "FOLDER")]
    output: PathBuf,
}

pub(in crate::cli) async fn run(config: &Config, call: Call) -> Result<(), Failure> {
    let own = match &call.personas_from {
        Some(path) => persona::read(&std::fs::read_to_string(path)?)?,
        None => Vec::new(),
    };
    if call.personas {
        for one in own.iter().chain(Persona::all()) {
            println!("{:<14} {}", one.name, one.about);
        }
        return Ok(());
    }
    let plan = plan(config, &call, &own).await?;
    let plans = (0..call.calls).map(|number| numbered(&plan, &call, number)).collect::<Result<Vec<_>, _>>()?;
    let reports = calls(plans, Duration::from_millis(call.ramp_ms)).await;
    std::fs::create_dir_all(&call.output)?;
    for (number, report) in reports.iter().enumerate() {
        match report {
            Ok(report) => keep(report, &call.output, number)?,
            Err(error) => eprintln!("call {}: {error}", number + 1),
        }
    }
    conclude(&reports, &call.output)
}

async fn plan(config: &Config, call: &Call, own: &[Arc<Persona>]) -> Result<CallPlan, Failure> {
    let secrets = Secrets::of(config)?;
    let gateway =
        call.gateway.clone().unwrap_or_else(|| format!("http://{}", config.local_address(config.listen.port())));
    let persona = if !call.lines.is_empty() {
        Arc::new(Persona::reciting(&call.lines.iter().map(String::as_str).collect::<Vec<_>>()))
    } else if !call.files.is_empty() {
        Arc::new(Persona::playing(&call.files))
    } else {
        let named = own.iter().find(|one| one.name == call.persona).cloned().or_else(|| Persona::named(&call.persona));
        named.ok_or_else(|| Failure::Said(format!("nobody is called {}; `--personas` lists who is", call.persona)))?
    };
    let account = config.twilio_account_sid.clone().unwrap_or_else(|| ACCOUNT_SID.to_owned());
    let (from, to) = (number(&call.from)?, number(&call.to)?);
    let mut plan = CallPlan::new(&gateway, &account, &secrets.twilio, from, to, persona);
    plan.public_url.clone_from(&config.public_url);
    plan.noise = call.noise.map(|snr_db| Noise { snr_db });
    plan.network = Network { jitter_ms_max: call.jitter_ms, loss: call.loss.clamp(0.0, 1.0) };
    plan.breaks = call.breaks.iter().map(|after| Duration::from_secs(*after)).collect();
    plan.words = Some(Arc::new(ReadingAlong::new(&gateway, &secrets.access)?));
    if call.files.is_empty() {
        let models = config.models.clone();
        let voice = tokio::task::spawn_blocking(move || LocalVoice::open(&models, Resources::default())).await;
        plan.voices = Voices::new(Arc::new(voice.map_err(|_| Failure::Said("the voice broke".to_owned()))??));
    }
    Ok(plan)
}

/// The plan of one of several callers: its own number, its own bad luck.
fn numbered(plan: &CallPlan, call: &Call, index: u32) -> Result<CallPlan, Failure> {
    let mut own = plan.clone();
    own.seed = call.seed.wrapping_add(index.into());
    if index > 0 {
        let digits: u64 = plan.from.as_str()[1..].parse().map_err(|_| Failure::Said("no number".to_owned()))?;
        own.from = number(&format!("+{}", digits + u64::from(index)))?;
    }
    Ok(own)
}

fn number(text: &str) -> Result<E164, Failure> {
    E164::parse(text, "US").map_err(|error| Failure::Said(format!("{text}: {error}")))
}

fn keep(report: &CallReport, folder: &Path, number: usize) -> Result<(), Failure> {
    let stem = format!("call-{:02}-{}", number + 1, report.persona);
    report.write_wav(&folder.join(format!("{stem}.wav")))?;
    report.write_json(&folder.join(format!("{stem}.json")))?;
    println!("{report}\n  {}", folder.join(format!("{stem}.{{wav,json}}")).display());
    Ok(())
}

/// The summary; a call that broke is a failure of the command.
fn conclude(reports: &[Result<CallReport, SimulatorError>], folder: &Path) -> Result<(), Failure> {
    let summary = Summary::of(reports);
    println!("{summary}");
    let json = serde_json::to_vec_pretty(&summary).map_err(std::io::Error::other)?;
    std::fs::write(folder.join("summary.json"), json)?;
    if summary.failed > 0 {
        return Err(Failure::Said(format!("{} of {} calls failed", summary.failed, summary.calls)));
    }
    Ok(())
}
