//! A second opinion where no rule speaks: a small linear model over words and pairs of words.
//!
//! Its table (`models/intents/opinion.<lang>.txt`) is plain text, one feature a line with what it speaks for and how
//! much, in tenths; it is made by [`train`] from sentences under permissive licences (`ringlypro evaluate DIR --train`).
//! It is deterministic: the same table and the same sentence give the same sums. Rules keep precedence: the opinion is
//! asked when none matched, or when a greeting or thanks is all that did in a sentence that goes on, and then it needs a
//! clear lead. `why` shows the features that weighed most.
//!
//! Invariant: an unreadable table is an error at start, never a silent silence.
//! Read next: [`super::rank`] for the rules it yields to.

use super::Intent;
use super::grammar::GrammarError;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

/// Letters of the beginning of a word that stand for all its forms ("envíame", "enviar").
const STEM_BYTES: usize = 4;
/// Features of one sentence; a sentence longer than that is no command.
const FEATURES_MAX: usize = 160;
/// A feature seen in fewer sentences says more about the sentence than about the language.
const SEEN_MIN: u32 = 2;
/// Weights below this are left out of the table.
const WEIGHT_MIN: f32 = 0.25;
/// Passes over the sentences; the loss has settled by then.
const PASSES: usize = 40;
/// How far apart the two best must be, in log odds, for an opinion to be given.
const MARGIN_MIN: f32 = 0.35;

/// The table of one language.
#[derive(Debug, Default)]
pub(crate) struct Opinion {
    table: HashMap<u64, Box<[(u8, f32)]>>,
    names: HashMap<u64, Box<str>>,
}

/// An opinion: the intent, how sure, and the evidence.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) intent: Intent,
    pub(crate) confidence: f32,
    /// The distance to the second best, in log odds.
    pub(crate) margin: f32,
    pub(crate) evidence: Vec<String>,
}

/// How a reason begins that is an opinion's.
pub(crate) const EVIDENCE: &str = "opinion";
/// The line that says which intents the places in the others stand for.
const HEADER: &str = "intents ";

