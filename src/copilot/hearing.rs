//! How words are taken: as the answer to what was asked, as a correction of what goes on, or as something new.

use super::Copilot;
use super::choices::place_of;
use super::command::{Talk, Way, is_command, way};
use super::form::Form;
use super::mentioned::{Mentioned, Whom, minor};
use super::phrases::{Cue, Meaning, YES_WORDS_MAX};
use super::reading::{Heard, is_weak, reasons};
use super::reply::{Reply, Standing, Step};
use super::state::{Asked, Choices, Newcomer, Purpose, Task, Want};
use super::words::{parted, unquoted};
use crate::crm::model::folded;
use crate::crm::operation::search::{alike, words};
use crate::crm::operation::{CreateContact, Operation};
use crate::nlu::{Field, Intent, Language};
use jiff::Zoned;

/// The longest sentence that drops a question which any words would answer.
const STEERING_WORDS_MAX: usize = 3;

impl Copilot {
    /// The answer to what the person wrote.
    pub fn hear(&mut self, now: &Zoned, text: &str) -> Step {
        self.state.awaiting = None;
        let repeated = std::mem::take(&mut self.state.said);
        let mut reply = Reply::default();
        let heard = self.read(now, text, self.expecting());
        reply.step.why = reasons(&heard.meant);
        let (free, idle) = (self.expecting() == Field::Words, self.state.asked.is_none());
        if !free && self.book().is(Cue::Why, text) {
            self.explain(&mut reply);
        } else if idle && self.book().is(Cue::More, text) {
            self.show_more(&mut reply);
        } else if heard.talk() == Some(Talk::Repeat) {
            let meaning = Meaning::NothingToRepeat;
            reply.add(&if repeated.is_empty() { self.worded(meaning, &[]) } else { repeated });
        } else if !self.answered(&mut reply, now, &heard) {
            self.take_up(&mut reply, now, &heard);
        }
        self.finish(reply)
    }

    /// Takes the words as an answer to what was asked, if they are one.
    fn answered(&mut self, reply: &mut Reply, now: &Zoned, heard: &Heard) -> bool {
        let Some(asked) = self.state.asked.take() else { return false };
        let free = asked.field() == Field::Words;
        // Where "stop" is one of the choices it is that choice.
        if asked == Asked::Missing(Want::Field(Field::Choice)) && self.is_choice(&heard.text) {
            return self.form_answered(reply, now, heard, true);
        }
        if let Asked::Confirm(operation) = &asked
            && self.agrees_to(&heard.text, operation)
        {
            self.give_out(reply, (**operation).clone(), Purpose::Done);
            return true;
        }
        if heard.talk() == Some(Talk::Drop) && (!free || heard.words() <= STEERING_WORDS_MAX) {
            self.drop_all();
            self.say(reply, Meaning::LetGo, &[]);
            return true;
        }
        if heard.talk() == Some(Talk::Help) && (!free || heard.words() <= STEERING_WORDS_MAX) {
            self.state.asked = Some(asked);
            self.say(reply, Meaning::Help, &[]);
            return true;
        }
        // What is named is not an answer, unless any words are one or it is put up itself.
        if !free && !matches!(asked, Asked::Which(_)) && self.named_outright(heard).is_some() {
            return false;
        }
        match asked {
            Asked::Confirm(operation) => self.confirmed(reply, now, heard, *operation),
            Asked::Which(choices) => self.chosen(reply, now, heard, choices),
            Asked::AddThem(newcomer) => self.newcomer(reply, now, heard, newcomer),
            Asked::Missing(want) => self.given(reply, now, heard, want, false),
            Asked::AnswerOrWish { want, said } => self.answer_or_wish(reply, now, heard, (want, said)),
        }
    }

