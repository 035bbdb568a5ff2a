//! What is known of the business itself.

use crate::copilot::Copilot;
use crate::copilot::command::{Command, Move};
use crate::copilot::phrases::Meaning;
use crate::copilot::reply::{Card, Reply};
use crate::copilot::state::Task;
use crate::copilot::words::money;
use crate::crm::model::Service;
use crate::crm::operation::{ListContactFields, Outcome};
use jiff::Zoned;

pub(in crate::copilot) const HOURS: Command = Command { plan: hours, told: nothing, does: &[] };
pub(in crate::copilot) const ADDRESS: Command = Command { plan: address, told: nothing, does: &[] };
pub(in crate::copilot) const SERVICES: Command = Command { plan: services, told: nothing, does: &[] };
pub(in crate::copilot) const IDENTITY: Command = Command { plan: identity, told: nothing, does: &[] };
pub(in crate::copilot) const LOCATION: Command = Command { plan: location, told: nothing, does: &[] };
pub(in crate::copilot) const FIELDS: Command = Command { plan: fields, told: listed, does: &["list_contact_fields"] };

/// These are answered from what is known; nothing is given out.
fn nothing(_copilot: &mut Copilot, _reply: &mut Reply, _now: &Zoned, _task: &Task, _outcome: &Outcome) {}

fn hours(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, _task: &mut Task) -> Move {
    let week = copilot.book().week(&copilot.business.hours.week);
    if week.is_empty() {
        copilot.say(reply, Meaning::HoursUnknown, &[]);
    } else {
        copilot.say(reply, Meaning::Hours, &[("week", week.join("; "))]);
    }
    Move::Answered
}

fn address(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, _task: &mut Task) -> Move {
    if copilot.business.address.is_empty() {
        copilot.say(reply, Meaning::AddressUnknown, &[]);
    } else {
        copilot.say(reply, Meaning::Address, &[("address", copilot.business.address.clone())]);
    }
    Move::Answered
}

fn services(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, task: &mut Task) -> Move {
    let line = |service: &Service| {
        let price = match service.price_minor {
            None => copilot.worded(Meaning::PriceDepends, &[]),
            Some(0) => copilot.worded(Meaning::PriceFree, &[]),
            Some(minor) => money(minor, copilot.business.currency),
        };
        let fills = [("service", service.name.clone()), ("price", price), ("minutes", service.minutes.to_string())];
        copilot.worded(Meaning::PriceLine, &fills)
    };
    if let Some(service) = task.mentioned.service.as_deref().and_then(|name| copilot.service(name)) {
        reply.add(&line(service));
    } else {
        copilot.say(reply, Meaning::Services, &[("services", copilot.service_names())]);
        reply.list(copilot.business.services.iter().map(line));
    }
    Move::Answered
}

fn identity(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, _task: &mut Task) -> Move {
    copilot.say(reply, Meaning::Identity, &[("business", copilot.business.name.clone())]);
    Move::Answered
}

fn location(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, _task: &mut Task) -> Move {
    let business = &copilot.business;
    let fills = [
        ("business", business.name.clone()),
        ("phone", business.phone.to_string()),
        ("address", business.address.clone()),
        ("zone", business.zone.clone()),
    ];
    copilot.say(reply, Meaning::Location, &fills);
    Move::Answered
}

fn fields(_copilot: &mut Copilot, _reply: &mut Reply, _now: &Zoned, _task: &mut Task) -> Move {
    Move::perform(ListContactFields {}.into(), String::new())
}

fn listed(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::Fields(fields) = outcome else { return };
    if fields.is_empty() {
        copilot.say(reply, Meaning::NoFields, &[]);
        return;
    }
    copilot.say(reply, Meaning::ListedFields, &[("count", fields.len().to_string())]);
    reply.list(fields.iter().map(|field| field.key.clone()));
    reply.step.card = Some(Card::of("fields", fields));
}
