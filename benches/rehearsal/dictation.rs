//! People who dictate: telephone numbers, e-mail addresses and spelled names, with pauses to think between the groups.
//!
//! A group spoken on its own sounds finished, and so does one before a comma. So each turn is cut out of a sentence that a
//! voice speaks *without* commas, in one breath: the same sentence is also spoken with commas, whose silences are found,
//! and dynamic time warping ([`super::warp`]) tells where they lie in the one without. There it is cut, and silence of a
//! seeded length is put in. Every other turn also ends before the last part of a sentence that goes on. The words are ours.

use super::models::Models;
use super::sound::speech_in;
use ringlypro::nlu::{Field, Language};

/// The silence put between groups, in milliseconds, on top of what a voice leaves at the end of a word: from a breath to
/// somebody who looks the next figures up.
const PAUSE_MS: std::ops::Range<u64> = 250..1_000;
/// Speech may be this far apart and still be one stretch, when the commas are looked for: a comma is spoken as about
/// 100 ms, a plosive's closure is shorter than this.
const JOIN_MS: u64 = 50;
/// A cut is moved by up to this much to where the voice is softest.
const NUDGE_MS: u64 = 40;
/// Sound this long at the joins is faded, so that they do not click.
const FADE: usize = 40;

/// The six test callers of `models/voices.toml`.
const VOICES: [&str; 6] = ["caller-1", "caller-2", "caller-3", "caller-4", "caller-5", "caller-6"];
const NUMBER_LEADS: [&str; 5] =
    ["My number is", "You can reach me at", "Sure it's", "The best number for me is", "Yeah so that would be"];
const ADDRESS_LEADS: [&str; 4] = ["My email is", "You can write to me at", "It's", "Sure that's"];
const NAME_LEADS: [&str; 4] = ["My name is", "It's under", "The last name is", "That's"];
const TAILS: [&str; 4] = [
    "and that is my mobile",
    "and please call me after five",
    "and I can also be reached at the office",
    "but I do not use it very often",
];
const DIGITS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const MAILBOXES: [&[&str]; 8] = [
    &["maria", "dot", "lopez"],
    &["J", "K", "miller"],
    &["thomas", "underscore", "B"],
    &["sunny", "garden", "forty two"],
    &["A", "dot", "kowalski"],
    &["peter", "and", "anna"],
    &["front", "desk"],
    &["W", "H", "chen"],
];
const HOSTS: [&[&str]; 5] = [
    &["gmail", "dot com"],
    &["yahoo", "dot com"],
    &["outlook", "dot com"],
    &["oak street", "dot org"],
    &["mail", "dot example", "dot net"],
];
const NAMES: [&[&str]; 10] = [
    &["Kowalski", "K O W", "A L S", "K I"],
    &["Nguyen", "N G U", "Y E N"],
    &["Patel", "P A T", "E L"],
    &["Jenny Park", "P A", "R K"],
    &["O'Brien", "O", "B R I", "E N"],
    &["Schmidt", "S C H", "M I D T"],
    &["Ana Silva", "S I L", "V A"],
    &["Papadakis", "P A P A", "D A K", "I S"],
    &["Marta Reyes", "R E Y", "E S"],
    &["Fitzgerald", "F I T Z", "G E R", "A L D"],
];

/// One turn of dictation.
pub(crate) struct Dictation {
    /// What is dictated.
    pub(crate) kind: &'static str,
    /// What was asked for.
    pub(crate) field: Field,
    /// The groups, with bars where the pauses are.
    pub(crate) text: String,
    /// The sound, 8 kHz, levelled like all the voices.
    pub(crate) audio: Vec<f32>,
}

/// So many turns, the same for the same seed: four numbers to three addresses to three names.
pub(crate) fn dictations(models: &Models, count: usize, seed: u64) -> Vec<Dictation> {
    let mut chance = Chance(seed);
    (0..count).filter_map(|number| dictation(models, number, &mut chance)).collect()
}

