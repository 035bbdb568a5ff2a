//! Which rule speaks for a sentence.
//!
//! Every rule that matches is a candidate. The order is total and written here, once: higher rank, then higher score
//! (more words named, fewer skipped), then the earlier place, then the order of the intents, then the rule's name.
//!
//! Read next: [`super::read`].

use super::Field;
use super::grammar::{Book, Rule};
use super::template::{Captures, Found, View};
use std::cmp::Ordering;

/// A rule that matched.
#[derive(Clone, Debug)]
pub(crate) struct Candidate<'b> {
    pub(crate) rule: &'b Rule,
    pub(crate) found: Found,
}

impl Candidate<'_> {
    pub(crate) fn captures(&self) -> &Captures {
        &self.found.captures
    }
}

/// The better candidate is `Less`.
fn order(a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering {
    b.rule
        .rank
        .cmp(&a.rule.rank)
        .then(b.found.score.cmp(&a.found.score))
        .then(a.found.start.cmp(&b.found.start))
        .then(a.rule.intent.cmp(&b.rule.intent))
        .then(a.rule.name.cmp(&b.rule.name))
}

/// Every rule that matches, best first.
pub(crate) fn candidates<'b>(book: &'b Book, field: Field, view: &View<'_>) -> Vec<Candidate<'b>> {
    let mut numbers = Vec::new();
    book.candidates(view.words, &mut numbers);
    let mut scratch = Vec::new();
    let mut list: Vec<Candidate<'b>> = numbers
        .iter()
        .filter_map(|number| book.rules.get(*number as usize))
        .filter(|rule| rule.field.is_none_or(|wanted| wanted == field))
        .filter_map(|rule| {
            let found = rule.template.find(view, &mut scratch)?;
            let excluded = rule.unless.iter().any(|template| template.find(view, &mut scratch).is_some());
            (!excluded).then_some(Candidate { rule, found })
        })
        .collect();
    list.sort_by(order);
    list
}
