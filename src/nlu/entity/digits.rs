//! Figures dictated one after another: "six seven two eight zero".
//!
//! Read next: [`super::phone`].

use super::phone;
use crate::nlu::lexicon::Lexed;

/// Fewest digits of a dictated string.
const DIGITS_MIN: usize = 2;

/// The longest string of digits in a sentence, spoken digit by digit or written; `cut` says what not to read.
pub(crate) fn find(lex: &Lexed<'_>, cut: &dyn Fn(usize) -> bool) -> Option<String> {
    let mut best: Option<String> = None;
    let mut i = 0;
    while i < lex.tokens.len() {
        if cut(i) {
            i += 1;
            continue;
        }
        let Some(run) = phone::run(lex, i) else {
            i += 1;
            continue;
        };
        i = run.tokens.1.max(i + 1);
        let plain =
            run.digits.len() >= DIGITS_MIN && (run.pieces >= 2 || run.digits.len() >= 3) && !run.signs.contains('/');
        if plain && best.as_ref().is_none_or(|best| run.digits.len() > best.len()) {
            best = Some(run.digits);
        }
    }
    best
}
