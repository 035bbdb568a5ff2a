//! What a sentence means: as it stands, with names in place of pronouns, with shortcuts written out, in the other language.

use super::Copilot;
use super::command::{Talk, Way, is_command, way};
use super::form::meant::Meant;
use super::mentioned::Mentioned;
use super::phrases::Cue;
use super::pronouns;
use super::state::{Asked, Choices};
use crate::crm::model::folded;
use crate::nlu::{Entities, Expecting, Field, Intent, Language, Term, Understanding, understand};
use jiff::Zoned;

/// The longest text that is taken for a name.
const NAME_WORDS_MAX: usize = 5;

/// What the rules of a second opinion are called in an [`Understanding`].
const OPINION: &str = "opinion:";

/// A sentence and what it means.
pub(super) struct Heard {
    /// As it was written.
    pub(super) text: String,
    /// With names in place of pronouns and shortcuts written out: what was understood.
    read: String,
    /// Whether one of those names stands for "him" or "her".
    pub(super) them: bool,
    pub(super) meant: Understanding,
}

impl Heard {
    /// The intent; what only an opinion makes of a sentence confirms, drops and ends nothing.
    pub(super) fn intent(&self) -> Intent {
        if is_command(self.meant.intent) || !is_weak(&self.meant) { self.meant.intent } else { Intent::Unknown }
    }

    /// What there is to talk about, if that is what it is.
    pub(super) fn talk(&self) -> Option<Talk> {
        match way(self.intent()) {
            Way::Talk(talk) => Some(talk),
            Way::Command(_) | Way::Refusal(_) => None,
        }
    }

    /// How many words it has.
    pub(super) fn words(&self) -> usize {
        self.text.split_whitespace().count()
    }
}

/// Whether no rule speaks for it.
pub(super) fn is_weak(meant: &Understanding) -> bool {
    meant.intent == Intent::Unknown || meant.why.iter().any(|why| why.starts_with(OPINION))
}

impl Copilot {
    /// Understands a sentence.
    pub(super) fn read(&mut self, now: &Zoned, text: &str, field: Field) -> Heard {
        let (mut meant, mut read) = (self.understood(now, text, field, self.language()), text.to_owned());
        let mut them = false;
        let anybody = meant.entities.name.is_some() || meant.entities.query.is_some();
        // Words of a message are whoever's they are about.
        let end = meant.entities.body.as_ref().and_then(|body| text.rfind(body.as_str())).unwrap_or(text.len());
        if field != Field::Words
            && !anybody
            && let Some(named) = pronouns::with_names(self.book(), text, end)
        {
            (meant, read, them) = (self.understood(now, &named, field, self.language()), named, true);
        }
        // Where a name or a day is asked for, a bare name is the answer.
        if is_weak(&meant)
            && matches!(field, Field::Anything | Field::YesNo)
            && let Some(whole) = pronouns::written_out(self.book(), &read)
        {
            let better = self.understood(now, &whole, field, self.language());
            if !is_weak(&better) {
                (meant, read) = (better, whole);
            }
        }
        // What names an operation is in the language spoken, whatever it would mean in the other.
        let named = || matches!(self.meant(text), Meant::One(found) if found.whole);
        if is_weak(&meant) && field == Field::Anything && !named() {
            let other = self.language().other();
            let foreign = self.understood(now, text, field, other);
            if !is_weak(&foreign) && is_command(foreign.intent) {
                self.state.language = Some(other);
                (meant, read, them) = (foreign, text.to_owned(), false);
            }
        }
        Heard { text: text.to_owned(), read, them, meant }
    }

    pub(super) fn understood(&self, now: &Zoned, text: &str, field: Field, language: Language) -> Understanding {
        let services = self.business.services.iter();
        let services = services.map(|one| Term { name: one.name.clone(), aliases: one.aliases.clone() }).collect();
        let region = self.business.region.clone();
        let expecting = Expecting { field, language, region, services, options: self.options(now), hours: None };
        understand(&self.grammar, &expecting, now, text)
    }

    /// What was put up for choice, as it can be named.
    fn options(&self, now: &Zoned) -> Vec<Term> {
        let Some(Asked::Which(choices)) = &self.state.asked else { return Vec::new() };
        let plain = |name: String| Term { name, aliases: Vec::new() };
        match choices {
            Choices::People(people) => people.iter().map(|one| plain(one.name.clone())).collect(),
            Choices::Notes(notes) => notes.iter().map(|one| plain(one.body.clone())).collect(),
            Choices::Appointments(all) => all.iter().map(|one| plain(self.appointment_line(one, now))).collect(),
            Choices::Tasks(all) => all.iter().map(|one| plain(one.title.clone())).collect(),
            Choices::Opportunities(all) => all.iter().map(|one| plain(one.name.clone())).collect(),
            Choices::Posts(all) => all.iter().map(|one| plain(one.text.clone())).collect(),
            Choices::Things(all) => all.iter().map(|one| plain(one.name.clone())).collect(),
            Choices::Operations { all, .. } => all.iter().map(|name| plain(self.book().term(name))).collect(),
            Choices::Slots(slots) => {
                slots.iter().map(|one| plain(self.book().moment(one.start, now.time_zone()))).collect()
            }
        }
    }

    pub(super) fn mentioned(&self, now: &Zoned, heard: &Heard, intent: Intent) -> Mentioned {
        self.mentioned_in(now, heard, intent, &heard.meant.entities)
    }

    pub(super) fn mentioned_in(&self, now: &Zoned, heard: &Heard, intent: Intent, entities: &Entities) -> Mentioned {
        let them = heard.them.then_some(self.book().pronouns.stand_in.as_str());
        Mentioned::of(intent, entities, (&heard.read, them), self.book(), now)
    }

    /// Words that can only be a name, because a name was asked for.
    pub(super) fn bare_name(&self, heard: &Heard) -> Option<String> {
        let named = heard.meant.entities.name.clone().or_else(|| heard.meant.entities.query.clone());
        if let Some(name) = named.filter(|name| !(heard.them && self.book().is_them(name))) {
            return Some(name);
        }
        let text = heard.text.trim_matches(|c: char| !c.is_alphanumeric());
        let plain = heard.meant.intent == Intent::Unknown && (1..=NAME_WORDS_MAX).contains(&heard.words());
        (plain && !text.is_empty()).then(|| text.to_owned())
    }

    pub(super) fn parted_list(&self, text: &str) -> Vec<String> {
        let and = self.book().words(Cue::And);
        let mut items = vec![String::new()];
        for word in text.replace([',', ';'], " , ").split_whitespace() {
            if word == "," || and.contains(&folded(word)) {
                items.push(String::new());
            } else if let Some(item) = items.last_mut() {
                if !item.is_empty() {
                    item.push(' ');
                }
                item.push_str(word.trim_matches(|c: char| matches!(c, '"' | '.' | '!')));
            }
        }
        items.retain(|item| !item.is_empty());
        items
    }
}

/// What was understood and why, for the record.
pub(super) fn reasons(meant: &Understanding) -> Vec<String> {
    std::iter::once(meant.intent.name().to_owned()).chain(meant.why.iter().cloned()).collect()
}
