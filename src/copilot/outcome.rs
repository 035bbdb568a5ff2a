//! How a command goes on: what it asks, gives out and finds, and what is said when it is done.

use super::Copilot;
use super::command::{Command, Move, Way, way};
use super::family::history::done_to;
use super::form::FORM;
use super::phrases::{Fill, Meaning};
use super::reply::{Card, Reply, Standing, Step};
use super::state::{Asked, Awaiting, Choices, Person, Purpose, Task, Want};
use super::words::short;
use crate::crm::Error;
use crate::crm::model::Service;
use crate::crm::operation::definition::{Confirmation, Effect};
use crate::crm::operation::{Operation, Outcome};
use jiff::Zoned;

impl Copilot {
    /// The answer to the outcome of the operation given out last.
    pub fn performed(&mut self, now: &Zoned, result: Result<Outcome, Error>) -> Step {
        let mut reply = Reply::default();
        let Some(awaiting) = self.state.awaiting.take() else { return self.finish(reply) };
        match result {
            Err(error) => self.trouble(&mut reply, now, &awaiting, &error),
            Ok(outcome) => match awaiting.purpose {
                Purpose::Look => {
                    if let Some(task) = &mut self.state.task {
                        task.find(outcome);
                    }
                    self.go_on(&mut reply, now);
                }
                Purpose::Newcomer => {
                    if let (Outcome::ContactCreated(contact), Some(task)) = (&outcome, &mut self.state.task) {
                        let person = Person::from(contact);
                        task.whom = Some(person.clone());
                        self.say(&mut reply, Meaning::ContactCreated, &[("line", person.line())]);
                        self.state.focus = Some(person);
                    }
                    self.go_on(&mut reply, now);
                }
                Purpose::Done => self.done(&mut reply, now, &awaiting.operation, &outcome),
            },
        }
        self.finish(reply)
    }

    fn done(&mut self, reply: &mut Reply, now: &Zoned, operation: &Operation, outcome: &Outcome) {
        let Some(task) = self.state.task.take() else { return };
        if operation.writes() {
            reply.step.standing = Standing::Done;
        }
        self.state.focus = task.whom.clone().or(self.state.focus.take());
        if let Some(command) = command_of(&task) {
            (command.told)(self, reply, now, &task, outcome);
        }
        self.next_wish(reply, now);
    }

    /// What was wished for in the same breath.
    pub(super) fn next_wish(&mut self, reply: &mut Reply, now: &Zoned) {
        if self.state.next.is_empty() {
            return;
        }
        let (intent, mentioned) = self.state.next.remove(0);
        self.begin(reply, now, intent, mentioned);
    }

    /// The next thing the command that goes on does.
    pub(super) fn go_on(&mut self, reply: &mut Reply, now: &Zoned) {
        let Some(mut task) = self.state.task.take() else { return };
        let Some(command) = command_of(&task) else { return };
        let next = (command.plan)(self, reply, now, &mut task);
        match next {
            Move::Answered => {
                self.state.focus = task.whom.or(self.state.focus.take());
                self.next_wish(reply, now);
            }
            Move::Look(operation) => {
                self.state.task = Some(task);
                self.give_out(reply, *operation, Purpose::Look);
            }
            Move::Perform(operation, read_back) => {
                self.state.task = Some(task);
                if must_be_confirmed(&operation) {
                    self.read_back(reply, operation, &read_back);
                } else {
                    self.give_out(reply, *operation, Purpose::Done);
                }
            }
            Move::Confirm(operation, read_back) => {
                self.state.task = Some(task);
                self.read_back(reply, operation, &read_back);
            }
            Move::Ask(want) => self.ask_for(reply, want, task),
            Move::AddThem(newcomer) => {
                self.say(reply, Meaning::Nobody, &[("query", newcomer.label())]);
                self.say(reply, Meaning::AddThem, &[("name", newcomer.label())]);
                self.offer_yes_no(reply);
                self.state.asked = Some(Asked::AddThem(newcomer));
                self.state.task = Some(task);
            }
            Move::Choose(choices) => {
                self.put_up(reply, now, &choices, &task);
                self.state.asked = Some(Asked::Which(choices));
                self.state.task = Some(task);
            }
        }
    }

