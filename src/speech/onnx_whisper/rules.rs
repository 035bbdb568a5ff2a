//! What may be written next: Whisper's own rules for timestamps, and the most probable token among what they allow.
//!
//! Pure: scores in, a token out. The rules are those of Whisper's own decoder: a transcript begins with a time of at most a
//! second; times come in pairs, never fall, and one is written where all times together are more probable than any word.
//!
//! Invariant: only words, times and the end are ever chosen, whatever the scores.

use super::tokens::Special;

/// The latest first time, in steps of 20 ms: what is said begins within a second.
const FIRST_TIME_MAX: usize = 50;

/// A time this much less probable than the best word, in natural logarithms, was near to being chosen.
const NEAR_END: f32 = -0.9;

/// A token and how sure the model is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Choice {
    /// The token.
    pub(super) token: u32,
    /// Its natural log-probability among what was allowed.
    pub(super) log_probability: f32,
    /// How much more probable a time was than the best word, in natural logarithms: above zero it is a time that is chosen.
    pub(super) time_margin: f32,
}

impl Choice {
    fn end(special: &Special) -> Self {
        Self { token: special.end, log_probability: 0.0, time_margin: f32::NEG_INFINITY }
    }
}

/// Chooses what follows `written`; forbidden scores are struck out of `scores` on the way.
pub(super) fn choose(scores: &mut [f32], written: &[u32], special: &Special) -> Choice {
    let (end, first_time) = (special.end as usize, special.first_time as usize);
    if scores.len() <= first_time || end >= first_time {
        return Choice::end(special);
    }
    let is_time = |token: &u32| *token >= special.first_time;
    forbid(&mut scores[end + 1..first_time]);
    match written {
        [] => {
            forbid(&mut scores[..=end]);
            let latest = (first_time + FIRST_TIME_MAX + 1).min(scores.len());
            forbid(&mut scores[latest..]);
        }
        [.., last] => {
            if written.len() == 1 {
                scores[end] = f32::NEG_INFINITY;
                strike(scores, special.space);
            }
            let before = written.len().checked_sub(2).map(|at| &written[at]);
            let after_pair = before.is_none_or(is_time);
            match (is_time(last), after_pair) {
                (true, true) => forbid(&mut scores[first_time..]),
                (true, false) => forbid(&mut scores[..end]),
                (false, _) => {}
            }
            if let Some(&latest) = written.iter().rev().find(|token| is_time(token)) {
                // A segment may begin where the last one ended, but not end where it began.
                let allowed = latest as usize + usize::from(!is_time(last) || after_pair);
                let allowed = allowed.clamp(first_time, scores.len());
                forbid(&mut scores[first_time..allowed]);
            }
        }
    }
    let sum_of_times = log_sum(&scores[first_time..]);
    let time_margin = sum_of_times - maximum(&scores[..first_time]);
    if time_margin > 0.0 {
        forbid(&mut scores[..first_time]);
    }
    let total = log_sum(scores);
    let best = (0_u32..).zip(scores.iter().copied()).max_by(|a, b| a.1.total_cmp(&b.1));
    match best {
        Some((token, score)) if score.is_finite() && total.is_finite() => {
            Choice { token, log_probability: score - total, time_margin }
        }
        // Nothing is allowed, or the scores are no numbers: the end.
        _ => Choice::end(special),
    }
}

/// Where a look that only the token cap stopped should have ended: how many choices come before the place at which a time was
/// nearest to being chosen, where it was near.
///
/// Measured on figures that run away: there the margin is −0.4 to −0.8, and some −4 elsewhere, falling from round to round.
pub(super) fn nearest_end(choices: &[Choice]) -> Option<usize> {
    // A look says something: the first word stays.
    let within = choices.iter().enumerate().skip(1);
    let nearest = within.max_by(|a, b| a.1.time_margin.total_cmp(&b.1.time_margin))?;
    (nearest.1.time_margin > NEAR_END).then_some(nearest.0)
}

/// The probability of one token among all.
pub(super) fn probability(scores: &[f32], token: u32) -> f32 {
    let score = scores.get(token as usize).copied().unwrap_or(f32::NEG_INFINITY);
    (score - log_sum(scores)).exp()
}

fn strike(scores: &mut [f32], token: u32) {
    if let Some(score) = scores.get_mut(token as usize) {
        *score = f32::NEG_INFINITY;
    }
}

fn forbid(scores: &mut [f32]) {
    scores.fill(f32::NEG_INFINITY);
}

