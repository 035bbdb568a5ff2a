//! `ringlypro replay`: a call's journal, run again through the pure machine. No model, no network, no database.

use crate::app::receptionist;
use crate::call::explain::Explanation;
use crate::cli::Failure;
use crate::dialogue::Phrases;
use crate::nlu::Grammar;
use crate::switchboard::journals;
use clap::Args;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Args)]
pub(in crate::cli) struct Replay {
    /// A journal, as in `data/journals/<call>.jsonl`.
    file: PathBuf,
    /// Show what each turn was decided on.
    #[arg(long)]
    explain: bool,
    /// Write the journal anew as this program would have kept it: for journals that are tests, after a change that was meant.
    #[arg(long, conflicts_with = "explain")]
    renew: bool,
}

pub(in crate::cli) fn run(asked: &Replay) -> Result<(), Failure> {
    let said = |error: &dyn std::fmt::Display| Failure::Said(format!("{}: {error}", asked.file.display()));
    let text = journals::read(&asked.file).map_err(|error| said(&error))?;
    let grammar = Grammar::embedded().map_err(|error| said(&error))?;
    let phrases = Phrases::embedded().map_err(|error| said(&error))?;
    let (grammar, phrases) = (Arc::new(grammar), Arc::new(phrases));
    if asked.renew {
        let renewed = receptionist::renew(&text, grammar, phrases).map_err(|error| said(&error))?;
        return Ok(std::fs::write(&asked.file, renewed)?);
    }
    let (mut events, mut actions) = (0_usize, 0_usize);
    let mut explanation = Explanation::default();
    let replayed = receptionist::replay(&text, grammar, phrases, |step| {
        events += usize::from(step.event.is_some());
        actions += step.actions.len();
        for line in explanation.take(&step) {
            if asked.explain {
                tell(&line);
            }
        }
    });
    let kept = replayed.map_err(|error| said(&error))?;
    tell(&format!("{events} events, {actions} actions, the same as then; {} s of call", kept.last.as_ms() / 1_000));
    if kept.resumes > 0 {
        tell(&format!("picked up {} times", kept.resumes));
    }
    if let Some(why) = kept.broken {
        tell(&format!("the journal ends before the call: {why}"));
    }
    Ok(())
}

/// A line for whoever reads along; nobody may, as when it goes through `head`.
fn tell(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}