fn dictation(models: &Models, number: usize, chance: &mut Chance) -> Option<Dictation> {
    let (kind, field, lead, groups) = match number % 10 {
        0..4 => ("phone number", Field::Phone, chance.of(&NUMBER_LEADS), phone(chance)),
        4..7 => ("e-mail", Field::Email, chance.of(&ADDRESS_LEADS), address(chance)),
        _ => ("spelled name", Field::Name, chance.of(&NAME_LEADS), owned(chance.of::<&[&str]>(&NAMES))),
    };
    let goes_on = number % 2 == 1;
    let mut spoken: Vec<String> = groups;
    spoken[0] = format!("{lead} {}", spoken[0]);
    if goes_on {
        spoken.push((*chance.of(&TAILS)).to_owned());
    }
    let voice = VOICES[number % VOICES.len()];
    let apart = models.say(voice, &format!("{}.", spoken.join(", ")), Language::En);
    let whole = models.say(voice, &format!("{}.", spoken.join(" ")), Language::En);
    let commas = commas(&apart, spoken.len() - 1)?;
    let ends: Vec<usize> = commas.iter().flat_map(|(from, to)| [*from, *to]).collect();
    let cuts: Vec<usize> =
        super::warp::places(&apart, &whole, &ends).chunks(2).map(|ends| softest_near(&whole, ends)).collect();
    let last = spoken.len() - 1;
    let mut audio = Vec::new();
    for (part, (from, to)) in
        std::iter::once(0).chain(cuts.clone()).zip(cuts.iter().copied().chain([whole.len()])).enumerate()
    {
        if part == last && goes_on {
            break;
        }
        if part > 0 {
            audio.resize(audio.len() + chance.between(PAUSE_MS) as usize * 8, 0.0);
        }
        let mut piece = whole[from..to.max(from)].to_vec();
        fade(&mut piece);
        audio.extend(piece);
    }
    let kept = if goes_on { &spoken[..last] } else { &spoken[..] };
    Some(Dictation { kind, field, text: kept.join(" | "), audio })
}

/// The softest 10 ms between the end of a word and the beginning of the next, or a little outside.
fn softest_near(samples: &[f32], ends: &[usize]) -> usize {
    let reach = NUDGE_MS as usize * 8;
    let energy = |at: &usize| samples[*at..samples.len().min(at + 80)].iter().map(|s| s * s).sum::<f32>();
    let from = ends.iter().min().map_or(0, |end| end.saturating_sub(reach));
    let to = ends.iter().max().map_or(0, |end| (end + reach).min(samples.len()));
    (from..to)
        .step_by(20)
        .min_by(|a, b| energy(a).total_cmp(&energy(b)))
        .map_or(from, |at| (at + 40).min(samples.len()))
}

/// The longest silences inside a sentence, in samples and in order; none if it has not so many.
fn commas(samples: &[f32], count: usize) -> Option<Vec<(usize, usize)>> {
    let stretches = speech_in(samples, JOIN_MS);
    let mut gaps: Vec<(u64, u64)> = stretches.windows(2).map(|pair| (pair[0].1, pair[1].0)).collect();
    gaps.sort_by_key(|(from, to)| std::cmp::Reverse(to - from));
    gaps.truncate(count);
    gaps.sort_unstable();
    (gaps.len() == count).then(|| gaps.iter().map(|(from, to)| (*from as usize * 8, *to as usize * 8)).collect())
}

fn fade(piece: &mut [f32]) {
    let length = piece.len();
    for n in 0..FADE.min(length / 2) {
        let gain = n as f32 / FADE as f32;
        piece[n] *= gain;
        piece[length - 1 - n] *= gain;
    }
}

fn phone(chance: &mut Chance) -> Vec<String> {
    let mut digit = || match chance.below(10) {
        0 if chance.below(2) == 0 => "oh",
        n => DIGITS[n as usize],
    };
    let mut group = |length: usize| (0..length).map(|_| digit()).collect::<Vec<_>>().join(" ");
    vec![group(3), group(3), group(4)]
}

fn address(chance: &mut Chance) -> Vec<String> {
    let mailbox = chance.of(&MAILBOXES).join(" ");
    let host = chance.of(&HOSTS).join(" ");
    if chance.below(2) == 0 {
        vec![mailbox, format!("at {host}")]
    } else {
        let (name, ending) = host.rsplit_once(" dot ").unwrap_or((&host, "com"));
        vec![mailbox, format!("at {name}"), format!("dot {ending}")]
    }
}

fn owned(groups: &[&str]) -> Vec<String> {
    groups.iter().map(|group| (*group).to_owned()).collect()
}

/// A small seeded die.
pub(crate) struct Chance(pub u64);

impl Chance {
    /// A number below this.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        // SplitMix64 (Steele, Lea, Flood 2014).
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit.max(1)
    }

    /// A number of this range.
    pub(crate) fn between(&mut self, range: std::ops::Range<u64>) -> u64 {
        range.start + self.below(range.end - range.start)
    }

    /// One of these.
    pub(crate) fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }
}
