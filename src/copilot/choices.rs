//! What is put up to choose from, and how one of it is meant.

use super::reading::Heard;
use super::state::{Choices, Person, Task};
use crate::crm::model::folded;

impl Choices {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::People(all) => all.len(),
            Self::Notes(all) => all.len(),
            Self::Appointments(all) => all.len(),
            Self::Slots(all) => all.len(),
            Self::Tasks(all) => all.len(),
            Self::Opportunities(all) => all.len(),
            Self::Posts(all) => all.len(),
            Self::Things(all) => all.len(),
            Self::Operations { all, .. } => all.len(),
        }
    }

    pub(super) fn place(&self, option: i64) -> Option<usize> {
        place_of(option, self.len())
    }

    /// The one person with that number, address or part of a name.
    pub(super) fn by_name(&self, heard: &Heard) -> Option<usize> {
        if let Self::Things(all) = self {
            let said = folded(&heard.text);
            let mut fitting =
                all.iter().enumerate().filter(|(_, thing)| thing.id == heard.text || begins(&thing.name, &said));
            let (place, _) = fitting.next()?;
            return fitting.next().is_none().then_some(place);
        }
        if let Self::Operations { all, .. } = self {
            return all.iter().position(|name| folded(name) == folded(&heard.text));
        }
        let Self::People(people) = self else { return None };
        let (entities, said) = (&heard.meant.entities, folded(&heard.text));
        let fits = |person: &Person| {
            let name = folded(&person.name);
            entities.phone.is_some() && person.phone == entities.phone
                || entities.email.is_some() && person.email == entities.email
                || said.split(' ').all(|word| name.split(' ').any(|part| part == word))
        };
        let mut fitting = people.iter().enumerate().filter(|(_, person)| fits(person)).map(|(place, _)| place);
        let first = fitting.next()?;
        fitting.next().is_none().then_some(first)
    }
}

impl Task {
    /// Takes what was chosen.
    pub(super) fn choose(&mut self, choices: &Choices, place: usize) {
        match choices {
            Choices::People(all) => self.whom = all.get(place).cloned(),
            Choices::Notes(all) => self.note = all.get(place).cloned(),
            Choices::Appointments(all) => self.appointment = all.get(place).cloned(),
            Choices::Slots(all) => self.slot = all.get(place).copied(),
            Choices::Tasks(all) => self.todo = all.get(place).cloned(),
            Choices::Opportunities(all) => self.opportunity = all.get(place).cloned(),
            Choices::Posts(all) => self.post = all.get(place).cloned(),
            Choices::Things(all) => {
                if let (Some(form), Some(thing)) = (&mut self.form, all.get(place)) {
                    form.pick(thing.clone());
                }
            }
            Choices::Operations { .. } => {}
        }
    }
}

/// Whether a name begins with these words.
fn begins(name: &str, words: &str) -> bool {
    !words.is_empty() && format!("{} ", folded(name)).starts_with(&format!("{words} "))
}

/// The place of an option, which is counted from 1; -1 is the last.
pub(super) fn place_of(option: i64, count: usize) -> Option<usize> {
    let place = if option == -1 { count.checked_sub(1)? } else { usize::try_from(option.checked_sub(1)?).ok()? };
    (place < count).then_some(place)
}
