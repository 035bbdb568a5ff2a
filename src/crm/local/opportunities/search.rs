//! Opportunities a page at a time, and those of a few words.
//!
//! A word is looked for within the words of a name. Each of those is kept from each of its letters on (the table
//! `opportunity_keys`), so that what is within it is the beginning of one of them: a range of an index. Where a word leads to
//! few opportunities, those alone are read; where all words lead to many, a page of them is full before many were read.
//!
//! Invariant: an opportunity's keys depend on its name alone.

use super::super::contacts::{by_id, say_known_by};
use super::super::pipelines;
use super::super::records::{Order, Record};
use super::super::statement::{Statement, is_sqlite};
use super::super::store::{Row, get, json, word};
use super::super::{Perform, Within};
use crate::crm::Error;
use crate::crm::model::{Opportunity, Page, Pipeline, folded};
use crate::crm::operation::{ListOpportunities, OpportunitySort};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The longest key, in characters: of a longer word, its beginning.
const KEY_MAX: usize = 24;
/// How many opportunities are few.
const FEW: usize = 500;
/// Sorts after every continuation of a beginning.
const LAST: char = '\u{10ffff}';

/// What an opportunity of this name is found by.
pub(super) fn keys(name: &str) -> BTreeSet<String> {
    let folded = folded(name);
    let words = folded.split_whitespace();
    words.flat_map(|word| word.char_indices().map(|(from, _)| clipped(&word[from..]))).collect()
}

fn clipped(word: &str) -> String {
    word.chars().take(KEY_MAX).collect()
}

impl Perform for ListOpportunities {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Opportunity>, Error> {
        let text = folded(self.text.as_deref().unwrap_or_default());
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut list = within.opportunities_with(&words).await?;
        if let Some(pipeline) = self.pipeline {
            let pipeline: Pipeline = within.load(pipeline).await?;
            list.say(" AND pipeline_id = ").bind(pipeline.id.to_string());
        }
        if let Some(stage) = self.stage {
            let (_, stage) = pipelines::with_stage(within, stage).await?;
            list.say(" AND stage_id = ").bind(stage.id.to_string());
        }
        if let Some(contact) = self.contact {
            let contact = by_id(within.connection, within.business, contact).await?;
            list.say(" AND contact_id = ").bind(contact.id.to_string());
        }
        if let Some(status) = &self.status {
            list.say(" AND status = ").bind(word(status)?);
        }
        if let Some(over) = self.value_over {
            list.say(" AND value_minor > ").bind(over);
        }
        if let Some(under) = self.value_under {
            list.say(" AND value_minor < ").bind(under);
        }
        let (column, text) = match self.sort {
            OpportunitySort::Created => ("created_at", false),
            OpportunitySort::Updated => ("updated_at", false),
            OpportunitySort::Value => ("value_minor", false),
            OpportunitySort::Name => ("sort_name", true),
            OpportunitySort::Expected => ("expected_order", true),
        };
        let order = Order { column, text, descending: self.descending };
        within.page(list, order, (self.limit, self.cursor.as_deref())).await
    }
}

impl Within<'_> {
    /// The beginning of a list of the opportunities in whose name each of these words is found, or of whose contact it is the
    /// beginning of a word. They have been folded, so there is no pattern in them.
    async fn opportunities_with(&mut self, words: &[&str]) -> Result<Statement, Error> {
        let mut list = self.list::<Opportunity>();
        // Long words are seldom.
        let mut likeliest = words.to_vec();
        likeliest.sort_by_key(|word| Reverse(word.len()));
        for word in likeliest {
            if let Some(few) = self.few_with(word).await? {
                list = self.those("SELECT opportunities.*", &few)?;
                list.say(" WHERE opportunities.id = few.few_id AND business_id = ").bind(self.business.to_string());
                break;
            }
        }
        for word in words {
            list.say(" AND (sort_name LIKE ").bind(format!("%{word}%")).say(" OR contact_id IN (");
            say_known_by(&mut list, self.business, word);
            list.say("))");
        }
        Ok(list)
    }

    /// The opportunities this word may lead to, if they are few.
    async fn few_with(&mut self, word: &str) -> Result<Option<BTreeSet<String>>, Error> {
        let beginning = clipped(word);
        let mut by_name = Statement::new("SELECT opportunity_id FROM opportunity_keys WHERE business_id = ");
        by_name.bind(self.business.to_string()).say(" AND key >= ").bind(beginning.as_str());
        by_name.say(" AND key < ").bind(format!("{beginning}{LAST}"));
        let Some(mut few) = self.few(by_name, "opportunity_id").await? else { return Ok(None) };
        let mut known = Statement::new("");
        say_known_by(&mut known, self.business, word);
        let Some(contacts) = self.few(known, "contact_id").await? else { return Ok(None) };
        let mut theirs = self.those("SELECT opportunities.id", &contacts)?;
        theirs.say(" WHERE business_id = ").bind(self.business.to_string()).say(" AND contact_id = few.few_id");
        let Some(theirs) = self.few(theirs, "id").await? else { return Ok(None) };
        few.extend(theirs);
        Ok(Some(few))
    }

    /// What a statement finds in a column, if that is few.
    async fn few(&mut self, mut of: Statement, column: &'static str) -> Result<Option<BTreeSet<String>>, Error> {
        of.say(" LIMIT ").bind(i64::try_from(FEW + 1).unwrap_or(i64::MAX));
        let rows = of.fetch_all(self.connection).await?;
        if rows.len() > FEW {
            return Ok(None);
        }
        rows.iter().map(|row: &Row| get(row, column)).collect::<Result<_, _>>().map(Some)
    }

    /// Goes on to opportunities from ids in this order of reading: `SQLite` keeps to a cross join, and would else read all of
    /// the business by the index the list is sorted by.
    fn those(&self, what: &'static str, ids: &BTreeSet<String>) -> Result<Statement, Error> {
        let mut statement = Statement::new(what);
        if is_sqlite(self.connection) {
            statement.say(" FROM (SELECT atom AS few_id FROM json_each(").bind(json(ids)?).say("))");
        } else {
            statement.say(" FROM (SELECT value AS few_id FROM json_array_elements_text(");
            statement.bind(json(ids)?).say("::json))");
        }
        statement.say(" AS few CROSS JOIN ").say(Opportunity::TABLE);
        Ok(statement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_found_by_each_ending_of_its_words() {
        let expected = ["at", "ath", "bath", "h", "n", "t", "th", "un", "zun"];
        assert_eq!(keys("Bath, Ün at Zün"), expected.map(str::to_owned).into());
    }

    proptest! {
        #[test]
        fn whatever_is_within_a_word_begins_a_key(name in ".{0,60}", from in 0usize..60, long in 1usize..60) {
            for word in folded(&name).split_whitespace() {
                let within: String = word.chars().skip(from).take(long).collect();
                let beginning = clipped(&within);
                prop_assert!(beginning.is_empty() || keys(&name).iter().any(|key| key.starts_with(&beginning)), "{within}");
            }
        }
    }
}
