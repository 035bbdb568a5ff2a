//! The real model, against the reference and on real voices over a telephone line.

use super::*;
use crate::speech::features::tests::reference_signal;
use crate::speech::testing::{models, recordings, recordings_folder, samples, telephone};
use std::sync::OnceLock;

fn model() -> &'static SmartTurn {
    static MODEL: OnceLock<SmartTurn> = OnceLock::new();
    MODEL.get_or_init(|| SmartTurn::load(&models()).expect("the model loads"))
}

fn finished(audio: &[f32]) -> f32 {
    model().finished(&Pcm(audio.to_vec())).expect("an answer")
}

#[test]
fn a_tone_is_as_unfinished_as_the_reference_says() {
    let ours = model().probability(&reference_signal()).expect("an answer");
    assert!((ours - 0.0091).abs() < 0.005, "{ours}");
}

#[test]
fn probabilities_equal_the_reference_on_real_voices() {
    const EXPECTED: [(&str, usize, f32); 8] = [
        ("jfk.wav", 176_000, 0.8548),
        ("jfk.wav", 112_000, 0.0140),
        ("lj-lj001-0015.wav", 147_793, 0.9523),
        ("lj-lj001-0015.wav", 41_600, 0.9893),
        ("ast-en-vm-sorry.wav", 49_160, 0.9685),
        ("pv-es-arenas.wav", 138_624, 0.9719),
        ("sb-spk1-snt2.wav", 50_400, 0.2642),
        ("sb-spk1-snt2.wav", 24_000, 0.0088),
    ];
    let Some(folder) = recordings_folder() else { return };
    for (file, length, expected) in EXPECTED {
        let audio = samples(&folder, file);
        let ours = model().probability(&audio[..length.min(audio.len())]).expect("an answer");
        // int8 kernels differ a little between processors.
        assert!((ours - expected).abs() < 0.08, "{file} to {length}: {ours}, not {expected}");
    }
}

#[test]
fn whole_sentences_sound_finished_and_cut_ones_do_not() {
    let Some(folder) = recordings_folder() else { return };
    let (mut whole, mut cut) = (Vec::new(), Vec::new());
    for recording in recordings(&folder).iter().filter(|r| r.style == "prompt" || r.style == "read") {
        let audio = telephone(&samples(&folder, &recording.file));
        let sentence = recording.text.trim_end().ends_with(['.', '?', '!']);
        if !sentence || audio.len() > 12 * 16_000 || audio.len() < 2 * 16_000 {
            continue;
        }
        whole.push(finished(&audio));
        for percent in [35, 50, 65] {
            // The voice stops there, and then comes the silence in which the question is asked.
            let mut stopped = audio[..audio.len() * percent / 100].to_vec();
            stopped.extend([0.0; 3_200]);
            cut.push(finished(&stopped));
        }
    }
    let share = |of: &[f32]| of.iter().filter(|&&p| p > 0.5).count() as f32 / of.len() as f32;
    assert!(whole.len() >= 10, "{} sentences are too few to tell", whole.len());
    // A blind cut often falls where a shorter sentence could end, so the model is right about those too.
    eprintln!("sound finished: {:.2} of whole sentences, {:.2} of cut ones", share(&whole), share(&cut));
    assert!(share(&whole) > 0.8, "{:.2} of whole sentences sound finished", share(&whole));
    assert!(share(&cut) < 0.48, "{:.2} of cut sentences sound finished", share(&cut));
}

#[test]
fn the_silence_after_a_voice_does_not_count() {
    let voice = reference_signal();
    let mut waited = voice.clone();
    waited.resize(waited.len() + 8_000, 0.0);
    assert_eq!(without_tail(&waited).len(), voice.len() + TAIL_STRIDES * STRIDE);
    assert_eq!(without_tail(&voice), voice);
    assert!(without_tail(&[]).is_empty());
    assert!(without_tail(&[0.0; 3_000]).len() <= TAIL_STRIDES * STRIDE);
    assert!(without_tail(&[f32::NAN; 3_000]).len() <= 3_000);
}
