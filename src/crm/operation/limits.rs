//! What comes in is tidied and bounded: names without stray spaces, e-mail addresses in one spelling, nothing longer than
//! was promised. Each operation says which of these hold for it; the façade makes them hold.

use crate::crm::error::{Error, Reason};
pub(super) use crate::crm::model::{ACCOUNTS_MAX, AMOUNT_MAX, EMAIL_MAX, NAME_MAX};
use crate::crm::model::{ContactDraft, looks_like_email};
use crate::id::SocialAccountId;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// The longest note, in characters.
pub(super) const NOTES_MAX: usize = 2_000;
/// The longest message, in characters: minutes of dictation.
pub(super) const MESSAGE_MAX: usize = 4_000;
/// The most rows one listing may ask for.
pub(super) const LIST_MAX: usize = 200;

/// An end after its beginning.
pub(super) fn span(from: Timestamp, to: Timestamp) -> Result<(), Error> {
    if from < to { Ok(()) } else { Err(Error::Invalid(Reason::EndBeforeStart)) }
}

/// A name on one line without stray spaces; an e-mail address in small letters, or none.
pub(super) fn person(person: &mut ContactDraft) -> Result<(), Error> {
    person.name = name(&person.name)?;
    person.email = person.email.take().map(|text| email(&text)).transpose()?.flatten();
    Ok(())
}

/// A name on one line without stray spaces.
pub(super) fn name(text: &str) -> Result<String, Error> {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.chars().count() > NAME_MAX {
        return Err(Error::Invalid(Reason::NameTooLong { most: NAME_MAX }));
    }
    Ok(name)
}

/// A name on one line that says something.
pub(super) fn named(what: &str, text: &str) -> Result<String, Error> {
    let name = name(text)?;
    if name.is_empty() { Err(Error::Invalid(Reason::Nameless { what: what.to_owned() })) } else { Ok(name) }
}

/// An e-mail address in small letters, or none.
pub(super) fn email(text: &str) -> Result<Option<String>, Error> {
    let email = text.trim().to_lowercase();
    if email.is_empty() {
        return Ok(None);
    }
    if looks_like_email(&email) { Ok(Some(email)) } else { Err(Error::Invalid(Reason::NotAnEmail)) }
}

/// E-mail addresses in small letters, none of them empty.
pub(super) fn emails(emails: &mut BTreeSet<String>) -> Result<(), Error> {
    let tidy = emails.iter().filter_map(|text| email(text).transpose()).collect::<Result<_, _>>()?;
    *emails = tidy;
    Ok(())
}

/// An IANA zone, or none.
pub(super) fn zone(text: &str) -> Result<Option<String>, Error> {
    let zone = text.trim();
    if zone.is_empty() {
        return Ok(None);
    }
    match TimeZone::get(zone) {
        Ok(_) => Ok(Some(zone.to_owned())),
        Err(_) => Err(Error::Invalid(Reason::NotAZone)),
    }
}

/// Free words, without control characters except line breaks.
pub(super) fn words(what: &str, text: &str, characters_max: usize) -> Result<String, Error> {
    let clean: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    let clean = clean.trim();
    if clean.chars().count() > characters_max {
        return Err(Error::Invalid(Reason::TooLong { what: what.to_owned(), most: characters_max }));
    }
    Ok(clean.to_owned())
}

/// The most tags one contact has.
pub(super) const TAGS_MAX: usize = 100;
/// The longest tag, in characters.
pub(super) const TAG_MAX: usize = 50;

/// Tags in small letters on one line each, none of them empty.
pub(super) fn tags(tags: &mut BTreeSet<String>) -> Result<(), Error> {
    *tags = tags.iter().map(|tag| Ok(name(tag)?.to_lowercase())).collect::<Result<_, Error>>()?;
    if tags.len() > TAGS_MAX || tags.iter().any(|tag| tag.is_empty() || tag.chars().count() > TAG_MAX) {
        return Err(Error::Invalid(Reason::Tags { most: TAGS_MAX, longest: TAG_MAX }));
    }
    Ok(())
}

/// A page of rows, unless another number is asked for.
pub(super) const PAGE: usize = 50;

