//! Making the second opinion from a folder of sentences, and measuring it honestly.
//!
//! Only sources whose licences are permissive are learnt from. Folds follow the `group` of a line, so that near-twins
//! are never on both sides. Read next: [`crate::nlu`] for what the table is used for.

use super::{EvaluateError, IntentScore, Line, Options, Scorer};
use crate::nlu::{Grammar, Intent, Language, train_opinion};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Sources under share-alike terms; sentences from them are measured on but never learnt from.
const SHARE_ALIKE: &[&str] = &["SGD", "MTOD"];
/// Parts the sentences are split into for the honest figure.
const FOLDS: usize = 5;

/// Writes `opinion.<lang>.txt` into `folder_out`, and prints what the whole system reaches on lines its opinion has not
/// seen (five folds).
pub fn train(
    grammar: &mut Grammar,
    options: &Options,
    folder_out: &Path,
    mut output: impl Write,
) -> Result<(), EvaluateError> {
    let failed = |what: &Path, error| EvaluateError::Io(what.display().to_string(), error);
    for (name, language) in [("en", Language::En), ("es", Language::Es)] {
        let Some(lines) = (Scorer { grammar, options, wrong: Vec::new() }).lines("intents", name)? else { continue };
        let (score, wrong) = folds(grammar, options, language, &lines)?;
        let _ = writeln!(output, "{name}: macro-F1 {:.3}, accuracy {} on unseen lines", score.macro_f1, score.accuracy);
        let mut confusions: Vec<_> = score.confusions.iter().collect();
        confusions.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        for (intent, (precision, recall, f1, lines)) in &score.per_intent {
            let _ = writeln!(output, "  {intent:<24} {precision:.2} {recall:.2} {f1:.2} {lines}");
        }
        for ((expected, got), count) in confusions.into_iter().take(super::CONFUSIONS_MAX) {
            let _ = writeln!(output, "  {count:>4} {expected} -> {got}");
        }
        if options.failures {
            for line in &wrong {
                let _ = writeln!(output, "{line}");
            }
        }
        let table = train_opinion(&examples(&lines, |_| true));
        let path = folder_out.join(format!("opinion.{name}.txt"));
        fs::write(&path, &table).map_err(|error| failed(&path, error))?;
        set(grammar, language, &table)?;
    }
    Ok(())
}

fn set(grammar: &mut Grammar, language: Language, table: &str) -> Result<(), EvaluateError> {
    grammar.set_opinion(language, "opinion", table).map_err(|error| EvaluateError::Line {
        file: error.file,
        line: error.line,
        problem: error.problem,
    })
}

fn examples(lines: &[Line], wanted: impl Fn(&Line) -> bool) -> Vec<(String, Intent)> {
    lines
        .iter()
        .filter(|line| !SHARE_ALIKE.iter().any(|source| line.source.starts_with(source)) && wanted(line))
        .filter_map(|line| Some((line.question.text.clone(), Intent::named(line.intent.as_deref()?)?)))
        .collect()
}

fn fold_of(line: &Line) -> usize {
    line.group.bytes().fold(7usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte))) % FOLDS
}

fn folds(
    grammar: &mut Grammar,
    options: &Options,
    language: Language,
    lines: &[Line],
) -> Result<(IntentScore, Vec<String>), EvaluateError> {
    let mut answers = Vec::new();
    for fold in 0..FOLDS {
        set(grammar, language, &train_opinion(&examples(lines, |line| fold_of(line) != fold)))?;
        let scorer = Scorer { grammar, options, wrong: Vec::new() };
        answers.extend(lines.iter().filter(|line| fold_of(line) == fold).map(|line| (line, scorer.understood(line))));
    }
    let mut scorer = Scorer { grammar, options, wrong: Vec::new() };
    let score = scorer.intent_score(&answers);
    Ok((score, scorer.wrong))
}
