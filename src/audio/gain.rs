//! Loudness: how loud a stretch is, and bringing a voice to one level without clipping it.
//!
//! Levels are dBFS of the root mean square: 0 is a full-scale square wave. Pure arithmetic on slices.

/// What digital silence is said to measure, so that no level is minus infinity.
pub const FLOOR_DB: f32 = -100.0;
/// The most a voice is raised or lowered: beyond this it is not a quiet voice but noise, or a fault.
const GAIN_MAX_DB: f32 = 20.0;
/// A sample quieter than this is a pause, and does not count towards how loud a voice is.
const PAUSE_DB: f32 = -50.0;
/// Samples measured together when pauses are told from speech: 20 ms at 8 kHz.
const BLOCK: usize = 160;

/// The level of some samples in dBFS, [`FLOOR_DB`] for silence or nothing.
pub fn level_db(samples: &[f32]) -> f32 {
    if samples.is_empty() {
        return FLOOR_DB;
    }
    let power = samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32;
    decibels(power.sqrt())
}

/// The level of the speech among some samples: pauses left out.
pub fn speech_level_db(samples: &[f32]) -> f32 {
    let (mut power, mut counted) = (0.0, 0_usize);
    for block in samples.chunks(BLOCK) {
        if level_db(block) > PAUSE_DB {
            power += block.iter().map(|s| s * s).sum::<f32>();
            counted += block.len();
        }
    }
    if counted == 0 { FLOOR_DB } else { decibels((power / counted as f32).sqrt()) }
}

/// The factor that brings speech at `level_db` to `target_db` while its `peak` stays at or under `peak_max`.
///
/// Silence is left alone (factor 1).
pub fn matching_gain(level_db: f32, peak: f32, target_db: f32, peak_max: f32) -> f32 {
    if level_db <= PAUSE_DB || !level_db.is_finite() {
        return 1.0;
    }
    let wanted = amplitude((target_db - level_db).clamp(-GAIN_MAX_DB, GAIN_MAX_DB));
    if peak > 0.0 { wanted.min(peak_max / peak) } else { wanted }
}

/// Brings a whole clip to `target_db`, as far as no sample passes `peak_max`. Returns the factor used.
pub fn match_level(samples: &mut [f32], target_db: f32, peak_max: f32) -> f32 {
    let peak = samples.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
    let gain = matching_gain(speech_level_db(samples), peak, target_db, peak_max);
    for sample in samples {
        *sample *= gain;
    }
    gain
}

fn decibels(amplitude: f32) -> f32 {
    if amplitude > 0.0 { (20.0 * amplitude.log10()).max(FLOOR_DB) } else { FLOOR_DB }
}

fn amplitude(decibels: f32) -> f32 {
    10.0_f32.powf(decibels / 20.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tone(amplitude: f32, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| amplitude * (n as f32 * 0.3).sin()).collect()
    }

    #[test]
    fn a_full_scale_sine_measures_three_decibels_under() {
        assert!((level_db(&tone(1.0, 8_000)) + 3.01).abs() < 0.05);
        assert_eq!((level_db(&[]), level_db(&[0.0; 100])), (FLOOR_DB, FLOOR_DB));
    }

    #[test]
    fn pauses_do_not_make_a_voice_quieter() {
        let mut clip = tone(0.2, 8_000);
        let alone = speech_level_db(&clip);
        clip.resize(16_000, 0.0);
        assert!((speech_level_db(&clip) - alone).abs() < 0.1);
    }

    proptest! {
        #[test]
        fn matching_reaches_the_level_or_the_peak_and_never_clips(amplitude in 0.02f32..1.0, target in -30f32..-6.0) {
            let mut clip = tone(amplitude, 4_000);
            let gain = match_level(&mut clip, target, 0.9);
            let peak = clip.iter().fold(0.0_f32, |p, s| p.max(s.abs()));
            prop_assert!(peak <= 0.901);
            let reached = (speech_level_db(&clip) - target).abs() < 0.2;
            prop_assert!(reached || peak > 0.89 || (gain.log10() * 20.0).abs() > GAIN_MAX_DB - 0.1);
        }
    }
}
