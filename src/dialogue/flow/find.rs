//! Finding an appointment there is, to move it, cancel it or tell about it: by the caller's number, by another one, or
//! by the full name.
//!
//! Invariant: of several people of one name, nobody's number or appointment is told before the caller gave the end of
//! that number.

use super::super::ask::Rung;
use super::super::phrasing::{Cue, Fill, Meaning, spoken};
use super::super::reply::Reply;
use super::super::state::{Ask, Dialogue, Finding, Flow, Job, Purpose};
use super::wish::Wish;
use crate::crm::Operation;
use crate::crm::model::Appointment;
use crate::crm::operation::ListAppointments;
use crate::id::AppointmentId;
use crate::nlu::{Entities, Expecting, Field};
use jiff::ToSpan;

/// Appointments read out at once.
const TOLD_MAX: usize = 4;

/// Appointments asked for.
const LIST_MAX: usize = 200;

/// The last figures of a telephone number that tell people of one name apart.
const ENDING_DIGITS: usize = 4;

/// Fruitless searches after which we stop asking.
const DRY_MAX: u8 = 2;

/// How far ahead appointments are looked for.
const AHEAD_DAYS: i32 = 400;

impl Dialogue {
    pub(in crate::dialogue) fn start_finding(
        &mut self,
        reply: &mut Reply<'_>,
        purpose: Purpose,
        entities: &Entities,
        text: &str,
    ) {
        if let Some(made) = self.just_made(entities, text) {
            self.let_go();
            let to = |when| Wish::to(when, reply.today(), &self.lexicon().turns.toward);
            let wish = entities.when.as_ref().filter(|_| purpose == Purpose::Move).map(to).unwrap_or_default();
            return self.take_found(reply, made, purpose, wish);
        }
        let before = match &self.flow {
            Flow::Finding(finding) => Some((finding.phone.clone(), finding.name.clone(), finding.dry)),
            Flow::Idle | Flow::Booking(_) | Flow::Cancelling(_) | Flow::Message(_) => None,
        };
        self.let_go();
        let wish = entities.when.as_ref().map(|when| match purpose {
            Purpose::Move => Wish::to(when, reply.today(), &self.lexicon().turns.toward),
            Purpose::Cancel | Purpose::Tell => Wish::of(when, reply.today()),
        });
        let wish = wish.unwrap_or_default();
        let service = entities.service.as_deref().and_then(|name| self.service_named(name)).map(|s| s.id);
        if entities.phone.is_some() {
            self.take_person(&Entities { phone: entities.phone.clone(), ..Entities::default() });
        }
        // Whom to look for was said already.
        let (phone, name, dry) = match before {
            Some((phone, name, dry)) if entities.phone.is_none() && (phone.is_some() || name.is_some()) => {
                (phone, name, dry)
            }
            _ => (self.person.phone.clone(), None, 0),
        };
        let searches = phone.is_some() || name.is_some();
        // "December second" is a day and no second one.
        let option = entities.option.or(entities.ordinal).filter(|_| entities.when.is_none());
        let finding = Finding { purpose, wish, service, option, phone, name, dry, found: Vec::new() };
        self.flow = Flow::Finding(Box::new(finding));
        if searches { self.list(reply) } else { self.ask(reply, Ask::FindBy) }
    }

    /// The appointment made in this conversation, when it is the one they speak of, or the only one we can know of.
    fn just_made(&self, entities: &Entities, text: &str) -> Option<Appointment> {
        let made = self.made.as_ref().filter(|_| matches!(self.flow, Flow::Idle))?;
        let says_it = || self.phrases.book(self.language).cues(text).contains(&Cue::It);
        let names_another = entities.phone.is_some() || entities.option.is_some() || entities.ordinal.is_some();
        (!names_another && (self.person.phone.is_none() || says_it())).then(|| made.as_ref().clone())
    }

    fn list(&mut self, reply: &mut Reply<'_>) {
        let Flow::Finding(finding) = &self.flow else { return };
        let from = reply.now.timestamp();
        let to = reply.now.checked_add(AHEAD_DAYS.days()).map_or(from, |at| at.timestamp());
        let (phone, name) = (finding.phone.clone(), finding.name.clone());
        let operation = ListAppointments { phone, name, from, to, limit: LIST_MAX, ..ListAppointments::default() };
        self.perform(reply, Job::List, Operation::ListAppointments(operation));
    }

    /// They say what the appointment is under. Says whether they did.
    pub(in crate::dialogue) fn find_by(&mut self, reply: &mut Reply<'_>, entities: &Entities) -> bool {
        let Flow::Finding(finding) = &mut self.flow else { return false };
        // One name alone is shared by too many people to tell appointments by.
        let full_name = entities.name.as_deref().filter(|name| name.split_whitespace().count() >= 2);
        match (&entities.phone, full_name) {
            (Some(phone), _) => {
                finding.phone = Some(phone.clone());
                finding.name = None;
            }
            (None, Some(name)) => {
                finding.phone = None;
                finding.name = Some(name.to_owned());
            }
            (None, None) => return false,
        }
        self.list(reply);
        true
    }

