//! Sounds that are no wish to speak: coughs, "mm-hm"s, noises of a room and the agent's own echo.
//!
//! Everything is made here, from arithmetic and from our own voices, so there is nothing to license. Levels are those of a
//! person at the telephone: coughs and noises as loud as speech. There are two sets: [`disturbances`] is the one thresholds were
//! chosen with; [`drawn`] is another for every seed, with noises of other kinds, and was written after them.

use super::Echo;
use super::dictation::Chance;
use super::models::Models;
use ringlypro::audio::gain;
use ringlypro::nlu::Language;
use std::f32::consts::TAU;

/// Speech on our line, and so these sounds.
const LEVEL_DB: f32 = -20.0;
/// Peaks stay below this.
const PEAK_MAX: f32 = 0.9;
/// What people say to show that they listen, besides humming.
const BACK_CHANNELS: [(&str, &str); 4] =
    [("caller-3", "Uh-huh."), ("caller-6", "Okay."), ("caller-2", "Yeah."), ("caller-4", "Right.")];
/// Hums: the pitch in hertz, and whether there are two ("mm-hm") or one ("mm"). Our voice reads "mm-hm" as a word.
const HUMS: [(f32, bool); 5] = [(110.0, true), (130.0, false), (175.0, true), (210.0, true), (230.0, false)];
/// The agent's voice coming back: a handset, a loudspeaker, a bad line; decibels and milliseconds.
const ECHOES: [(f32, u64); 6] = [(-30.0, 40), (-24.0, 60), (-20.0, 120), (-16.0, 90), (-14.0, 200), (-12.0, 150)];

/// One sound over the agent.
pub(crate) struct Disturbance {
    /// What it is.
    pub(crate) kind: &'static str,
    /// Which of them.
    pub(crate) name: String,
    /// Its sound, 8 kHz.
    pub(crate) audio: Vec<f32>,
    /// Or the agent's own voice, all the time.
    pub(crate) echo: Option<Echo>,
}

/// Eight coughs, nine back-channels, seven noises, six echoes.
pub(crate) fn disturbances(models: &Models) -> Vec<Disturbance> {
    let mut all = Vec::new();
    let mut push = |kind, name: String, audio: Vec<f32>, echo| all.push(Disturbance { kind, name, audio, echo });
    for number in 0..8 {
        push("cough", format!("cough {number}"), levelled(cough(number)), None);
    }
    for (voice, text) in BACK_CHANNELS {
        push("back-channel", format!("{text} by {voice}"), levelled(models.say(voice, text, Language::En)), None);
    }
    for (pitch_hz, twice) in HUMS {
        let name = if twice { "mm-hm" } else { "mm" };
        push("back-channel", format!("{name} at {pitch_hz} Hz"), levelled(hum(pitch_hz, twice)), None);
    }
    let noises: [(&str, Vec<f32>); 7] = [
        ("door", thump(90.0, 160)),
        ("keyboard", clicks(9, 110)),
        ("dishes", clink(&[2_100.0, 2_730.0, 3_310.0])),
        ("street", rumble(1_200)),
        ("another telephone", ringing(900)),
        ("dog", bark()),
        ("breath on the microphone", hiss(600)),
    ];
    for (name, audio) in noises {
        push("noise", name.to_owned(), levelled(audio), None);
    }
    for (gain_db, delay_ms) in ECHOES {
        let echo = Echo { gain_db, delay_ms };
        push("echo", format!("echo {gain_db} dB after {delay_ms} ms"), Vec::new(), Some(echo));
    }
    all
}

/// Words of assent that are not in [`BACK_CHANNELS`].
const OTHER_ASSENT: [&str; 12] = [
    "Uh huh.",
    "I see.",
    "Got it.",
    "Alright.",
    "Yeah, yeah.",
    "Sure.",
    "Oh, okay.",
    "Oh, really?",
    "Of course.",
    "That's true.",
    "Mm, good.",
    "Exactly.",
];

