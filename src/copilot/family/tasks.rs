//! What is to be done, by when, about whom.

use crate::copilot::Copilot;
use crate::copilot::command::{Command, Move};
use crate::copilot::mentioned::Whom;
use crate::copilot::phrases::{Fill, Meaning};
use crate::copilot::reply::{Card, Reply};
use crate::copilot::state::{Choices, Person, Task, Want};
use crate::copilot::whom::fitting;
use crate::copilot::words::short;
use crate::crm::model::{Task as Todo, folded};
use crate::crm::operation::{
    CompleteTask, CreateTask, DeleteTask, ListTasks, Outcome, SearchContacts, TaskState, UpdateTask,
};
use jiff::civil::Time;
use jiff::{Timestamp, Zoned};

/// Tasks read at once.
const TASKS_MAX: usize = 50;
/// Tasks shown and chosen from.
const SHOWN: usize = 10;
/// What is due on a day is due in the morning.
const MORNING: Time = Time::constant(9, 0, 0, 0);

pub(in crate::copilot) const CREATE: Command = Command { plan: create, told: created, does: &["create_task"] };
pub(in crate::copilot) const LIST: Command = Command { plan: list, told: listed, does: &["list_tasks"] };
pub(in crate::copilot) const UPDATE: Command = Command { plan: update, told: updated, does: &["update_task"] };
pub(in crate::copilot) const COMPLETE: Command = Command { plan: complete, told: completed, does: &["complete_task"] };
pub(in crate::copilot) const DELETE: Command = Command { plan: delete, told: deleted, does: &["delete_task"] };

fn create(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    let person = match about(copilot, reply, task) {
        Ok(person) => person,
        Err(first) => return first,
    };
    let Some(title) = task.mentioned.body.clone().or_else(|| task.mentioned.title.clone()) else {
        return Move::Ask(Want::Title);
    };
    let them = person.as_ref().filter(|_| task.mentioned.whom == Some(Whom::Them));
    let title = copilot.with_their_name(&title, them);
    let (due, contact) = (due(task, now), person.map(|person| person.id));
    Move::perform(CreateTask { title, body: String::new(), due, contact, assignee: None }.into(), String::new())
}

/// Whom a task is about, if it is somebody known: what is to be done can be about anybody.
fn about(copilot: &Copilot, reply: &mut Reply, task: &mut Task) -> Result<Option<Person>, Move> {
    let Some(whom) = task.mentioned.whom.clone() else { return Ok(None) };
    if whom == Whom::Them || task.whom.is_some() {
        return copilot.whom(reply, task).map(Some);
    }
    let Some(found) = &task.people else {
        return Err(Move::look(SearchContacts { query: whom.query(), limit: Some(SHOWN) }.into()));
    };
    if let [one] = fitting(&whom, found).as_slice() {
        task.whom = Some(Person::from(*one));
    }
    Ok(task.whom.clone())
}

fn created(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &Task, outcome: &Outcome) {
    let Outcome::TaskCreated(todo) = outcome else { return };
    copilot.show_task(reply, now, Meaning::TaskCreated, todo);
    if let Some(person) = &task.whom {
        copilot.say(reply, Meaning::TaskAbout, &[("name", person.name.clone())]);
    }
}

fn list(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    let contact = if task.mentioned.whom.is_some() {
        match copilot.whom(reply, task) {
            Ok(person) => Some(person.id),
            Err(first) => return first,
        }
    } else {
        None
    };
    let due_before = task.mentioned.span.map(|(_, to)| to).filter(|to| *to != Timestamp::MAX);
    let look = ListTasks { state: TaskState::Open, due_before, contact, limit: Some(SHOWN), ..ListTasks::default() };
    Move::perform(look.into(), String::new())
}

fn listed(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::Tasks(page) = outcome else { return };
    if page.items.is_empty() {
        copilot.say(reply, Meaning::NoTasks, &[]);
        return;
    }
    copilot.state.listed.clear();
    copilot.say(reply, Meaning::ListedTasks, &[("count", page.items.len().to_string())]);
    reply.list(page.items.iter().map(|todo| copilot.task_line(todo, now)));
    reply.step.card = Some(Card { more: page.next.is_some(), ..Card::of("tasks", &page.items) });
}

