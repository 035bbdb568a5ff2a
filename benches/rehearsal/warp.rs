//! Where a place in one recording lies in another of the same words: dynamic time warping over band energies.

use realfft::RealFftPlanner;

/// Samples between frames: 10 ms at 8 kHz.
const STEP: usize = 80;
/// Samples of a frame.
const FRAME: usize = 256;
/// Bands, equally wide in octaves from 200 to 3,400 Hz.
const BANDS: usize = 16;
/// A band softer than this is silence (log of its energy).
const FLOOR: f32 = -12.0;

/// The places of `there` that correspond to the `places` of `here`, in samples, in order.
pub(crate) fn places(here: &[f32], there: &[f32], places: &[usize]) -> Vec<usize> {
    let (a, b) = (spectra(here), spectra(there));
    if a.is_empty() || b.is_empty() {
        return places.to_vec();
    }
    let path = path(&a, &b);
    let across = |place: &usize| {
        let frame = (place / STEP).min(a.len() - 1);
        let matched: Vec<usize> = path.iter().filter(|(i, _)| *i == frame).map(|(_, j)| *j).collect();
        matched.get(matched.len() / 2).map_or(0, |j| j * STEP)
    };
    let mut found: Vec<usize> = places.iter().map(across).collect();
    found.sort_unstable();
    found
}

/// The cheapest way through both, as pairs of frames.
fn path(a: &[[f32; BANDS]], b: &[[f32; BANDS]]) -> Vec<(usize, usize)> {
    let width = b.len();
    let mut cost = vec![f32::INFINITY; a.len() * width];
    for i in 0..a.len() {
        for j in 0..width {
            let before = [(1, 1), (1, 0), (0, 1)]
                .into_iter()
                .filter(|(di, dj)| i >= *di && j >= *dj)
                .map(|(di, dj)| cost[(i - di) * width + j - dj])
                .fold(f32::INFINITY, f32::min);
            let before = if i == 0 && j == 0 { 0.0 } else { before };
            cost[i * width + j] = before + distance(&a[i], &b[j]);
        }
    }
    let (mut i, mut j) = (a.len() - 1, width - 1);
    let mut path = vec![(i, j)];
    while i > 0 || j > 0 {
        let steps = [(1, 1), (1, 0), (0, 1)].into_iter().filter(|(di, dj)| i >= *di && j >= *dj);
        let best = steps.min_by(|x, y| {
            let of = |(di, dj): &(usize, usize)| cost[(i - di) * width + j - dj];
            of(x).total_cmp(&of(y))
        });
        let (di, dj) = best.unwrap_or((i.min(1), j.min(1)));
        (i, j) = (i - di, j - dj);
        path.push((i, j));
    }
    path.reverse();
    path
}

fn distance(a: &[f32; BANDS], b: &[f32; BANDS]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
}

fn spectra(samples: &[f32]) -> Vec<[f32; BANDS]> {
    let transform = RealFftPlanner::<f32>::new().plan_fft_forward(FRAME);
    let (mut input, mut output) = (transform.make_input_vec(), transform.make_output_vec());
    let edge = |band: usize| (200.0 * 17.0_f32.powf(band as f32 / BANDS as f32) / 8_000.0 * FRAME as f32) as usize;
    let mut all = Vec::new();
    for frame in samples.windows(FRAME).step_by(STEP) {
        for (n, (to, sample)) in input.iter_mut().zip(frame).enumerate() {
            let hann = 0.5 - 0.5 * (2.0 * std::f32::consts::PI * n as f32 / FRAME as f32).cos();
            *to = sample * hann;
        }
        if transform.process(&mut input, &mut output).is_err() {
            break;
        }
        let band = |band: usize| {
            let to = edge(band + 1).max(edge(band) + 1);
            output[edge(band)..to].iter().map(realfft::num_complex::Complex::norm_sqr).sum::<f32>().ln().max(FLOOR)
        };
        all.push(std::array::from_fn(band));
    }
    all
}