    /// Asked for a number they give a name: read as one. Says whether it was a full name.
    pub(in crate::dialogue) fn find_by_name(&mut self, reply: &mut Reply<'_>, text: &str) -> bool {
        let context = Expecting { field: Field::Name, ..self.context(self.language) };
        let entities = self.grammar.understand(&context, reply.now, text).entities;
        self.find_by(reply, &Entities { name: entities.name, ..Entities::default() })
    }

    /// The search's result. Of several people of one name nothing is told before it is known which of them calls.
    pub(in crate::dialogue) fn appointments_found(&mut self, reply: &mut Reply<'_>, found: Vec<Appointment>) {
        let Flow::Finding(finding) = &mut self.flow else { return };
        finding.found = found;
        match finding.found.as_slice() {
            [] => self.none_found(reply),
            _ if finding.is_of_several_people() => self.ask(reply, Ask::Ending),
            _ => self.narrow_found(reply),
        }
    }

    /// All found are one person's: what was said about the one meant narrows the choice, unless the time said is the new
    /// one.
    fn narrow_found(&mut self, reply: &mut Reply<'_>) {
        let zone = reply.now.time_zone();
        let Flow::Finding(finding) = &mut self.flow else { return };
        let mut found = finding.found.clone();
        let said = |a: &Appointment| {
            finding.service.is_none_or(|service| service == a.service)
                && (finding.purpose == Purpose::Move || finding.wish.fits(a.slot, zone))
        };
        if found.len() > 1 && found.iter().any(said) {
            found.retain(said);
        }
        if let Some(place) = finding.option.and_then(|option| place_of(option, found.len())) {
            found = vec![found.swap_remove(place)];
        }
        let (purpose, wish) = (finding.purpose, finding.wish.clone());
        finding.found.clone_from(&found);
        match found.as_slice() {
            _ if purpose == Purpose::Tell => self.tell(reply, &found),
            [_] => self.take_found(reply, found.swap_remove(0), purpose, wish),
            _ => self.ask(reply, Ask::Which),
        }
    }

    /// The end of the number they booked with, or all of it, tells which of several people they are. Says whether they
    /// gave one.
    pub(in crate::dialogue) fn take_ending(&mut self, reply: &mut Reply<'_>, entities: &Entities) -> bool {
        let Flow::Finding(finding) = &mut self.flow else { return false };
        let said = entities.phone.as_ref().map(crate::phone::E164::as_str).or(entities.digits.as_deref());
        let Some(ending) = said.filter(|said| said.len() >= ENDING_DIGITS) else { return false };
        let bears = |a: &Appointment| a.customer_phone.as_ref().is_some_and(|phone| phone.as_str().ends_with(ending));
        if !finding.found.iter().any(bears) {
            self.say(reply, Meaning::NoneHere, &[]);
            self.missed_quietly(reply);
            return true;
        }
        finding.found.retain(bears);
        if finding.is_of_several_people() {
            self.missed_quietly(reply);
        } else {
            self.narrow_found(reply);
        }
        true
    }

    fn none_found(&mut self, reply: &mut Reply<'_>) {
        let Flow::Finding(finding) = &mut self.flow else { return };
        finding.dry = finding.dry.saturating_add(1);
        if finding.dry >= DRY_MAX {
            return self.give_up(reply, Meaning::NoneFound);
        }
        if finding.purpose == Purpose::Tell && self.setting.contact.is_some() {
            self.say(reply, Meaning::HaveNone, &[]);
            return self.done(reply);
        }
        self.say(reply, Meaning::NoneHere, &[]);
        self.ask = Ask::FindBy;
        self.put(reply, Rung::Again);
    }

    fn tell(&mut self, reply: &mut Reply<'_>, found: &[Appointment]) {
        if let [only] = found {
            let fills = self.appointment_fills(reply, only);
            self.say(reply, Meaning::HaveOne, &fills);
        } else {
            let fills = self.which_fills(reply);
            let meaning = if found.len() > TOLD_MAX { Meaning::HaveMany } else { Meaning::HaveSeveral };
            self.say(reply, meaning, &fills);
        }
        self.done(reply);
    }

    /// One of those found: by its time, its service, or its place counted from 1 (-1 is the last). Says whether there is such a one. Words that fit several leave those to choose from.
    pub(in crate::dialogue) fn pick_found(&mut self, reply: &mut Reply<'_>, entities: &Entities) -> bool {
        let zone = reply.now.time_zone();
        let Flow::Finding(finding) = &self.flow else { return false };
        let wish = entities.when.as_ref().map(|when| Wish::of(when, reply.today())).filter(|wish| !wish.is_empty());
        let service = entities.service.as_deref().and_then(|name| self.service_named(name)).map(|s| s.id);
        let fits = |a: &&Appointment| {
            wish.as_ref().is_none_or(|wish| wish.fits(a.slot, zone)) && service.is_none_or(|id| a.service == id)
        };
        let told = finding.found.len().min(TOLD_MAX);
        let by_place = entities.option.or(entities.ordinal).and_then(|place| place_of(place, told));
        let fitting: Vec<Appointment> = finding.found.iter().filter(fits).cloned().collect();
        let described = wish.is_some() || service.is_some();
        let only = match (fitting.as_slice(), by_place) {
            ([only], _) if described => only.id,
            ([_, _, ..], None) if described && fitting.len() < finding.found.len() => {
                return self.narrow(reply, fitting);
            }
            (_, Some(place)) => finding.found[place].id,
            _ => return false,
        };
        self.take_of_found(reply, only);
        true
    }