/// The same numbers of the same sorts, drawn: other coughs, pitches, words, voices and echoes, and other noises.
pub(crate) fn drawn(models: &Models, seed: u64) -> Vec<Disturbance> {
    let mut chance = Chance(seed.wrapping_mul(1_000_003));
    let mut all = Vec::new();
    let mut push = |kind, name: String, audio: Vec<f32>, echo| all.push(Disturbance { kind, name, audio, echo });
    for _ in 0..8 {
        let number = chance.between(100..1_000_000);
        push("cough", format!("cough {number}"), levelled(cough(number)), None);
    }
    let mut words = OTHER_ASSENT.to_vec();
    for _ in 0..4 {
        let text = words.swap_remove(chance.below(words.len() as u64) as usize);
        let voice = format!("caller-{}", chance.between(1..7));
        let higher = chance.between(85..119) as f32 / 100.0;
        let audio = higher_by(&models.say(&voice, text, Language::En), higher);
        push("back-channel", format!("{text} by {voice}, {higher} as high"), levelled(audio), None);
    }
    for _ in 0..5 {
        let (pitch_hz, twice) = (chance.between(95..250) as f32, chance.below(2) == 0);
        let name = if twice { "mm-hm" } else { "mm" };
        push("back-channel", format!("{name} at {pitch_hz} Hz"), levelled(hum(pitch_hz, twice)), None);
    }
    let noises: [(&str, Vec<f32>); 7] = [
        ("siren", siren(&mut chance)),
        ("drill", drill(&mut chance)),
        ("baby", baby(&mut chance)),
        ("sneeze", sneeze(&mut chance)),
        ("music", music(&mut chance)),
        ("plastic bag", crackle(&mut chance)),
        ("steps", steps(&mut chance)),
    ];
    for (name, audio) in noises {
        push("noise", name.to_owned(), levelled(audio), None);
    }
    for _ in 0..6 {
        let echo = Echo { gain_db: -(chance.between(11..31) as f32), delay_ms: chance.between(30..250) };
        push("echo", format!("echo {} dB after {} ms", echo.gain_db, echo.delay_ms), Vec::new(), Some(echo));
    }
    all
}

/// A voice made higher (or lower) and quicker by a factor.
pub(crate) fn higher_by(audio: &[f32], factor: f32) -> Vec<f32> {
    let at = |n: usize| audio.get(n).copied().unwrap_or(0.0);
    (0..(audio.len() as f32 / factor) as usize)
        .map(|n| {
            let place = n as f32 * factor;
            let (whole, part) = (place as usize, place.fract());
            at(whole) * (1.0 - part) + at(whole + 1) * part
        })
        .collect()
}

/// A tone that wails up and down.
fn siren(chance: &mut Chance) -> Vec<f32> {
    let (low, wails, mut phase) = (chance.between(500..700) as f32, chance.between(1..4) as f32, 0.0);
    (0..samples(1_600))
        .map(|n| {
            let wail = 0.5 - 0.5 * (TAU * wails * n as f32 / samples(1_600) as f32).cos();
            phase += TAU * (low + 800.0 * wail) / 8_000.0;
            phase.sin()
        })
        .collect()
}

/// A drill that is started and pressed: a harsh tone whose pitch sags, and hiss.
fn drill(chance: &mut Chance) -> Vec<f32> {
    let (pitch, mut phase) = (chance.between(700..1_400) as f32, 0.0);
    let length = samples(1_100);
    (0..length)
        .map(|n| {
            let along = n as f32 / length as f32;
            phase += TAU * pitch * (along * 8.0).min(1.0) * (1.0 - 0.2 * along) / 8_000.0;
            phase.sin().signum() * 0.5 + 0.3 * white(chance)
        })
        .collect()
}

/// A cry in the next room: a high voice with vibrato and many harmonics.
fn baby(chance: &mut Chance) -> Vec<f32> {
    let (pitch, mut phase) = (chance.between(380..520) as f32, 0.0);
    let length = samples(900);
    (0..length)
        .map(|n| {
            let along = n as f32 / length as f32;
            let trill = 1.0 + 0.04 * (TAU * 6.0 * n as f32 / 8_000.0).sin();
            phase += TAU * pitch * trill * (1.0 + 0.2 * (std::f32::consts::PI * along).sin()) / 8_000.0;
            let tone: f32 = (1..=6).map(|h| (phase * h as f32).sin() / (h as f32).sqrt()).sum();
            (std::f32::consts::PI * along).sin() * tone
        })
        .collect()
}