fn maximum(scores: &[f32]) -> f32 {
    scores.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// The logarithm of the sum of exponentials; minus infinity of nothing.
fn log_sum(scores: &[f32]) -> f32 {
    let most = maximum(scores);
    if most == f32::NEG_INFINITY {
        return most;
    }
    most + scores.iter().map(|score| (score - most).exp()).sum::<f32>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words 0 to 9 (9 is the space), the end at 10, three special ones, times from 14 to 93.
    const SPECIAL: Special =
        Special { end: 10, start: 11, transcribe: 12, no_speech: 13, previous: 12, first_time: 14, space: 9 };

    fn next(favoured: &[(u32, f32)], written: &[u32]) -> u32 {
        let mut scores = vec![0.0; 94];
        scores[14..].fill(-9.0);
        for &(token, score) in favoured {
            scores[token as usize] = score;
        }
        choose(&mut scores, written, &SPECIAL).token
    }

    #[test]
    fn a_transcript_begins_with_a_time_of_at_most_a_second() {
        assert_eq!(next(&[(3, 9.0), (20, 1.0)], &[]), 20);
        assert_eq!(next(&[(14 + 51, 9.0), (14 + 50, 1.0)], &[]), 14 + 50);
    }

    #[test]
    fn the_first_word_is_neither_a_space_nor_the_end() {
        assert_eq!(next(&[(9, 9.0), (10, 8.0), (4, 7.0)], &[14]), 4);
        assert_eq!(next(&[(9, 9.0), (10, 8.0), (4, 7.0)], &[14, 4]), 9);
    }

    #[test]
    fn times_come_in_pairs_and_never_fall() {
        assert_eq!(next(&[(30, 9.0), (4, 1.0)], &[14]), 4, "no time after the first");
        assert_eq!(next(&[(4, 9.0), (30, 1.0)], &[14, 3, 30]), 30, "a segment that ended is followed by a beginning");
        assert_eq!(next(&[(4, 9.0), (10, 8.0), (30, -99.0)], &[14, 3, 30]), 10, "or by the end");
        assert_eq!(next(&[(29, 9.0), (35, 8.0)], &[14, 3, 30]), 35);
        assert_eq!(next(&[(20, 9.0), (21, 8.0)], &[20, 3]), 21, "a segment does not end where it began");
    }

    #[test]
    fn a_time_is_written_where_times_together_outweigh_every_word() {
        let spread: Vec<(u32, f32)> = (30..60).map(|token| (token, 3.0)).chain([(4, 5.0)]).collect();
        assert!(next(&spread, &[14, 3]) >= 30);
        assert_eq!(next(&[(30, 3.0), (31, 3.0), (4, 5.0)], &[14, 3]), 4);
    }

    #[test]
    fn special_tokens_are_never_chosen_and_broken_scores_end_it() {
        assert_eq!(next(&[(11, 99.0), (12, 99.0), (13, 99.0), (5, 1.0)], &[14, 3]), 5);
        for broken in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let choice = choose(&mut vec![broken; 94], &[14, 3], &SPECIAL);
            assert_eq!(choice.token, SPECIAL.end);
        }
        for length in 0..20 {
            choose(&mut vec![1.0; length], &[14, 3], &SPECIAL);
        }
    }

    #[test]
    fn probabilities_are_those_among_what_is_allowed() {
        let mut scores = vec![f32::NEG_INFINITY; 94];
        (scores[2], scores[3]) = (0.0, 3.0_f32.ln());
        assert!((probability(&scores, 3) - 0.75).abs() < 1e-6);
        let choice = choose(&mut scores, &[14, 4], &SPECIAL);
        assert_eq!(choice.token, 3);
        assert!((choice.log_probability.exp() - 0.75).abs() < 1e-6);
    }

    #[test]
    fn what_only_the_cap_stopped_ends_where_a_time_was_nearest_to_being_chosen() {
        let written = |margins: &[f32]| -> Vec<Choice> {
            margins.iter().map(|&time_margin| Choice { token: 1, log_probability: -0.1, time_margin }).collect()
        };
        // "4, 5, 3, 4, 5": after the three it was near.
        assert_eq!(nearest_end(&written(&[f32::NEG_INFINITY, -4.4, -8.8, -6.5, -6.6, -0.4, -2.8, -1.6])), Some(5));
        assert_eq!(nearest_end(&written(&[0.0, -4.4, -2.3, -3.0])), None, "nowhere near");
        assert_eq!(nearest_end(&[]), None);
    }
}
