//! Journals of real calls, kept under `tests/journals`: this program still does what was done then.
//!
//! A journal that differs shows a change of behaviour. If it was meant, `ringlypro replay --renew FILE` keeps the new one.

use ringlypro::app::receptionist;
use ringlypro::dialogue::Phrases;
use ringlypro::nlu::Grammar;
use ringlypro::switchboard::journals;
use std::path::Path;
use std::sync::Arc;

#[test]
fn every_kept_journal_replays_to_the_same_actions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals");
    let grammar = Arc::new(Grammar::embedded().expect("a grammar"));
    let phrases = Arc::new(Phrases::embedded().expect("phrases"));
    let mut replayed = 0;
    for entry in std::fs::read_dir(folder).expect("journals").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|ending| ending != "jsonl") {
            continue;
        }
        let text = journals::read(&path).expect("readable");
        let mut turns = 0;
        let kept = receptionist::replay(&text, grammar.clone(), phrases.clone(), |step| {
            let recorded = |action: &&_| matches!(action, ringlypro::call::action::Action::Record(_));
            turns += step.actions.iter().filter(recorded).count();
        });
        if let Err(error) = kept {
            let told: String = error.to_string().chars().take(2_000).collect();
            panic!("{}: {told}\nIf this was meant: ringlypro replay --renew {0}", path.display());
        }
        assert!(turns > 0, "{} is a conversation", path.display());
        replayed += 1;
    }
    assert!(replayed > 0, "there are journals");
}

#[test]
fn a_journal_cut_off_at_any_byte_replays_as_far_as_it_goes() {
    /// Far enough apart that the test stays short, and no multiple of a line's length.
    const STEP: usize = 19_997;
    let whole =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals/interrupted.jsonl")).expect("there");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cut.jsonl");
    let grammar = Arc::new(Grammar::embedded().expect("a grammar"));
    let phrases = Arc::new(Phrases::embedded().expect("phrases"));
    let start = whole.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
    // After the first line, in and around the ones that follow, and then here and there.
    for length in (start..start + 700).step_by(7).chain((start..whole.len()).step_by(STEP)) {
        std::fs::write(&path, &whole[..length]).expect("written");
        let text = journals::read(&path).expect("readable");
        let kept = receptionist::replay(&text, grammar.clone(), phrases.clone(), |_| {});
        assert!(kept.is_ok(), "{length} bytes: {:?}", kept.err().map(|error| error.to_string()));
    }
}