    /// Whether a sentence says yes and then what it says yes to: "yes, delete it".
    fn agrees_to(&self, text: &str, operation: &Operation) -> bool {
        let rest = self.without_yes(text);
        if text.contains(['?', '¿']) || rest.split_whitespace().count() == text.split_whitespace().count() {
            return false;
        }
        let book = self.book();
        let polite = |word: &String| book.words(Cue::Politeness).contains(word);
        let said: Vec<String> = words(&rest).into_iter().skip_while(polite).collect();
        let does = words(&book.term(operation.name())).first().cloned().unwrap_or_default();
        let is_it = |word: &str| alike(word, &does) || book.meant_by(word).any(|meant| meant == does);
        let them = book.words(Cue::It);
        match said.as_slice() {
            [verb, it] => is_it(verb) && them.contains(it),
            // "Bórralo": what it is done to hangs on the verb.
            [word] => them.iter().filter_map(|it| word.strip_suffix(it.as_str())).any(is_it),
            _ => false,
        }
    }

    fn confirmed(&mut self, reply: &mut Reply, now: &Zoned, heard: &Heard, operation: Operation) -> bool {
        if self.book().is_yes(&heard.text) {
            self.give_out(reply, operation, Purpose::Done);
            return true;
        }
        if self.corrected(reply, now, heard) {
            return true;
        }
        if heard.talk() == Some(Talk::No) {
            self.drop_all();
            self.say(reply, Meaning::LetGo, &[]);
            return true;
        }
        if is_command(heard.intent()) {
            return false;
        }
        self.state.asked = Some(Asked::Confirm(Box::new(operation)));
        self.say(reply, Meaning::YesOrNo, &[]);
        self.offer_yes_no(reply);
        true
    }

    /// "No, Ana Souza", "make it Friday": what goes on, with that in place of what it was.
    fn corrected(&mut self, reply: &mut Reply, now: &Zoned, heard: &Heard) -> bool {
        let Some(intent) = self.state.task.as_ref().map(|task| task.intent) else { return false };
        let plain = self.without_yes(&heard.text);
        let mut rest = self.without_openers(&plain);
        if self.state.task.as_ref().is_some_and(|task| task.form.is_some()) {
            return self.form_corrected(reply, now, &rest);
        }
        // "To John Smith" is whose it is to be.
        if let Some((into, name)) = rest.split_once(' ')
            && self.book().words(Cue::Into).contains(&folded(into))
            && name.starts_with(char::is_uppercase)
        {
            rest = name.to_owned();
        }
        if rest.is_empty() {
            return false;
        }
        let heard = self.read(now, &rest, Field::Name);
        let (other, mut later) = (heard.intent(), self.mentioned(now, &heard, intent));
        if is_command(other) && other != intent && !is_weak(&heard.meant) {
            return false;
        }
        // A bare word is somebody's name when it is written as one, or said to be the correction.
        let as_name = rest != plain || rest.starts_with(char::is_uppercase);
        if !as_name && matches!(later.whom, Some(Whom::Named(_))) {
            later.whom = None;
        }
        if intent == Intent::UpdateContact && later.whom.is_some() && heard.meant.intent == Intent::Unknown {
            // At the end of a change a bare name is whose it is.
            later.name = None;
        }
        if later.is_empty() {
            return false;
        }
        if let Some(task) = &mut self.state.task {
            task.correct(later);
        }
        self.go_on(reply, now);
        true
    }

    /// A sentence without the "yes" before and the "please" behind it, which make no correction of it.
    fn without_yes(&self, text: &str) -> String {
        let all: Vec<&str> = text.split_whitespace().collect();
        let mut words = all.as_slice();
        let is = |cue, said: &[&str]| self.book().words(cue).contains(&folded(&said.join(" ")));
        let lengths = |words: &[&str]| (1..=words.len().min(YES_WORDS_MAX)).rev();
        while let Some(length) = lengths(words).find(|length| is(Cue::Yes, &words[..*length])) {
            words = &words[length..];
        }
        while let Some(place) =
            lengths(words).map(|length| words.len() - length).find(|place| is(Cue::Politeness, &words[*place..]))
        {
            words = &words[..place];
        }
        words.join(" ")
    }