/// Breath drawn in, a stop, and an explosion of noise.
fn sneeze(chance: &mut Chance) -> Vec<f32> {
    let (breath, stop, burst) = (samples(250), samples(60), samples(chance.between(180..300) as usize));
    (0..breath + stop + burst)
        .map(|n| match n {
            n if n < breath => 0.15 * white(chance) * n as f32 / breath as f32,
            n if n < breath + stop => 0.0,
            n => white(chance) * (1.0 - (n - breath - stop) as f32 / burst as f32).powi(2),
        })
        .collect()
}

/// A few plucked notes, each with its octave and fifth.
fn music(chance: &mut Chance) -> Vec<f32> {
    let mut audio = Vec::new();
    for _ in 0..5 {
        let hz = 220.0 * 2_f32.powf(chance.below(24) as f32 / 12.0);
        audio.extend((0..samples(240)).map(|n| {
            let at = n as f32 / 8_000.0;
            let chord = [1.0, 1.5, 2.0].map(|ratio| (TAU * hz * ratio * at).sin());
            chord.iter().sum::<f32>() * (-at * 9.0).exp()
        }));
    }
    audio
}

/// Many tiny cracks, close together.
fn crackle(chance: &mut Chance) -> Vec<f32> {
    let (mut audio, mut loud) = (Vec::new(), 0.0);
    for _ in 0..samples(900) {
        if chance.below(60) == 0 {
            loud = chance.below(100) as f32 / 100.0;
        }
        loud *= 0.96;
        audio.push(loud * white(chance));
    }
    audio
}

/// Somebody walks by: dull thumps, unevenly.
fn steps(chance: &mut Chance) -> Vec<f32> {
    let mut audio = Vec::new();
    for _ in 0..4 {
        audio.extend(thump(chance.between(60..120) as f32, 110));
        audio.resize(audio.len() + samples(chance.between(250..420) as usize), 0.0);
    }
    audio
}

/// Brings a sound to the level of speech.
pub(crate) fn levelled(mut audio: Vec<f32>) -> Vec<f32> {
    gain::match_level(&mut audio, LEVEL_DB, PEAK_MAX);
    audio
}

fn samples(ms: usize) -> usize {
    ms * 8
}

fn white(chance: &mut Chance) -> f32 {
    chance.below(20_001) as f32 / 10_000.0 - 1.0
}

/// A burst, the air behind it, and a short voiced end (after Korpáš, Sadloňová and Vrabec 2007: the three phases of a
/// cough's sound); some coughs come twice.
fn cough(number: u64) -> Vec<f32> {
    let mut chance = Chance(number + 1);
    let mut audio = Vec::new();
    for _ in 0..=(number % 2) {
        let (burst, air) = (samples(30 + chance.below(30) as usize), samples(120 + chance.below(120) as usize));
        let voiced = samples(if number.is_multiple_of(3) { 0 } else { 60 + chance.below(80) as usize });
        let (tone, mut low) = (180.0 + chance.below(160) as f32, 0.0);
        for n in 0..burst + air + voiced {
            let loud = match n {
                n if n < burst => 1.0 - 0.4 * n as f32 / burst as f32,
                n if n < burst + air => 0.5 * (1.0 - 0.7 * (n - burst) as f32 / air as f32),
                n => 0.35 * (1.0 - (n - burst - air) as f32 / voiced.max(1) as f32),
            };
            // The throat's own resonance is wide and low: half the noise goes through a pole.
            let noise = white(&mut chance);
            low += 0.35 * (noise - low);
            let source = 0.5 * noise + low;
            let buzz = if n >= burst + air { (TAU * tone * n as f32 / 8_000.0).sin().powi(3) } else { 0.0 };
            audio.push(loud * (source + buzz));
        }
        audio.resize(audio.len() + samples(140), 0.0);
    }
    audio
}

