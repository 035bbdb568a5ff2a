//! What was lost to others, and what a broken line does to an offer.

use super::scripted::has;
use super::{Call, ana, at, now, on, on_at, setting};
use crate::crm::Error;
use crate::dialogue::{Converse, Setting};
use crate::nlu::{Bound, Entities, Intent, When, WhenValue};
use jiff::civil::{date, time};

fn wishing(when: When) -> Entities {
    Entities { when: Some(when), service: Some("cleaning".to_owned()), ..Entities::default() }
}

#[test]
fn a_time_somebody_else_let_go_of_can_be_had_after_all() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let three = || on_at(date(2026, 12, 1).at(15, 0, 0, 0));
    call.crm.failing.push_back(("hold", Error::SlotTaken));
    has(&call.mean(Intent::BookAppointment, wishing(three())), &["is not free"]);
    has(
        &call.mean(
            Intent::Unknown,
            Entities { when: Some(on_at(date(2026, 12, 1).at(16, 0, 0, 0))), ..Entities::default() },
        ),
        &["four"],
    );
    let said = call.mean(Intent::Unknown, Entities { when: Some(three()), ..Entities::default() });
    has(&said, &["at three in the afternoon", "for Ana Silva"]);
}

#[test]
fn times_of_several_days_are_named_with_their_days_also_when_the_first_were_lost() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    let (start, end) = (Some(Bound::Date(date(2026, 12, 1))), Some(Bound::Date(date(2026, 12, 4))));
    let days = When { value: WhenValue::Range { start, end }, ..on(date(2026, 12, 1)) };
    call.mean(Intent::BookAppointment, wishing(days));
    call.crm.failing.push_back(("hold", Error::SlotTaken));
    let said = call.mean(Intent::Unknown, Entities { when: Some(at(time(20, 0, 0, 0))), ..Entities::default() });
    has(&said, &["nothing free in that time", "Tuesday, December first", "Wednesday, December second"]);
}

#[test]
fn after_a_broken_line_an_offer_is_kept_anew_before_it_is_named() {
    let mut call = Call::new(Setting { contact: Some(ana()), ..setting() });
    has(&call.mean(Intent::BookAppointment, wishing(on(date(2026, 12, 1)))), &["nine in the morning, noon or two"]);
    call.crm.holds.clear();
    call.crm.add("cleaning", date(2026, 12, 1).at(9, 0, 0, 0), "Somebody", "+13055550100");
    let step = call.dialogue.resume(&now());
    let said = call.settle(step);
    has(&said, &["noon or two in the afternoon"]);
    assert!(!said.contains("nine"), "{said}");
    let kept: Vec<_> = call.crm.holds.iter().flat_map(|hold| hold.slots.clone()).collect();
    assert_eq!(kept, call.dialogue.offered());
}
