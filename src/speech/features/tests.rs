//! Against the numbers of the reference implementation (numpy, double precision), computed once.

use super::*;

/// 3.2 s of a wavering tone, a high one and noise from a linear congruential generator: the reference made the same.
pub(crate) fn reference_signal() -> Vec<f32> {
    let mut state = 12_345_u32;
    (0..51_200)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = f64::from(state) / 4_294_967_296.0 - 0.5;
            let time = f64::from(n) / 16_000.0;
            let turn = |frequency: f64| (2.0 * PI * frequency * time).sin();
            narrow(0.3 * turn(220.0) * (1.0 + 0.5 * turn(3.0)) + 0.05 * turn(3_100.0) + 0.02 * noise)
        })
        .collect()
}

#[test]
fn features_equal_the_reference() {
    const EXPECTED: [(usize, usize, f32); 12] = [
        (0, 0, -0.192_031),
        (0, 799, 0.832_091),
        (3, 480, 1.506_42),
        (5, 479, 0.659_724),
        (5, 500, 1.644_14),
        (6, 640, 1.506_471),
        (20, 700, 0.446_277),
        (40, 481, 0.376_57),
        (57, 600, 0.439_385),
        (58, 790, 0.520_43),
        (79, 479, -0.192_031),
        (79, 799, 0.470_402),
    ];
    let features = Features::default().of(&reference_signal());
    for (band, frame, expected) in EXPECTED {
        let ours = features[band * FRAMES + frame];
        assert!((ours - expected).abs() < 2e-4, "band {band}, frame {frame}: {ours}, not {expected}");
    }
    let mean = features.iter().map(|&f| f64::from(f)).sum::<f64>() / features.len() as f64;
    assert!((mean - 0.097_622_9).abs() < 1e-5, "mean {mean}");
}

#[test]
fn any_length_gives_the_same_size_and_finite_numbers() {
    let features = Features::default();
    for length in [0, 1, 159, 160, 16_000, SAMPLES - 1, SAMPLES, SAMPLES + 1, 3 * SAMPLES] {
        for value in [0.0, 1.0, f32::NAN, f32::INFINITY] {
            let of = features.of(&vec![value; length]);
            assert_eq!(of.len(), BANDS * FRAMES);
            assert!(of.iter().all(|feature| feature.is_finite()), "{length} samples of {value}");
        }
    }
}

#[test]
fn only_the_last_eight_seconds_count() {
    let features = Features::default();
    let tail = reference_signal().repeat(3);
    let mut longer = vec![0.9; 40_000];
    longer.extend_from_slice(&tail);
    assert_eq!(features.of(&tail), features.of(&longer));
}

#[test]
fn loudness_does_not_matter() {
    let features = Features::default();
    let loud = reference_signal();
    let quiet: Vec<f32> = loud.iter().map(|sample| sample * 0.1).collect();
    for (a, b) in features.of(&loud).iter().zip(features.of(&quiet)) {
        assert!((a - b).abs() < 0.01, "{a} loud, {b} quiet");
    }
}
