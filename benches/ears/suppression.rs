//! Is taking noise out before listening worth it? `RNNoise` (Valin 2018, through `nnnoiseless`) on telephone recordings with
//! noise behind them, recognised with and without it.
//!
//! `RNNoise` works at 48 kHz on frames of 10 ms; what it takes to get there and back is part of the price.

use crate::testing::{self, Recording};
use ringlypro::audio::Pcm;
use ringlypro::speech::suppression::suppressed;
use std::path::Path;
use std::time::{Duration, Instant};

/// Speech over noise, in decibels; none: the line as it is.
const SNRS_DB: [Option<f32>; 4] = [None, Some(15.0), Some(10.0), Some(5.0)];
/// Voices that talk at once behind the caller.
const BABBLE: usize = 6;

/// Prints word errors by noise, with and without, and what 20 ms cost.
pub(crate) fn suppression(hear: &dyn Fn(&[f32]) -> String) {
    let Some(folder) = testing::recordings_folder() else { return };
    let recordings: Vec<Recording> =
        testing::recordings(&folder).into_iter().filter(|recording| recording.lang == "en").collect();
    let babble = babble(&folder, &recordings);
    let (mut spent, mut frames) = (Duration::ZERO, 0_u32);
    println!("| noise behind telephone recordings | words | errors as they are | with RNNoise |\n|---|---|---|---|");
    for (name, voices) in [("white", None), ("six voices", Some(&babble))] {
        for snr in SNRS_DB {
            let mut sums = [0; 3];
            for (seed, recording) in (1..).zip(&recordings) {
                let clean = testing::samples(&folder, &recording.file);
                let noisy =
                    testing::telephone(&snr.map_or_else(|| clean.clone(), |snr| mixed(&clean, voices, snr, seed)));
                let began = Instant::now();
                let Pcm(suppressed) = suppressed(&Pcm(noisy.clone()));
                spent += began.elapsed();
                frames += u32::try_from(noisy.len() / 320).unwrap_or_default();
                let (without, words) = testing::word_errors(&recording.text, &hear(&noisy));
                let (with, _) = testing::word_errors(&recording.text, &hear(&suppressed));
                for (sum, count) in sums.iter_mut().zip([words, without, with]) {
                    *sum += count;
                }
            }
            let [words, without, with] = sums;
            let percent = |errors: usize| 100.0 * errors as f32 / words.max(1) as f32;
            let noise = snr.map_or_else(|| "none".to_owned(), |snr| format!("{name}, {snr} dB below speech"));
            println!("| {noise} | {words} | {:.1} % | {:.1} % |", percent(without), percent(with));
        }
    }
    println!("RNNoise with its resampling: {:.0} µs per 20 ms", spent.as_micros() as f64 / f64::from(frames.max(1)));
}

/// Several people at once, a minute of them.
fn babble(folder: &Path, recordings: &[Recording]) -> Vec<f32> {
    let mut all = vec![0.0; 60 * 16_000];
    for voice in 0..BABBLE {
        let spoken = recordings.iter().skip(voice).step_by(BABBLE).flat_map(|one| testing::samples(folder, &one.file));
        all.iter_mut().zip(spoken).for_each(|(sum, sample)| *sum += sample);
    }
    all
}

/// Speech with noise behind it, so many decibels softer.
fn mixed(speech: &[f32], voices: Option<&Vec<f32>>, snr_db: f32, seed: u64) -> Vec<f32> {
    let noise = match voices {
        // Each recording has another stretch behind it.
        Some(voices) => voices.iter().cycle().skip(seed as usize * 7_919).take(speech.len()).copied().collect(),
        None => testing::noise(speech.len(), 0.1, seed),
    };
    let rms = |audio: &[f32]| (audio.iter().map(|s| s * s).sum::<f32>() / audio.len().max(1) as f32).sqrt();
    let gain = rms(speech) / rms(&noise).max(f32::EPSILON) * 10_f32.powf(-snr_db / 20.0);
    speech.iter().zip(noise).map(|(sample, noise)| sample + gain * noise).collect()
}