/// FNV-1a: stable across machines, which a table on disk needs.
fn hash(parts: &[&str]) -> u64 {
    let mut value: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes().chain([b' ']) {
            value = (value ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    value
}

/// Stands for every word the table does not know: it tells foreign ground from home.
const STRANGER: &str = "?";

/// The features of a sentence given as folded words: each word, each pair of neighbours, each pair one apart, and the
/// first two words by place.
fn features<'w>(words: &'w [&'w str], raw: &'w [&'w str], mut each: impl FnMut(&[&'w str])) {
    let words = &words[..words.len().min(FEATURES_MAX / 4)];
    for (i, word) in words.iter().enumerate() {
        each(&[word]);
        // The beginning of a long word stands for its other forms.
        if let Some(stem) = raw.get(i).filter(|raw| raw.len() > STEM_BYTES).and_then(|raw| raw.get(..STEM_BYTES)) {
            each(&["~", stem]);
        }
        match i {
            0 => each(&["^", word]),
            1 => each(&["^", words[0], word]),
            _ => {}
        }
        if let Some(next) = words.get(i + 1) {
            each(&[word, next]);
        }
        if let Some(next) = words.get(i + 2) {
            each(&[word, "_", next]);
        }
    }
}

impl Opinion {
    /// Reads a table: a line `intents …`, then `feature<TAB>place:tenths place:tenths …`.
    pub(crate) fn read(file: &str, text: &str) -> Result<Self, GrammarError> {
        let mut opinion = Self::default();
        let lines = text.bytes().filter(|byte| *byte == b'\n').count();
        opinion.table.reserve(lines);
        opinion.names.reserve(lines);
        let mut intents: Vec<Intent> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            if line.starts_with('#') || line.is_empty() {
                continue;
            }
            let error =
                |problem: &str| GrammarError { file: file.to_owned(), line: number + 1, problem: problem.to_owned() };
            if let Some(names) = line.strip_prefix(HEADER) {
                let known = |name| Intent::named(name).ok_or_else(|| error("no such intent"));
                intents = names.split(' ').map(known).collect::<Result<_, _>>()?;
                continue;
            }
            let (feature, weights) = line.split_once('\t').ok_or_else(|| error("no tab"))?;
            let mut list = Vec::new();
            for entry in weights.split(' ') {
                let (place, tenths) = entry.split_once(':').ok_or_else(|| error("no colon"))?;
                let place: usize = place.parse().map_err(|_| error("no place"))?;
                let intent = *intents.get(place).ok_or_else(|| error("a place beyond the header"))?;
                let tenths: i16 = tenths.parse().map_err(|_| error("no number"))?;
                list.push((intent as u8, f32::from(tenths) / 10.0));
            }
            let parts: Vec<&str> = feature.split(' ').collect();
            let key = hash(&parts);
            if opinion.table.insert(key, list.into()).is_some() {
                return Err(error("two features share a hash: rename one word"));
            }
            opinion.names.insert(key, feature.into());
        }
        Ok(opinion)
    }

    /// What the model makes of a sentence, when it makes anything of it.
    pub(crate) fn on(&self, words: &[&str]) -> Option<Verdict> {
        if self.table.is_empty() || words.is_empty() {
            return None;
        }
        let stranger = |word: &&str| !self.table.contains_key(&hash(&[word]));
        let known: Vec<&str> = words.iter().map(|word| if stranger(word) { STRANGER } else { *word }).collect();
        let mut sums = [0f32; Intent::ALL.len()];
        let mut found: Vec<u64> = Vec::with_capacity(FEATURES_MAX);
        features(&known, words, |parts| {
            let key = hash(parts);
            if self.table.contains_key(&key) {
                found.push(key);
            }
        });
        // A feature said twice counts once, as it did in training.
        found.sort_unstable();
        found.dedup();
        for (intent, weight) in found.iter().filter_map(|key| self.table.get(key)).flatten() {
            sums[usize::from(*intent)] += weight;
        }
        let mut order: Vec<usize> = (0..sums.len()).filter(|i| sums[*i] != 0.0).collect();
        order.sort_by(|a, b| sums[*b].total_cmp(&sums[*a]).then(a.cmp(b)));
        let (best, second) = (*order.first()?, order.get(1).map_or(0.0, |i| sums[*i]));
        let intent = *Intent::ALL.get(best)?;
        let margin = sums[best] - second;
        if margin < MARGIN_MIN {
            return None;
        }
        let weight = |key: &u64| {
            let list = self.table.get(key);
            list.and_then(|list| list.iter().find(|(intent, _)| usize::from(*intent) == best))
                .map_or(0.0, |(_, weight)| *weight)
        };
        found.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(a.cmp(b)));
        // "Colourless green ideas": a sentence of strangers alone is evidence of nothing.
        let speaks = |key: &u64| weight(key) > 0.0 && self.names.get(key).is_some_and(|name| names_a_word(name));
        if !found.iter().any(speaks) {
            return None;
        }
        let evidence = found
            .iter()
            .take(3)
            .filter(|key| weight(key) > 0.0)
            .map(|key| format!("{EVIDENCE}:{} +{:.1}", self.names.get(key).map_or("", |name| name), weight(key)))
            .collect();
        // The logistic of the margin, below what a rule says of itself.
        Some(Verdict { intent, margin, confidence: 0.75 / (1.0 + (-margin).exp()), evidence })
    }
}

/// Whether a feature holds a word of the language, and not only places and strangers.
fn names_a_word(feature: &str) -> bool {
    feature.split(' ').any(|part| !matches!(part, "^" | "_" | "~" | "0" | STRANGER))
}