    /// A sentence without what a correction begins or ends with.
    pub(super) fn without_openers(&self, text: &str) -> String {
        let openers = self.book().words(Cue::Opener);
        let mut words: Vec<&str> = text.split_whitespace().collect();
        let is_opener = |words: &[&str]| !words.is_empty() && openers.contains(&folded(&words.join(" ")));
        loop {
            let before = words.len();
            if let Some(length) = (1..=3).rev().find(|length| words.get(..*length).is_some_and(is_opener)) {
                words.drain(..length);
            }
            if words.last().is_some_and(|last| is_opener(&[*last])) {
                words.pop();
            }
            if words.len() == before {
                return words.join(" ");
            }
        }
    }

    fn chosen(&mut self, reply: &mut Reply, now: &Zoned, heard: &Heard, choices: Choices) -> bool {
        let count = choices.len();
        let by_words = self.note_meant(&choices, heard);
        let by_name = by_words.or_else(|| choices.by_name(heard));
        // "Crear un flujo" is not the first, though "un" is a number.
        let operations = matches!(choices, Choices::Operations { .. });
        if !operations && by_name.is_none() && self.named_outright(heard).is_some() {
            return false;
        }
        let by_number = heard.meant.entities.option.and_then(|option| choices.place(option));
        let place = by_words.or(by_number).or(by_name);
        if let (Some(place), Choices::Operations { said, all }) = (place, &choices) {
            let name = all.get(place).map(String::as_str).unwrap_or_default();
            self.begin_chosen(reply, now, name, said);
            return true;
        }
        if let Some(place) = place
            && let Some(task) = &mut self.state.task
        {
            task.choose(&choices, place);
            self.go_on(reply, now);
            return true;
        }
        if heard.talk() == Some(Talk::No) {
            self.drop_all();
            self.say(reply, Meaning::LetGo, &[]);
            return true;
        }
        if self.corrected(reply, now, heard) {
            return true;
        }
        if is_command(heard.intent()) && !is_weak(&heard.meant) {
            return false;
        }
        self.state.asked = Some(Asked::Which(choices));
        self.say(reply, Meaning::WhichAgain, &[("count", count.to_string())]);
        reply.step.suggestions = (1..=count).map(|number| number.to_string()).collect();
        true
    }

    fn newcomer(&mut self, reply: &mut Reply, now: &Zoned, heard: &Heard, newcomer: Newcomer) -> bool {
        if self.book().is_yes(&heard.text) {
            let (first_name, last_name) = parted(newcomer.name.as_deref().unwrap_or_default());
            let phone = newcomer.phone.map(|phone| phone.to_string());
            let operation = CreateContact { first_name, last_name, phone, email: newcomer.email, ..<_>::default() };
            self.give_out(reply, operation.into(), Purpose::Newcomer);
            return true;
        }
        if self.corrected(reply, now, heard) {
            return true;
        }
        if heard.talk() == Some(Talk::No) {
            self.drop_all();
            self.say(reply, Meaning::LetGo, &[]);
            return true;
        }
        if is_command(heard.intent()) {
            return false;
        }
        self.state.asked = Some(Asked::AddThem(newcomer));
        self.say(reply, Meaning::YesOrNo, &[]);
        self.offer_yes_no(reply);
        true
    }