/// How many rows a page has.
pub(super) fn page(limit: &mut Option<usize>) {
    *limit = Some(limit.unwrap_or(PAGE).clamp(1, LIST_MAX));
}

/// A note's words: some.
pub(super) fn note(body: &str) -> Result<String, Error> {
    let body = words("note", body, NOTES_MAX)?;
    if body.is_empty() { Err(Error::Invalid(Reason::NoWords { what: "note".to_owned() })) } else { Ok(body) }
}

/// An amount in minor units: none below nothing, none beyond what is added up exactly.
pub(super) fn amount(what: &str, minor: i64) -> Result<(), Error> {
    if (0..=AMOUNT_MAX).contains(&minor) {
        Ok(())
    } else {
        Err(Error::Invalid(Reason::NotAnAmount { what: what.to_owned(), most: AMOUNT_MAX }))
    }
}

/// The years a day may lie in: what lies beyond is a slip of the fingers.
const YEARS: RangeInclusive<i16> = 2000..=2099;

/// A day within reason.
pub(super) fn day(day: Option<civil::Date>) -> Result<(), Error> {
    if day.is_none_or(|day| YEARS.contains(&day.year())) {
        Ok(())
    } else {
        Err(Error::Invalid(Reason::DayOutOfReason { first: *YEARS.start(), last: *YEARS.end() }))
    }
}

/// The longest text, in characters: what Twilio takes, in some ten segments.
pub(super) const TEXT_MAX: usize = 1_600;
/// The longest letter, in characters.
pub(super) const LETTER_MAX: usize = 50_000;
/// The longest subject, in characters.
pub(super) const SUBJECT_MAX: usize = 200;
/// The most pictures one text carries.
pub(super) const MEDIA_MAX: usize = 10;
/// The longest address in the web, in bytes.
pub(super) const ADDRESS_MAX: usize = 2_000;

/// The words of a text: some.
pub(super) fn text(body: &str) -> Result<String, Error> {
    some("text", words("text", body, TEXT_MAX)?)
}

/// The words of a letter: some.
pub(super) fn letter(body: &str) -> Result<String, Error> {
    some("e-mail", words("e-mail", body, LETTER_MAX)?)
}

/// What a letter is about, on one line: something.
pub(super) fn subject(subject: &str) -> Result<String, Error> {
    let line = words("subject", subject, SUBJECT_MAX)?.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() { Err(Error::Invalid(Reason::NoSubject)) } else { Ok(line) }
}

/// Pictures and the like, by address.
pub(super) fn media(addresses: &[String]) -> Result<(), Error> {
    if addresses.len() > MEDIA_MAX {
        return Err(Error::Invalid(Reason::Pictures { most: MEDIA_MAX }));
    }
    addresses.iter().try_for_each(|one| address(one))
}

/// An address in the web, as far as its form goes.
pub(super) fn address(address: &str) -> Result<(), Error> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let good = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && address.len() <= ADDRESS_MAX
        && !address.contains(|c: char| c.is_whitespace() || c.is_control());
    if good { Ok(()) } else { Err(Error::Invalid(Reason::NotAnAddress)) }
}

/// Words, if there are any.
fn some(what: &str, words: String) -> Result<String, Error> {
    if words.is_empty() { Err(Error::Invalid(Reason::NoWords { what: what.to_owned() })) } else { Ok(words) }
}

/// The longest post for a social network, in characters: some take no more.
pub(super) const POST_MAX: usize = 5_000;

/// A name that something is called by: some.
pub(super) fn title(text: &str) -> Result<String, Error> {
    some("name", name(text)?)
}

/// The words of a post: some.
pub(super) fn post(text: &str) -> Result<String, Error> {
    some("post", words("post", text, POST_MAX)?)
}

/// Where a post goes.
pub(super) fn accounts(accounts: &[SocialAccountId]) -> Result<(), Error> {
    if accounts.len() > ACCOUNTS_MAX {
        return Err(Error::Invalid(Reason::PostAccounts { most: ACCOUNTS_MAX }));
    }
    Ok(())
}

/// Now or then, not both.
pub(super) fn one_time(now: bool, then: Option<Timestamp>) -> Result<(), Error> {
    if now && then.is_some() {
        return Err(Error::Invalid(Reason::PostTwice));
    }
    Ok(())
}
