//! The real model on real voices, noise and silence.

use super::*;
use crate::speech::testing::{models, noise, recordings, recordings_folder, samples, telephone};
use std::sync::OnceLock;

fn detector() -> SileroVad {
    static MODEL: OnceLock<SileroModel> = OnceLock::new();
    MODEL.get_or_init(|| SileroModel::load(&models()).expect("the model loads")).listen()
}

fn probabilities(audio: &[f32]) -> Vec<f32> {
    let mut detector = detector();
    audio.as_chunks::<VAD_WINDOW>().0.iter().map(|window| detector.speech(window)).collect()
}

/// The share of windows taken for speech.
fn voiced(audio: &[f32]) -> f32 {
    let probabilities = probabilities(audio);
    probabilities.iter().filter(|&&p| p > 0.5).count() as f32 / probabilities.len() as f32
}

#[test]
fn silence_and_line_noise_hold_no_speech() {
    for (name, rms) in [("silence", 0.0), ("hiss", 0.0008), ("noise", 0.01), ("loud noise", 0.1)] {
        for seed in 1..4 {
            let share = voiced(&telephone(&noise(5 * 16_000, rms, seed)));
            assert!(share < 0.02, "{name}: {share} taken for speech");
        }
    }
}

#[test]
fn voices_on_a_telephone_line_are_found() {
    let Some(folder) = recordings_folder() else { return };
    for recording in recordings(&folder).iter().filter(|r| r.style == "read" || r.style == "prompt").step_by(3) {
        let share = voiced(&telephone(&samples(&folder, &recording.file)));
        assert!(share > 0.5, "{}: only {share} taken for speech", recording.file);
    }
}

#[test]
fn the_gate_changes_nothing_that_is_heard_after_it() {
    let Some(folder) = recordings_folder() else { return };
    let (mut windows, mut differing) = (0, 0);
    for recording in recordings(&folder).iter().filter(|r| r.style == "prompt").step_by(4) {
        let mut audio = vec![0.0; 64 * VAD_WINDOW];
        audio.extend(telephone(&samples(&folder, &recording.file)));
        let mut ungated = detector();
        let gated = probabilities(&audio);
        for (window, gated) in audio.as_chunks::<VAD_WINDOW>().0.iter().zip(gated) {
            let model = ungated.infer(window).expect("a probability");
            windows += 1;
            differing += usize::from((gated > 0.5) != (model > 0.5));
        }
    }
    assert!(windows > 500 && differing * 100 < windows, "{differing} of {windows} windows judged otherwise");
}

#[test]
fn a_silent_line_does_not_reach_the_model() {
    let mut detector = detector();
    let silence = [0.0; VAD_WINDOW];
    for _ in 0..=GATE_WINDOWS {
        detector.speech(&silence);
    }
    let state = detector.state;
    assert!(detector.speech(&silence).abs() < f32::EPSILON);
    assert!(detector.state.iter().zip(state).all(|(now, then)| now.to_bits() == then.to_bits()));
}

#[test]
fn many_calls_share_the_sessions_without_mixing_their_states() {
    let Some(folder) = recordings_folder() else { return };
    let voice = telephone(&samples(&folder, "jfk.wav"));
    let alone = probabilities(&voice);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(probabilities(&voice), alone));
        }
    });
}

#[test]
fn loudness_answers_where_the_model_cannot() {
    assert!(by_loudness(0.1) > 0.9);
    assert!(by_loudness(0.001) < 0.1);
    assert!(by_loudness(0.0) < 0.1);
}