fn update(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    let todo = match which(copilot, reply, task) {
        Ok(todo) => todo,
        Err(first) => return first,
    };
    let (due, title) = (due(task, now), task.mentioned.body.clone());
    if due.is_none() && title.is_none() {
        return Move::Ask(Want::Day);
    }
    let operation = UpdateTask {
        task: todo.id,
        version: Some(todo.version),
        title,
        body: None,
        due: due.map(Some),
        contact: None,
        assignee: None,
    };
    Move::perform(operation.into(), String::new())
}

fn updated(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::TaskUpdated(todo) = outcome else { return };
    copilot.show_task(reply, now, Meaning::TaskUpdated, todo);
}

fn complete(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    match which(copilot, reply, task) {
        Err(first) => first,
        Ok(todo) => Move::perform(CompleteTask { task: todo.id, version: Some(todo.version) }.into(), String::new()),
    }
}

fn completed(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::TaskCompleted(todo) = outcome else { return };
    copilot.show_task(reply, now, Meaning::TaskCompleted, todo);
}

fn delete(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    match which(copilot, reply, task) {
        Err(first) => first,
        Ok(todo) => {
            let read_back = copilot.worded(Meaning::ReadBackDeleteTask, &[("task", copilot.task_line(&todo, now))]);
            Move::perform(DeleteTask { task: todo.id, version: Some(todo.version) }.into(), read_back)
        }
    }
}

fn deleted(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &Task, outcome: &Outcome) {
    let (Outcome::TaskDeleted, Some(todo)) = (outcome, &task.todo) else { return };
    copilot.say(reply, Meaning::TaskDeleted, &[("task", todo.title.clone())]);
}

/// Which of the open tasks is meant: by its place in the list, by its words, or the only one.
fn which(copilot: &Copilot, reply: &mut Reply, task: &mut Task) -> Result<Todo, Move> {
    if let Some(todo) = &task.todo {
        return Ok(todo.clone());
    }
    let Some(todos) = &task.todos else {
        return Err(Move::look(ListTasks { limit: Some(TASKS_MAX), ..ListTasks::default() }.into()));
    };
    if todos.is_empty() {
        copilot.say(reply, Meaning::NoTasks, &[]);
        return Err(Move::Answered);
    }
    let said = folded(task.mentioned.words.as_deref().unwrap_or_default());
    let asked = task.mentioned.title.as_deref().map(folded).unwrap_or_default();
    let number = task.mentioned.id.as_ref().and_then(|id| id.parse::<usize>().ok());
    let by_number = number.and_then(|number| todos.get(number.checked_sub(1)?));
    let named = |todo: &&Todo| {
        let title = folded(&todo.title);
        !title.is_empty() && said.contains(&title) || !asked.is_empty() && title.contains(&asked)
    };
    let mut fitting = todos.iter().filter(named);
    let by_words = fitting.next().filter(|_| fitting.next().is_none());
    let only = todos.first().filter(|_| todos.len() == 1 && number.is_none() && asked.is_empty());
    if let Some(todo) = by_number.or(by_words).or(only) {
        let todo = todo.clone();
        task.todo = Some(todo.clone());
        return Ok(todo);
    }
    Err(Move::Choose(Choices::Tasks(todos.iter().take(SHOWN).cloned().collect())))
}

/// When it is due, if that was said.
fn due(task: &Task, now: &Zoned) -> Option<Timestamp> {
    let said = &task.mentioned;
    let day = said.day.or(said.time.map(|_| now.date()))?;
    let at = day.to_datetime(said.time.unwrap_or(MORNING)).to_zoned(now.time_zone().clone()).ok()?;
    Some(at.timestamp())
}

impl Copilot {
    /// A task on one line.
    pub(in crate::copilot) fn task_line(&self, todo: &Todo, now: &Zoned) -> String {
        let title = short(&todo.title);
        match todo.due {
            None => title,
            Some(due) => {
                let fills: [Fill; 2] = [("task", title), ("when", self.book().moment(due, now.time_zone()))];
                self.worded(Meaning::TaskLine, &fills)
            }
        }
    }

    fn show_task(&mut self, reply: &mut Reply, now: &Zoned, meaning: Meaning, todo: &Todo) {
        self.turn_to(todo.contact);
        self.say(reply, meaning, &[("task", self.task_line(todo, now))]);
        reply.step.card = Some(Card::of("tasks", std::slice::from_ref(todo)));
    }

    /// Words with somebody's name where one stood in for it.
    fn with_their_name(&self, words: &str, person: Option<&Person>) -> String {
        match person {
            Some(person) => words.replace(&self.book().pronouns.stand_in, &person.name),
            None => words.to_owned(),
        }
    }
}
