//! What 20 ms of a call cost without any model: bytes to samples, 8 to 16 kHz, levels, the session, frames out.
//!
//! `cargo bench --bench frame`. Prints a table; asserts nothing.

use ringlypro::audio::opus::{PACKET_SAMPLES, StereoEncoder, StereoFrame};
use ringlypro::audio::{FRAME_BYTES, LISTENING_HZ, TELEPHONE_HZ, gain, mulaw, resample::Resampler};
use ringlypro::telemetry::cpu::{self, Stage};
use std::f32::consts::TAU;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Ten minutes of a call.
const FRAMES: u32 = 30_000;
/// What a frame lasts.
const FRAME: Duration = Duration::from_millis(20);
/// Samples of one window of the voice detector.
const WINDOW: usize = 512;

fn main() {
    let bytes: Vec<u8> = (0..FRAME_BYTES).map(|n| mulaw::encode((n as f32 * 0.3).sin() * 0.3)).collect();
    let samples: Vec<f32> = bytes.iter().map(|&byte| mulaw::decode(byte)).collect();
    println!("{:<44}{:>12}{:>14}", "per frame of 20 ms", "ns", "% of a core");

    let mut decoded = Vec::with_capacity(FRAME_BYTES);
    row("µ-law to samples", || {
        decoded.clear();
        mulaw::decode_into(black_box(&bytes), &mut decoded);
    });
    let mut encoded = Vec::with_capacity(FRAME_BYTES);
    row("samples to µ-law", || {
        encoded.clear();
        mulaw::encode_into(black_box(&samples), &mut encoded);
    });
    let (mut up, mut heard) = (Resampler::<TELEPHONE_HZ, LISTENING_HZ>::new(), Vec::with_capacity(4 * FRAME_BYTES));
    row("8 to 16 kHz", || {
        heard.clear();
        up.push(black_box(&samples), &mut heard);
    });
    let voice: Vec<f32> = (0..480).map(|n| (n as f32 * 0.1).sin() * 0.3).collect();
    let (mut down, mut made) = (Resampler::<24_000, TELEPHONE_HZ>::new(), Vec::with_capacity(2 * FRAME_BYTES));
    row("24 to 8 kHz (a voice that needs it)", || {
        made.clear();
        down.push(black_box(&voice), &mut made);
    });
    let window = vec![0.1_f32; WINDOW];
    row("level of a window (512 samples)", || {
        black_box(gain::level_db(black_box(&window)));
    });

    let (mut up, mut ear) = (Resampler::<TELEPHONE_HZ, LISTENING_HZ>::new(), Vec::with_capacity(4 * WINDOW));
    row("hearing in all: decode, resample, level", || {
        decoded.clear();
        mulaw::decode_into(black_box(&bytes), &mut decoded);
        up.push(&decoded, &mut ear);
        while ear.len() >= WINDOW {
            black_box(gain::level_db(&ear[..WINDOW]));
            ear.drain(..WINDOW);
        }
    });
    row("telling what a section costs: two CPU clocks", || cpu::spent(Stage::Media, || {}));
    recording();
    let start = Instant::now();
    for _ in 0..100 {
        black_box(Resampler::<TELEPHONE_HZ, LISTENING_HZ>::new());
    }
    println!("\nmaking a resampler, once per call: {} µs", start.elapsed().as_micros() / 100);
    println!("the session's share is in `cargo bench --bench session`");
}

/// Both sides of a call into Opus: the caller over the agent, which costs most, and a line on which nobody speaks.
fn recording() {
    /// Ten seconds.
    const LOOP: usize = 500;
    let mut encoder = StereoEncoder::new().expect("libopus");
    let sample = |n: usize| {
        let second = (n / 2) as f32 / TELEPHONE_HZ as f32;
        let (hz, beat) = if n.is_multiple_of(2) { (140.0, 3.1) } else { (210.0, 4.3) };
        let voice: f32 = (1..12_u8).map(|k| (second * hz * f32::from(k) * TAU).sin() / f32::from(k)).sum();
        0.2 * voice * (second * beat * TAU).sin().max(0.0)
    };
    let frames: Vec<StereoFrame> =
        (0..LOOP).map(|frame| std::array::from_fn(|n| sample(frame * PACKET_SAMPLES * 2 + n))).collect();
    let mut talk = frames.iter().cycle();
    row("recording: both sides talk, Opus", || {
        let frame = talk.next().expect("it goes round");
        black_box(encoder.encode(black_box(frame)).expect("a packet").len());
    });
    row("recording: silence, Opus", || {
        black_box(encoder.encode(black_box(&[0.0; PACKET_SAMPLES * 2])).expect("a packet").len());
    });
}

/// Runs a stage ten minutes' worth of frames, after a warm-up, and prints what one costs.
fn row(name: &str, mut stage: impl FnMut()) {
    for _ in 0..FRAMES / 10 {
        stage();
    }
    let start = Instant::now();
    for _ in 0..FRAMES {
        stage();
    }
    let each = start.elapsed() / FRAMES;
    println!("{name:<44}{:>12}{:>14.4}", each.as_nanos(), each.as_secs_f64() / FRAME.as_secs_f64() * 100.0);
}