    /// What they said fits several of those found: one of these, then.
    fn narrow(&mut self, reply: &mut Reply<'_>, fitting: Vec<Appointment>) -> bool {
        if let Flow::Finding(finding) = &mut self.flow {
            finding.found = fitting;
        }
        self.ask(reply, Ask::Which);
        true
    }

    /// This one of those found; the others stay beside it.
    fn take_of_found(&mut self, reply: &mut Reply<'_>, id: AppointmentId) {
        let Flow::Finding(finding) = &self.flow else { return };
        let Some(found) = finding.found.iter().find(|a| a.id == id).cloned() else { return };
        let beside: Vec<Appointment> = finding.found.iter().filter(|a| a.id != id).cloned().collect();
        let wish = if finding.purpose == Purpose::Move { finding.wish.clone() } else { Wish::default() };
        let purpose = finding.purpose;
        self.take_found(reply, found, purpose, wish);
        self.beside = beside;
    }

    /// Takes up the only one of these, or asks which of them.
    pub(in crate::dialogue) fn offer_found(
        &mut self,
        reply: &mut Reply<'_>,
        purpose: Purpose,
        mut found: Vec<Appointment>,
    ) {
        if found.len() == 1 {
            return self.take_found(reply, found.swap_remove(0), purpose, Wish::default());
        }
        let (phone, wish) = (self.person.phone.clone(), Wish::default());
        let finding = Finding { purpose, wish, service: None, option: None, phone, name: None, dry: 0, found };
        self.flow = Flow::Finding(Box::new(finding));
        self.ask(reply, Ask::Which);
    }

    /// The appointment being moved is to be cancelled after all.
    pub(in crate::dialogue) fn cancel_instead(&mut self, reply: &mut Reply<'_>, appointment: Appointment) {
        self.let_go();
        self.take_found(reply, appointment, Purpose::Cancel, Wish::default());
    }

    /// The appointment being cancelled is to be moved after all.
    pub(in crate::dialogue) fn move_instead(&mut self, reply: &mut Reply<'_>, entities: &Entities) {
        let Flow::Cancelling(appointment) = &self.flow else { return };
        let (appointment, wish) = (appointment.as_ref().clone(), entities.when.as_ref());
        let wish = wish.map(|when| Wish::to(when, reply.today(), &self.lexicon().turns.toward)).unwrap_or_default();
        self.let_go();
        self.take_found(reply, appointment, Purpose::Move, wish);
    }

    fn take_found(&mut self, reply: &mut Reply<'_>, found: Appointment, purpose: Purpose, wish: Wish) {
        match purpose {
            Purpose::Move => self.start_moving(reply, found, wish),
            Purpose::Cancel => {
                self.flow = Flow::Cancelling(Box::new(found));
                self.ask(reply, Ask::Confirm);
            }
            Purpose::Tell => self.tell(reply, &[found]),
        }
    }

    /// How the choice among those found is put.
    pub(in crate::dialogue) fn which_meaning(&self) -> Meaning {
        match &self.flow {
            Flow::Finding(finding) if finding.found.len() > TOLD_MAX => Meaning::WhichOfMany,
            Flow::Idle | Flow::Booking(_) | Flow::Finding(_) | Flow::Cancelling(_) | Flow::Message(_) => Meaning::Which,
        }
    }

    /// `{count}` and `{options}` of the appointments found.
    pub(in crate::dialogue) fn which_fills(&self, reply: &Reply<'_>) -> Vec<Fill> {
        let Flow::Finding(finding) = &self.flow else { return Vec::new() };
        let lexicon = self.lexicon();
        let line = |(place, appointment): (usize, &Appointment)| {
            let mut fills = self.appointment_fills(reply, appointment);
            fills.push(("number", spoken::count(lexicon, place + 1)));
            self.as_value(Meaning::OptionLine, &fills)
        };
        let lines: Vec<_> = finding.found.iter().take(TOLD_MAX).enumerate().map(line).collect();
        let told = spoken::choices(&lines, &lexicon.and);
        let options = self.listed(told, lines.iter().map(|line| line.eye.clone()));
        vec![("count", spoken::count(lexicon, finding.found.len())), ("options", options)]
    }
}

/// The index of an option counted from 1, or from the end when negative.
pub(in crate::dialogue) fn place_of(option: i64, count: usize) -> Option<usize> {
    let count_signed = i64::try_from(count).ok()?;
    let place = if option < 0 { count_signed + option } else { option - 1 };
    usize::try_from(place).ok().filter(|place| *place < count)
}