    /// Asks for what a command lacks.
    pub(super) fn ask_for(&mut self, reply: &mut Reply, want: Want, task: Task) {
        self.ask(reply, want, &task);
        self.state.asked = Some(Asked::Missing(want));
        self.state.task = Some(task);
    }

    /// Waits for a yes to an operation.
    fn read_back(&mut self, reply: &mut Reply, operation: Box<Operation>, words: &str) {
        reply.add(words);
        self.offer_yes_no(reply);
        reply.step.card = Some(Card::of("confirm", &[operation.about().name]).choosable());
        self.state.asked = Some(Asked::Confirm(operation));
    }

    /// Gives out an operation.
    pub(super) fn give_out(&mut self, reply: &mut Reply, operation: Operation, purpose: Purpose) {
        reply.step.operation = Some(operation.clone());
        self.state.awaiting = Some(Awaiting { operation, purpose });
    }

    fn ask(&self, reply: &mut Reply, want: Want, task: &Task) {
        if task.form.is_some() && want != Want::Whom {
            return self.ask_field(reply, task);
        }
        let whom = || task.whom.as_ref().map(|person| person.name.clone()).unwrap_or_default();
        let (meaning, fills): (_, Vec<Fill>) = match want {
            Want::Whom => match &self.state.focus {
                Some(person) => {
                    reply.step.suggestions = vec![person.name.clone()];
                    (Meaning::AskWhomOr, vec![("name", person.name.clone())])
                }
                None => (Meaning::AskWhom, Vec::new()),
            },
            Want::Name => (Meaning::AskName, Vec::new()),
            Want::Tags => (Meaning::AskTags, Vec::new()),
            Want::Words if task.note.is_some() => (Meaning::AskNewWords, Vec::new()),
            Want::Words => (Meaning::AskWords, vec![("name", whom())]),
            Want::Change => (Meaning::AskChange, vec![("name", whom())]),
            Want::Service => {
                reply.step.suggestions = self.business.services.iter().map(|one| one.name.clone()).collect();
                (Meaning::AskService, vec![("services", self.service_names())])
            }
            Want::Day => (Meaning::AskDay, Vec::new()),
            Want::Title => (Meaning::AskTitle, Vec::new()),
            Want::Amount => (Meaning::AskAmount, Vec::new()),
            Want::Stage => (Meaning::AskStage, Vec::new()),
            Want::Message => (Meaning::AskMessage, vec![("name", whom())]),
            Want::Subject => (Meaning::AskSubject, vec![("name", whom())]),
            Want::CallNotes => (Meaning::AskCallNotes, vec![("name", whom())]),
            Want::Post => (Meaning::AskPost, Vec::new()),
            Want::Workflow => (Meaning::AskWorkflow, Vec::new()),
            Want::Campaign => (Meaning::AskCampaign, Vec::new()),
            Want::Field(_) => return,
        };
        self.say(reply, meaning, &fills);
    }