/// A closed mouth: a buzz through the nose, whose one strong resonance lies near 250 Hz and whose others are weak; the
/// second hum is higher and follows a breath.
fn hum(pitch_hz: f32, twice: bool) -> Vec<f32> {
    let (mut chance, mut audio, mut phase) = (Chance(17), Vec::new(), 0.0);
    for part in 0..=usize::from(twice) {
        let length = samples(if part == 0 { 200 } else { 260 });
        let pitch = pitch_hz * if part == 0 { 1.0 } else { 1.18 };
        for n in 0..length {
            let along = n as f32 / length as f32;
            phase += TAU * pitch * (1.0 + 0.06 * along) / 8_000.0;
            let harmonic = |h: usize| {
                let hz = pitch * h as f32;
                let nose = 1.0 / (1.0 + ((hz - 250.0) / 90.0).powi(2));
                let mouth =
                    0.05 / (1.0 + ((hz - 1_100.0) / 250.0).powi(2)) + 0.03 / (1.0 + ((hz - 2_300.0) / 300.0).powi(2));
                (nose + mouth) * (phase * h as f32).sin()
            };
            let buzz: f32 = (1..=15).map(harmonic).sum();
            audio.push((std::f32::consts::PI * along).sin().sqrt() * buzz);
        }
        if part == 0 && twice {
            audio.extend((0..samples(70)).map(|_| 0.03 * white(&mut chance)));
        }
    }
    audio
}

fn thump(hz: f32, ms: usize) -> Vec<f32> {
    let mut chance = Chance(3);
    let length = samples(ms);
    (0..length)
        .map(|n| {
            let fade = (-6.0 * n as f32 / length as f32).exp();
            fade * ((TAU * hz * n as f32 / 8_000.0).sin() + 0.4 * white(&mut chance) * fade)
        })
        .collect()
}

fn clicks(count: usize, apart_ms: usize) -> Vec<f32> {
    let mut chance = Chance(5);
    let mut audio = vec![0.0; samples(count * apart_ms)];
    for click in 0..count {
        let from = samples(click * apart_ms) + chance.below(300) as usize;
        for (n, sample) in audio.iter_mut().skip(from).take(120).enumerate() {
            *sample = white(&mut chance) * (-(n as f32) / 25.0).exp();
        }
    }
    audio
}

fn clink(tones: &[f32]) -> Vec<f32> {
    let strike = |n: usize, hz: &f32| (TAU * hz * n as f32 / 8_000.0).sin() * (-(n as f32) / 900.0).exp();
    (0..samples(700)).map(|n| tones.iter().map(|hz| strike(n % samples(350), hz)).sum()).collect()
}

fn rumble(ms: usize) -> Vec<f32> {
    let (mut chance, mut low) = (Chance(7), 0.0);
    (0..samples(ms))
        .map(|n| {
            low += 0.12 * (white(&mut chance) - low);
            low * (1.0 + 0.6 * (TAU * 3.0 * n as f32 / 8_000.0).sin())
        })
        .collect()
}

/// 440 and 480 Hz together: the North American ring.
fn ringing(ms: usize) -> Vec<f32> {
    (0..samples(ms))
        .map(|n| [440.0, 480.0].iter().map(|hz| (TAU * hz * n as f32 / 8_000.0).sin()).sum::<f32>())
        .collect()
}

/// Two barks: harmonics of a tone that rises and falls within 150 ms, with noise on top.
fn bark() -> Vec<f32> {
    let (mut chance, mut audio) = (Chance(9), Vec::new());
    for _ in 0..2 {
        let (length, mut phase) = (samples(150), 0.0);
        for n in 0..length {
            let along = n as f32 / length as f32;
            phase += TAU * (450.0 + 350.0 * (std::f32::consts::PI * along).sin()) / 8_000.0;
            let tone: f32 = (1..=4).map(|h| (phase * h as f32).sin() / h as f32).sum();
            audio.push((std::f32::consts::PI * along).sin() * (tone + 0.5 * white(&mut chance)));
        }
        audio.resize(audio.len() + samples(220), 0.0);
    }
    audio
}

fn hiss(ms: usize) -> Vec<f32> {
    let mut chance = Chance(13);
    let length = samples(ms);
    (0..length).map(|n| white(&mut chance) * (std::f32::consts::PI * n as f32 / length as f32).sin()).collect()
}
