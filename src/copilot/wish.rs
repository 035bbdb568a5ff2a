//! Words that would answer a question and are, by what they say, a wish of their own: "show today's appointments", where a
//! name was asked for. Nobody is to find out from a list what was made of them, so they are asked about.

use super::Copilot;
use super::command::{Talk, is_command};
use super::form::meant::Meant;
use super::form::only_reads;
use super::phrases::{Book, Cue, Meaning};
use super::reading::{Heard, is_weak};
use super::reply::Reply;
use super::state::{Asked, Task, Want};
use super::words::unquoted;
use crate::crm::model::folded;
use crate::crm::operation::CATALOGUE;
use crate::crm::operation::search::words;
use crate::nlu::{Field, Intent, Language};
use jiff::Zoned;

/// So many words say what is to be done though they do not begin with it: "remind me to".
const WISH_WORDS: usize = 3;

/// Which words said in answer to a question are taken for a wish.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wishes {
    /// Those that want something shown: what is to be done is itself said as a wish, "call Ana".
    ToSee,
    /// All.
    Any,
}

impl Copilot {
    /// Whether words would be a wish of their own if nothing had been asked. What stands in quotes never is.
    pub(super) fn is_wish(&self, now: &Zoned, text: &str, which: Wishes) -> bool {
        if unquoted(text) != text.trim() {
            return false;
        }
        // "Contacts without e-mail" and "Follow up" are as good names as any; "show contacts without e-mail" is not.
        let clear = |language| imperative(self.phrases.book(language), text) || text.contains(['?', '¿']);
        let long = text.split_whitespace().count() >= WISH_WORDS;
        let wished = |intent: Intent, language| match which {
            Wishes::ToSee => only_reads(intent) && clear(language),
            Wishes::Any => is_command(intent) && (clear(language) || long && !only_reads(intent)),
        };
        let understood = Language::ALL.iter().any(|language| {
            let meant = self.understood(now, text, Field::Anything, *language);
            !is_weak(&meant) && wished(meant.intent, *language)
        });
        let named = || matches!(self.meant(text), Meant::One(found) if found.plainly);
        understood || which == Wishes::Any && named()
    }

    /// Whether words that answer what a command lacks are to be asked about first, and what they would become.
    pub(super) fn doubted(&self, now: &Zoned, want: Want, text: &str) -> Option<String> {
        let (which, field) = match want {
            Want::Title => (Wishes::ToSee, "title"),
            Want::Tags => (Wishes::Any, "tag"),
            Want::Whom
            | Want::Name
            | Want::Words
            | Want::Change
            | Want::Service
            | Want::Day
            | Want::Amount
            | Want::Stage
            | Want::Message
            | Want::Subject
            | Want::CallNotes
            | Want::Post
            | Want::Workflow
            | Want::Campaign
            | Want::Field(_) => return None,
        };
        self.is_wish(now, text, which).then(|| self.book().field(field))
    }

    /// Whether words that should name one of those there are name none of them, and are a wish.
    pub(super) fn leaves(&self, now: &Zoned, want: Want, text: &str) -> bool {
        let Some(task) = &self.state.task else { return false };
        let named = known(task, want).is_some_and(|all| all.iter().any(|name| folded(name) == folded(text)));
        matches!(want, Want::Stage | Want::Workflow | Want::Campaign) && !named && self.is_wish(now, text, Wishes::Any)
    }

    /// Asks whether words are the answer or a wish.
    pub(super) fn ask_whether_meant(&mut self, reply: &mut Reply, want: Want, said: &str, field: String) {
        self.say(reply, Meaning::AnswerOrWish, &[("said", said.to_owned()), ("field", field)]);
        self.offer_yes_no(reply);
        self.state.asked = Some(Asked::AnswerOrWish { want, said: said.to_owned() });
    }

    /// Yes: they are the answer. No: they are the wish. Anything else is the answer in their stead.
    pub(super) fn answer_or_wish(
        &mut self,
        reply: &mut Reply,
        now: &Zoned,
        heard: &Heard,
        (want, said): (Want, String),
    ) -> bool {
        let begins = heard.text.split_once(',').map_or(heard.text.as_str(), |(begins, _)| begins);
        if self.book().is_yes(&heard.text) || self.book().is_yes(begins) {
            let answer = self.read(now, &said, want.field());
            return self.given(reply, now, &answer, want, true);
        }
        let rest = self.without_openers(&heard.text);
        if heard.talk() == Some(Talk::No) && rest.is_empty() {
            let wish = self.read(now, &said, Field::Anything);
            self.take_up(reply, now, &wish);
            return true;
        }
        let answer = self.read(now, if rest.is_empty() { &heard.text } else { &rest }, want.field());
        self.given(reply, now, &answer, want, false)
    }
}

/// What there is of what a command lacks, once read.
fn known(task: &Task, want: Want) -> Option<Vec<String>> {
    match want {
        Want::Workflow => task.workflows.as_ref().map(|all| all.iter().map(|one| one.name.clone()).collect()),
        Want::Campaign => task.campaigns.as_ref().map(|all| all.iter().map(|one| one.name.clone()).collect()),
        Want::Stage => {
            let stages = |all: &Vec<_>| all.iter().flat_map(stages_of).collect();
            task.pipelines.as_ref().map(stages)
        }
        Want::Whom
        | Want::Name
        | Want::Tags
        | Want::Words
        | Want::Change
        | Want::Service
        | Want::Day
        | Want::Title
        | Want::Amount
        | Want::Message
        | Want::Subject
        | Want::CallNotes
        | Want::Post
        | Want::Field(_) => None,
    }
}

fn stages_of(pipeline: &crate::crm::model::Pipeline) -> impl Iterator<Item = String> {
    pipeline.stages.iter().map(|stage| stage.name.clone())
}

/// Whether a sentence begins with what is to be done: a verb of the catalogue's names, or another word for one.
fn imperative(book: &Book, text: &str) -> bool {
    let said = words(text);
    let small = |word: &&String| [Cue::Small, Cue::Politeness].into_iter().any(|cue| book.words(cue).contains(*word));
    let Some(first) = said.iter().find(|word| !small(word)) else { return false };
    let does = |verb: &str| {
        CATALOGUE.iter().any(|entry| words(&book.term(entry.about.name)).first().is_some_and(|own| own == verb))
    };
    does(first) || book.meant_by(first).any(does)
}