    /// What a command lacked. `meant`: they said that these words are it.
    pub(super) fn given(&mut self, reply: &mut Reply, now: &Zoned, heard: &Heard, want: Want, meant: bool) -> bool {
        if matches!(want, Want::Field(_)) {
            return self.form_answered(reply, now, heard, meant);
        }
        if !meant && self.leaves(now, want, &heard.text) {
            let wish = self.read(now, &heard.text, Field::Anything);
            self.take_up(reply, now, &wish);
            return true;
        }
        if let Some(field) = self.doubted(now, want, &heard.text).filter(|_| !meant) {
            self.ask_whether_meant(reply, want, heard.text.trim(), field);
            return true;
        }
        let Some(intent) = self.state.task.as_ref().map(|task| task.intent) else { return false };
        let free = want.is_free();
        let other = is_command(heard.intent()) && heard.intent() != intent && !is_weak(&heard.meant);
        // Asked for a day, "Friday at ten" may be read as a booking: it is the answer all the same.
        let answers =
            want == Want::Day && heard.meant.entities.when.is_some() && heard.words() <= STEERING_WORDS_MAX + 2;
        if other && !free && !answers {
            return false;
        }
        let mut later = self.mentioned(now, heard, intent);
        match want {
            Want::Whom => {
                if self.book().is_yes(&heard.text) && self.state.focus.is_some() {
                    later.whom = Some(Whom::Them);
                }
                let entities = &heard.meant.entities;
                let said = entities.email.clone().map(Whom::Email).or(entities.phone.clone().map(Whom::Phone));
                let bare = || self.bare_name(heard).map(Whom::Named);
                later = Mentioned { whom: later.whom.or(said).or_else(bare), ..Mentioned::default() };
            }
            Want::Name => later.name = later.name.or_else(|| self.bare_name(heard)),
            Want::Tags => later = Mentioned { tags: self.parted_list(&heard.text), ..Mentioned::default() },
            Want::Title => later = Mentioned { body: Some(unquoted(&heard.text).to_owned()), ..Mentioned::default() },
            Want::Words | Want::Message | Want::CallNotes | Want::Post => {
                later = Mentioned { body: Some(heard.text.trim().to_owned()), ..Mentioned::default() };
            }
            Want::Subject => later = Mentioned { subject: Some(heard.text.trim().to_owned()), ..Mentioned::default() },
            Want::Workflow | Want::Campaign => {
                later = Mentioned { campaign: Some(heard.text.trim().to_owned()), ..Mentioned::default() };
            }
            Want::Stage => later = Mentioned { stage: Some(heard.text.trim().to_owned()), ..Mentioned::default() },
            Want::Change => later.whom = None,
            Want::Amount => {
                let amount = heard.meant.entities.amount.or(heard.meant.entities.number).map(minor);
                later = Mentioned { amount_minor: amount, ..Mentioned::default() };
            }
            Want::Service | Want::Day | Want::Field(_) => {}
        }
        if heard.talk() == Some(Talk::No) && later.is_empty() {
            self.drop_all();
            self.say(reply, Meaning::LetGo, &[]);
            return true;
        }
        if let Some(task) = &mut self.state.task {
            task.correct(later);
        }
        self.go_on(reply, now);
        true
    }

    /// Something new.
    pub(super) fn take_up(&mut self, reply: &mut Reply, now: &Zoned, heard: &Heard) {
        let intent = heard.intent();
        if let Some(found) = self.named_outright(heard) {
            self.leave(reply);
            self.begin_form(reply, now, &found);
            return;
        }
        if is_command(intent) {
            self.leave(reply);
            let mentioned = self.mentioned(now, heard, intent);
            let further = heard.meant.also.iter();
            let further = further.map(|(intent, entities)| (*intent, self.mentioned_in(now, heard, *intent, entities)));
            self.state.next = further.collect();
            self.state.reasons = reasons(&heard.meant);
            self.begin(reply, now, intent, mentioned);
            return;
        }
        let Some(talk) = heard.talk() else { return };
        self.talk(reply, now, heard, talk);
    }

    /// Leaves what goes on, and says so.
    pub(super) fn leave(&mut self, reply: &mut Reply) {
        if self.state.task.take().is_some() {
            self.say(reply, Meaning::LeftThat, &[]);
        }
    }

    /// Begins a command.
    pub(super) fn begin(&mut self, reply: &mut Reply, now: &Zoned, intent: Intent, mentioned: Mentioned) {
        match way(intent) {
            Way::Command(_) => {
                self.state.more = None;
                self.state.task = Some(Task::new(intent, mentioned));
                self.go_on(reply, now);
            }
            Way::Refusal(meaning) => {
                self.say(reply, meaning, &[]);
                self.next_wish(reply, now);
            }
            Way::Talk(_) => {}
        }
    }

