//! The far end of the line: what is played when, the room's noise, and where speech lies in a recording.

use ringlypro::audio::{FRAME_BYTES, mulaw};
use std::collections::VecDeque;

/// Samples of 10 ms at 8 kHz.
const STEP: usize = 80;
/// Recordings are levelled to −20 dBFS of speech; sound under this is no speech, whatever it is.
const SPEECH_DB_MIN: f32 = -45.0;
/// Speech stands this much above the floor of a recording that has noise of its own.
const OVER_FLOOR_DB: f32 = 12.0;
/// Sound shorter than this is a click.
const CLICK_STEPS: usize = 4;

/// Frames, each with the sample it begins to play at.
type Frames = Vec<(usize, Vec<u8>)>;

/// Plays frames as they come, one after the other, at the media clock's pace. All times are those at which something arrives.
#[derive(Debug, Default)]
pub(crate) struct Playout {
    /// Everything played or still to be played, at 8 kHz from the answer on.
    track: Vec<f32>,
    /// Marks with the sample they stand behind.
    marks: VecDeque<(usize, String)>,
    /// Where the next frame will be played at the earliest.
    end: usize,
    /// The frames since the last clear.
    frames: Frames,
    /// Where it was cut, and the frames that came before.
    cuts: Vec<(usize, Frames)>,
}

impl Playout {
    /// A frame comes.
    pub(crate) fn media(&mut self, at_ms: u64, bytes: &[u8]) {
        let from = self.end.max(at_ms as usize * 8);
        self.track.resize(from, 0.0);
        self.track.extend(bytes.iter().map(|&byte| mulaw::decode(byte)));
        self.end = self.track.len();
        self.frames.push((from, bytes.to_vec()));
    }

    /// A mark comes.
    pub(crate) fn mark(&mut self, at_ms: u64, name: String) {
        self.marks.push_back((self.end.max(at_ms as usize * 8), name));
    }

    /// What has not been played is thrown away; its marks come back.
    pub(crate) fn clear(&mut self, at_ms: u64) -> Vec<String> {
        let at = at_ms as usize * 8;
        self.track.truncate(at);
        self.end = self.track.len();
        self.cuts.push((at, std::mem::take(&mut self.frames)));
        // Those that are reached before are told when they are.
        let reached = self.marks.iter().take_while(|(place, _)| *place <= at).count();
        self.marks.drain(reached..).map(|(_, name)| name).collect()
    }

    /// How much was heard twice, for each clear after which the same words went on, in milliseconds; negative: so much of
    /// them was left out.
    pub(crate) fn repeated_ms(&self) -> Vec<i64> {
        let after = self.cuts.iter().skip(1).map(|(_, frames)| frames).chain([&self.frames]);
        self.cuts.iter().zip(after).filter_map(|((at, before), after)| repeated_ms(*at, before, after)).collect()
    }

    /// The marks that playback has reached.
    pub(crate) fn until(&mut self, at_ms: u64) -> Vec<String> {
        let at = at_ms as usize * 8;
        let reached = self.marks.iter().take_while(|(place, _)| *place <= at).count();
        self.marks.drain(..reached).map(|(_, name)| name).collect()
    }

    /// The sample played at a place of the media clock.
    pub(crate) fn sample(&self, at: usize) -> f32 {
        self.track.get(at).copied().unwrap_or(0.0)
    }

    /// All that was played.
    pub(crate) fn played(&self) -> Vec<f32> {
        self.track.clone()
    }
}

/// Frames by which a place is found again.
const PROBE_FRAMES: usize = 8;
/// Fewer alike are chance.
const ALIKE_FRAMES_MIN: usize = 3;

/// How much of what was played before a cut is played again after it: frames begin where they began before.
fn repeated_ms(cut: usize, before: &[(usize, Vec<u8>)], after: &[(usize, Vec<u8>)]) -> Option<i64> {
    let alike = |place: usize| {
        let pairs = before[place..].iter().zip(after).take(PROBE_FRAMES);
        pairs.clone().all(|((_, old), (_, new))| old == new).then(|| pairs.count())
    };
    let played: usize = before.iter().map(|(from, frame)| cut.saturating_sub(*from).min(frame.len())).sum();
    // Silence is like silence: the longest likeness counts, and of those the nearest.
    let places = (0..before.len()).filter_map(|place| Some((alike(place)?, place)));
    let places = places.filter(|(frames, _)| *frames >= ALIKE_FRAMES_MIN);
    let distance = |place: usize| played.abs_diff(place * FRAME_BYTES);
    let (_, place) = places.max_by_key(|(frames, place)| (*frames, usize::MAX - distance(*place)))?;
    Some((played.cast_signed() - (place * FRAME_BYTES).cast_signed()) as i64 / 8)
}

/// Noise of a room: white noise through a pole, falling 6 dB an octave from 400 Hz, the same for the same seed.
#[derive(Debug)]
pub(crate) struct Room {
    state: u64,
    low: f32,
    gain: f32,
}

impl Room {
    /// How much of the last value stays.
    const MEMORY: f32 = 0.73;

    /// Noise of so many dBFS.
    pub(crate) fn new(noise_db: Option<f32>, seed: u64) -> Self {
        let wanted = noise_db.map_or(0.0, |db| 10_f32.powf(db / 20.0));
        let filtered = ((1.0 - Self::MEMORY) / (1.0 + Self::MEMORY) / 3.0).sqrt();
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, low: 0.0, gain: wanted / filtered }
    }

    /// Adds it.
    pub(crate) fn add_to(&mut self, samples: &mut [f32]) {
        for sample in samples {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            let white = (self.state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0;
            self.low = Self::MEMORY * self.low + (1.0 - Self::MEMORY) * white;
            *sample += self.gain * self.low;
        }
    }
}

/// Where speech lies in a levelled 8 kHz recording, in milliseconds from its beginning, by loudness alone: stretches at
/// most `join_ms` apart are one.
pub(crate) fn speech_in(samples: &[f32], join_ms: u64) -> Vec<(u64, u64)> {
    let levels: Vec<f32> = samples
        .chunks(STEP)
        .map(|step| 10.0 * (step.iter().map(|s| s * s).sum::<f32>() / STEP as f32).max(1e-9).log10())
        .collect();
    let mut sorted = levels.clone();
    sorted.sort_by(f32::total_cmp);
    // A recording without pauses has no floor to be seen: then the fixed limit stands.
    let floor = sorted.get(sorted.len() / 20).copied().unwrap_or(-90.0);
    let limit = SPEECH_DB_MIN.max((floor + OVER_FLOOR_DB).min(SPEECH_DB_MIN + 10.0));
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for (step, _) in levels.iter().enumerate().filter(|(_, level)| **level >= limit) {
        match stretches.last_mut() {
            Some((_, end)) if *end == step => *end = step + 1,
            _ => stretches.push((step, step + 1)),
        }
    }
    let near = usize::try_from(join_ms / 10).unwrap_or(0);
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (from, to) in stretches.into_iter().filter(|(from, to)| to - from >= CLICK_STEPS) {
        match joined.last_mut() {
            Some((_, end)) if from - *end < near => *end = to,
            _ => joined.push((from, to)),
        }
    }
    joined.into_iter().map(|(from, to)| (from as u64 * 10, to as u64 * 10)).collect()
}