    /// Puts up what is to be chosen from, numbered.
    pub(super) fn put_up(&self, reply: &mut Reply, now: &Zoned, choices: &Choices, task: &Task) {
        let whom = task.whom.as_ref().map(|person| person.name.clone()).unwrap_or_default();
        let (card, lines): (_, Vec<String>) = match choices {
            Choices::People(all) => {
                self.say(reply, Meaning::WhichPerson, &[("count", all.len().to_string())]);
                (Card::of("contacts", all), all.iter().map(Person::line).collect())
            }
            Choices::Notes(all) => {
                self.say(reply, Meaning::WhichNote, &[("name", whom)]);
                (Card::of("notes", all), all.iter().map(|note| short(&note.body)).collect())
            }
            Choices::Appointments(all) => {
                self.say(reply, Meaning::WhichAppointment, &[]);
                (Card::of("appointments", all), all.iter().map(|one| self.appointment_line(one, now)).collect())
            }
            Choices::Tasks(all) => {
                self.say(reply, Meaning::WhichTask, &[]);
                (Card::of("tasks", all), all.iter().map(|one| self.task_line(one, now)).collect())
            }
            Choices::Opportunities(all) => {
                self.say(reply, Meaning::WhichOpportunity, &[]);
                (Card::of("opportunities", all), all.iter().map(|one| self.opportunity_line(one, task)).collect())
            }
            Choices::Posts(all) => {
                self.say(reply, Meaning::WhichPost, &[]);
                (Card::of("posts", all), all.iter().map(|one| self.post_line(one, now)).collect())
            }
            Choices::Things(all) => {
                self.ask_which(reply, task);
                (Card::of("things", all), all.iter().map(|one| one.name.clone()).collect())
            }
            Choices::Operations { all, .. } => {
                self.say(reply, Meaning::DoYouMean, &[]);
                (Card::of("operations", all), all.iter().map(|name| self.book().term(name)).collect())
            }
            Choices::Slots(all) => {
                self.say(reply, Meaning::WhichSlot, &[]);
                let moment = |start| self.book().moment(start, now.time_zone());
                (Card::of("slots", all), all.iter().map(|slot| moment(slot.start)).collect())
            }
        };
        reply.step.suggestions = (1..=lines.len()).map(|number| number.to_string()).collect();
        reply.list(lines);
        reply.step.card = Some(card.choosable());
    }

    pub(super) fn offer_yes_no(&self, reply: &mut Reply) {
        reply.step.suggestions = self.book().answers();
    }

    /// What one could ask for.
    pub(super) fn suggest(&self, reply: &mut Reply) {
        reply.step.suggestions = self.book().examples();
    }

    /// The service of this name.
    pub(super) fn service(&self, name: &str) -> Option<&Service> {
        self.business.services.iter().find(|service| service.name == name)
    }

    pub(super) fn service_names(&self) -> String {
        self.business.services.iter().map(|service| service.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl Task {
    /// Takes what was looked up.
    fn find(&mut self, outcome: Outcome) {
        if let Some(form) = &mut self.form
            && !matches!(outcome, Outcome::ContactsFound(_))
        {
            form.find(&outcome);
        }
        if let Outcome::ContactsFound(people) = outcome {
            self.people = Some(people);
        } else if let Outcome::Notes(page) = outcome {
            self.notes = Some(page.items);
        } else if let Outcome::Appointments(page) = outcome {
            self.appointments = Some(page.items);
        } else if let Outcome::Slots(slots) = outcome {
            self.slots = Some(slots);
        } else if let Outcome::Tasks(page) = outcome {
            self.todos = Some(page.items);
        } else if let Outcome::Pipelines(pipelines) = outcome {
            self.pipelines = Some(pipelines);
        } else if let Outcome::Opportunities(page) = outcome {
            self.opportunities = Some(page.items);
        } else if let Outcome::Conversations(page) = outcome {
            self.conversations = Some(page.items);
        } else if let Outcome::ContactGot(contact) = outcome {
            self.known.push(Person::from(&contact));
        } else if let Outcome::Workflows(page) = outcome {
            self.workflows = Some(page.items);
        } else if let Outcome::Campaigns(page) = outcome {
            self.campaigns = Some(page.items);
        } else if let Outcome::SocialAccounts(page) = outcome {
            self.accounts = Some(page.items);
        } else if let Outcome::SocialPosts(page) = outcome {
            self.posts = Some(page.items);
        } else if let Outcome::Actions(page) = outcome {
            self.actions = Some(page.items);
        } else if let Outcome::ActionGot(action) = outcome {
            self.done_to = Some((action.id, done_to(&action)));
        }
    }
}

fn command_of(task: &Task) -> Option<Command> {
    if task.form.is_some() {
        return Some(FORM);
    }
    match way(task.intent) {
        Way::Command(command) => Some(command),
        Way::Talk(_) | Way::Refusal(_) => None,
    }
}

/// Whether somebody must say yes to it first.
pub(super) fn must_be_confirmed(operation: &Operation) -> bool {
    let about = operation.about();
    about.confirmation == Confirmation::Asked
        || matches!(about.effect, Effect::Destructive | Effect::Sends | Effect::Costs)
}
