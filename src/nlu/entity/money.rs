//! Sums of money: "$10,000", "5000 dollars", "five hundred bucks", "value 5000", "5k".
//!
//! Read next: [`super::number`].

use super::number;
use crate::nlu::grammar::Mark;
use crate::nlu::read::Sentence;
use crate::nlu::token::Kind;

/// The first sum of money in a sentence.
pub(crate) fn find(sentence: &Sentence<'_>) -> Option<f64> {
    let (lex, tokens) = (sentence.lex, sentence.lex.tokens);
    (0..tokens.len()).filter(|i| !sentence.is_cut(*i)).find_map(|i| {
        let (value, next) = number::value(lex, i, sentence.reader.spanish)?;
        let sign = |c: Option<Kind>| matches!(c, Some(Kind::Sign('$' | '€' | '£')));
        let before = i > 0 && (sign(tokens.kind(i - 1)) || preceded(sentence, i));
        let after = sign(tokens.kind(next)) || sentence.book.is_mark(tokens, next, Mark::Money).is_some();
        (before || after).then_some(value)
    })
}

/// "value 5000", "worth 5000".
fn preceded(sentence: &Sentence<'_>, i: usize) -> bool {
    (i.saturating_sub(3)..i).any(|at| sentence.book.is_mark(sentence.lex.tokens, at, Mark::Worth) == Some(i))
}