    fn talk(&mut self, reply: &mut Reply, now: &Zoned, heard: &Heard, talk: Talk) {
        match talk {
            Talk::Greeting => {
                self.say(reply, Meaning::Hello, &[("business", self.business.name.clone())]);
                self.suggest(reply);
            }
            Talk::Help => {
                self.say(reply, Meaning::Help, &[]);
                self.suggest(reply);
            }
            Talk::Thanks => self.say(reply, Meaning::Welcome, &[]),
            Talk::Goodbye => {
                self.say(reply, Meaning::Goodbye, &[]);
                reply.step.standing = Standing::Closed;
            }
            Talk::HoldOn => self.say(reply, Meaning::HoldOn, &[]),
            Talk::SwitchLanguage => {
                self.state.language = Some(match self.language() {
                    Language::En => Language::Es,
                    Language::Es => Language::En,
                });
                self.say(reply, Meaning::LanguageNow, &[]);
            }
            Talk::Drop => {
                self.drop_all();
                self.say(reply, Meaning::LetGo, &[]);
            }
            Talk::No => {
                // "No, tag him gold": what follows is a sentence of its own.
                let rest = self.without_openers(&heard.text);
                let again = if rest.is_empty() { None } else { Some(self.read(now, &rest, Field::Anything)) };
                match again.filter(|again| is_command(again.intent())) {
                    Some(again) => self.take_up(reply, now, &again),
                    None => self.say(reply, Meaning::NothingOpen, &[]),
                }
            }
            Talk::Yes => self.say(reply, Meaning::NothingOpen, &[]),
            Talk::Select => self.show_listed(reply, now, heard),
            Talk::Repeat | Talk::Unknown => self.not_understood(reply, now, heard),
        }
    }

    /// Perhaps it begins with what a correction begins with, or is a number in the last list.
    fn not_understood(&mut self, reply: &mut Reply, now: &Zoned, heard: &Heard) {
        let rest = self.without_openers(&heard.text);
        if !rest.is_empty() && rest != heard.text {
            let again = self.read(now, &rest, Field::Anything);
            if is_command(again.intent()) {
                self.take_up(reply, now, &again);
                return;
            }
        }
        if heard.words() == 1 && heard.meant.entities.number.is_some() && !self.state.listed.is_empty() {
            self.show_listed(reply, now, heard);
            return;
        }
        if self.take_up_form(reply, now, &heard.text) {
            return;
        }
        self.say(reply, Meaning::NotUnderstood, &[]);
        self.suggest(reply);
    }

    /// One of those listed last.
    fn show_listed(&mut self, reply: &mut Reply, now: &Zoned, heard: &Heard) {
        let entities = &heard.meant.entities;
        #[expect(clippy::cast_possible_truncation, reason = "a float's cast saturates, and no list is that long")]
        let option = entities.option.or(entities.number.map(|number| number as i64));
        let place = option.and_then(|option| place_of(option, self.state.listed.len()));
        let Some(person) = place.and_then(|place| self.state.listed.get(place).cloned()) else {
            self.say(reply, Meaning::NothingOpen, &[]);
            return;
        };
        self.state.focus = Some(person);
        let mentioned = Mentioned { whom: Some(Whom::Them), ..Mentioned::default() };
        self.begin(reply, now, Intent::GetContact, mentioned);
    }

    fn explain(&mut self, reply: &mut Reply) {
        let Some((intent, rules)) = self.state.reasons.split_first() else {
            self.say(reply, Meaning::NoReason, &[]);
            return;
        };
        let fills = [("intent", self.book().term(intent)), ("rules", rules.join(", "))];
        self.say(reply, Meaning::Why, &fills);
    }

    fn show_more(&mut self, reply: &mut Reply) {
        match self.state.more.take() {
            Some((intent, operation)) => {
                let form = (intent == Intent::Unknown).then(|| Form::of(&operation));
                self.state.task = Some(Task { form, ..Task::new(intent, Mentioned::default()) });
                if intent == Intent::Unknown {
                    self.state.more = Some((intent, operation.clone()));
                }
                self.give_out(reply, operation, Purpose::Done);
            }
            None => self.say(reply, Meaning::NothingMore, &[]),
        }
    }

    fn drop_all(&mut self) {
        (self.state.task, self.state.asked) = (None, None);
        self.state.next.clear();
    }
}