/// Makes a table from sentences (folded words) with their intents. Deterministic: order, passes and steps are fixed.
pub(crate) fn train(sentences: &[(Vec<String>, Intent)]) -> String {
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    sentences.iter().flat_map(|(words, _)| words).for_each(|word| *seen.entry(word.as_str()).or_default() += 1);
    let form = |word: &'_ str| {
        if seen.get(word).is_none_or(|seen| *seen < SEEN_MIN) { STRANGER.to_owned() } else { word.to_owned() }
    };
    let sentences: Vec<(Vec<String>, &[String], Intent)> = sentences
        .iter()
        .map(|(words, intent)| (words.iter().map(|word| form(word)).collect(), words.as_slice(), *intent))
        .collect();
    let each_feature = |known: &[String], raw: &[String], each: &mut dyn FnMut(String)| {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let raw: Vec<&str> = raw.iter().map(String::as_str).collect();
        features(&known, &raw, |parts| each(parts.join(" ")));
    };
    for (known, raw, _) in &sentences {
        each_feature(known, raw, &mut |name| *numbers.entry(name).or_default() += 1);
    }
    numbers.retain(|_, seen| *seen >= SEEN_MIN);
    let index: BTreeMap<&str, usize> = numbers.keys().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
    let vectors: Vec<(Vec<usize>, usize)> = sentences
        .iter()
        .map(|(known, raw, intent)| {
            let mut list = Vec::new();
            each_feature(known, raw, &mut |name| list.extend(index.get(name.as_str()).copied()));
            list.sort_unstable();
            list.dedup();
            (list, *intent as usize)
        })
        .collect();
    let weights = descend(&vectors, index.len());
    let mut table = String::from(
        "# Made by `ringlypro evaluate DIR --train`; see src/nlu/opinion.rs. Weights in tenths of log odds.\n",
    );
    let present: Vec<usize> = (0..Intent::ALL.len())
        .filter(|class| sentences.iter().any(|(_, _, intent)| *intent as usize == *class))
        .collect();
    let names: Vec<&str> = present.iter().map(|class| Intent::ALL[*class].name()).collect();
    let _ = writeln!(table, "{HEADER}{}", names.join(" "));
    for (feature, at) in &index {
        // A single word is always listed, so that the reader knows it is known.
        let least = if feature.contains(' ') { WEIGHT_MIN } else { WEIGHT_MIN / 4.0 };
        let entries: Vec<String> = present
            .iter()
            .enumerate()
            .filter(|(_, class)| weights[*at][**class].abs() >= least)
            .map(|(place, class)| format!("{place}:{:.0}", weights[*at][*class] * 10.0))
            .collect();
        if !entries.is_empty() {
            let _ = writeln!(table, "{feature}\t{}", entries.join(" "));
        }
    }
    table
}

/// Logistic regression over all intents by stochastic descent with decaying steps and weights.
fn descend(vectors: &[(Vec<usize>, usize)], features: usize) -> Vec<Vec<f32>> {
    let classes = Intent::ALL.len();
    let present: Vec<usize> = (0..classes).filter(|class| vectors.iter().any(|(_, intent)| intent == class)).collect();
    let mut weights = vec![vec![0f32; classes]; features];
    let mut order: Vec<usize> = (0..vectors.len()).collect();
    let mut state: u64 = 0x2545_f491_4f6c_dd1d;
    for pass in 0..PASSES {
        // A fixed shuffle (xorshift): neighbours in the files come from one source.
        for i in (1..order.len()).rev() {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            order.swap(i, usize::try_from(state % (i as u64 + 1)).unwrap_or(0));
        }
        let step = 0.25 / (1.0 + pass as f32 * 0.15);
        for sentence in &order {
            let (list, intent) = &vectors[*sentence];
            let scale = 1.0 / (list.len().max(1) as f32).sqrt();
            let mut odds: Vec<f32> =
                present.iter().map(|class| list.iter().map(|at| weights[*at][*class]).sum::<f32>()).collect();
            let top = odds.iter().copied().fold(f32::MIN, f32::max);
            for odd in &mut odds {
                *odd = (*odd - top).exp();
            }
            let sum: f32 = odds.iter().sum();
            for (class, odd) in present.iter().zip(&odds) {
                let error = f32::from(u8::from(class == intent)) - odd / sum;
                for at in list {
                    let weight = &mut weights[*at][*class];
                    *weight += step * (error * scale * 2.0 - 0.002 * *weight);
                }
            }
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn what_is_learnt_is_recognised_and_the_same_every_time() {
        let sentences: Vec<_> = [
            ("put lunch on my calendar", Intent::BookAppointment),
            ("put dinner on my calendar", Intent::BookAppointment),
            ("play some music now", Intent::Unknown),
            ("play some jazz now", Intent::Unknown),
        ]
        .into_iter()
        .map(|(text, intent)| (words(text), intent))
        .collect();
        let table = train(&sentences);
        assert_eq!(table, train(&sentences));
        let opinion = Opinion::read("test", &table).expect("a table");
        let verdict = opinion.on(&["put", "tea", "on", "my", "calendar"]).expect("an opinion");
        assert_eq!(verdict.intent, Intent::BookAppointment);
        assert!(!verdict.evidence.is_empty());
        let other = opinion.on(&["play", "some", "blues"]).map(|verdict| verdict.intent);
        assert_eq!(other, Some(Intent::Unknown));
    }

    #[test]
    fn a_broken_table_names_its_line() {
        let error = Opinion::read("opinion.txt", "# fine\nintents yes no\nbook\t5:3").expect_err("no such place");
        assert_eq!((error.line, error.file.as_str()), (3, "opinion.txt"));
    }
}
