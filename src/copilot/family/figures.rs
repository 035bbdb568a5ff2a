//! Orders, payments, and how the business does.

use crate::copilot::Copilot;
use crate::copilot::command::{Command, Move};
use crate::copilot::phrases::Meaning;
use crate::copilot::reply::{Card, Reply};
use crate::copilot::state::Task;
use crate::copilot::words::money;
use crate::crm::model::{Order, OrderItem, Transaction, TransactionKind};
use crate::crm::operation::{GetOrder, GetStatistics, ListOrders, ListTransactions, Outcome};
use crate::id::OrderId;
use jiff::{Timestamp, ToSpan, Zoned};

/// Rows shown at once.
const SHOWN: usize = 10;
/// How many days are counted unless it is said which.
const DAYS: i64 = 30;

pub(in crate::copilot) const ORDER: Command =
    Command { plan: order, told: ordered, does: &["get_order", "list_orders"] };
pub(in crate::copilot) const TRANSACTIONS: Command =
    Command { plan: transactions, told: paid, does: &["list_transactions"] };
pub(in crate::copilot) const STATISTICS: Command =
    Command { plan: statistics, told: counted, does: &["get_statistics"] };

/// An order is named by its id; without one the newest are shown.
fn order(_copilot: &mut Copilot, _reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    match task.mentioned.id.as_deref().map(str::parse::<OrderId>) {
        Some(Ok(order)) => Move::perform(GetOrder { order }.into(), String::new()),
        Some(Err(_)) | None => {
            Move::perform(ListOrders { limit: Some(SHOWN), ..ListOrders::default() }.into(), String::new())
        }
    }
}

fn ordered(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &Task, outcome: &Outcome) {
    let line = |copilot: &Copilot, order: &Order| {
        let when = copilot.book().moment(order.created_at, now.time_zone());
        format!("{when} · {} · {}", money(order.total_minor, order.currency), order.id)
    };
    if let Outcome::OrderGot(order) = outcome {
        reply.add(&line(copilot, order));
        let price = |item: &OrderItem| money(item.unit_minor, order.currency);
        let items = order.items.iter().map(|item| format!("{} × {} ({})", item.quantity, item.name, price(item)));
        reply.list(items);
        reply.step.card = Some(Card::of("orders", std::slice::from_ref(order)));
        return;
    }
    let Outcome::Orders(page) = outcome else { return };
    if let Some(id) = &task.mentioned.id {
        copilot.say(reply, Meaning::NoSuchOrder, &[("id", id.clone())]);
    }
    if page.items.is_empty() {
        copilot.say(reply, Meaning::NoOrders, &[]);
        return;
    }
    copilot.say(reply, Meaning::ListedOrders, &[("count", page.items.len().to_string())]);
    reply.list(page.items.iter().map(|order| line(copilot, order)));
    reply.step.card = Some(Card { more: page.next.is_some(), ..Card::of("orders", &page.items) });
}

fn transactions(_copilot: &mut Copilot, _reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    let (from, to) = task.mentioned.span.unzip();
    let operation = ListTransactions {
        created_from: from.filter(|at| *at != Timestamp::MIN),
        created_before: to.filter(|at| *at != Timestamp::MAX),
        limit: Some(SHOWN),
        ..ListTransactions::default()
    };
    Move::perform(operation.into(), String::new())
}

fn paid(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::Transactions(page) = outcome else { return };
    if page.items.is_empty() {
        copilot.say(reply, Meaning::NoTransactions, &[]);
        return;
    }
    copilot.say(reply, Meaning::ListedTransactions, &[("count", page.items.len().to_string())]);
    let line = |one: &Transaction| {
        let sum = money(one.amount_minor, one.currency);
        let sum = match one.kind {
            TransactionKind::Payment => sum,
            TransactionKind::Refund => copilot.worded(Meaning::Refund, &[("sum", sum)]),
        };
        format!("{} · {sum}", copilot.book().moment(one.created_at, now.time_zone()))
    };
    reply.list(page.items.iter().map(line));
    reply.step.card = Some(Card { more: page.next.is_some(), ..Card::of("transactions", &page.items) });
}

fn statistics(_copilot: &mut Copilot, _reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    let day = |at: Timestamp| at.to_zoned(now.time_zone().clone()).date();
    let today = now.date();
    let days = task.mentioned.span.filter(|(from, to)| *from != Timestamp::MIN && *to != Timestamp::MAX);
    let (from, to) = match days {
        // A stretch ends with the day before the one it does not reach.
        Some((from, to)) => (day(from), day(to).yesterday().unwrap_or(today).min(today)),
        None => (today.checked_sub(DAYS.days()).unwrap_or(today), today),
    };
    Move::perform(GetStatistics { from: from.min(to), to }.into(), String::new())
}

fn counted(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::StatisticsCounted(found) = outcome else { return };
    let fills = [
        ("from", copilot.book().date(found.from)),
        ("to", copilot.book().date(found.to)),
        ("calls", found.calls.to_string()),
        ("answered", found.calls_answered.to_string()),
        ("booked", found.appointments_booked.to_string()),
        ("cancelled", found.appointments_cancelled.to_string()),
        ("contacts", found.contacts_new.to_string()),
        ("messages", found.messages.to_string()),
        ("won", found.opportunities_won.to_string()),
        ("value", money(found.won_minor, found.currency)),
        ("tasks", found.tasks_done.to_string()),
    ];
    copilot.say(reply, Meaning::Statistics, &fills);
    reply.step.card = Some(Card::of("statistics", std::slice::from_ref(found)));
}
