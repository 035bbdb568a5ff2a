//! Entities of commands that no template captured: whom a command is about, a record's number, a sum, a stage.
//!
//! People at the keyboard name things in any order ("update deal `TestUser` amount 8000"); this reads what the winning
//! rule left unsaid. It adds and never overwrites. Read next: [`super::gather`].

use super::entity::name;
use super::grammar::{Mark, Trait};
use super::read::Sentence;
use super::token::Kind;
use super::{Entities, Intent};

/// Longest id read, in tokens: a UUID has nine with its dashes, some ids mix letters and figures.
const ID_TOKENS_MAX: usize = 24;

/// Fills what a command mentions beside its captures.
pub(crate) fn fill(sentence: &Sentence<'_>, intent: Intent, entities: &mut Entities) {
    if entities.id.is_none() && takes_id(intent) {
        entities.id = id(sentence);
        if let (Some(id), Some(query)) = (&entities.id, &entities.query)
            && query.contains(id.as_str())
        {
            entities.query = None;
        }
    }
    if entities.amount.is_none() && is_about_deals(intent) {
        entities.amount = entities.number;
    }
    if entities.body.is_none() && takes_body(intent) {
        entities.body = quoted(sentence);
    }
    if entities.name.is_none() && entities.query.is_none() && takes_name(intent) {
        entities.name = named(sentence).or_else(|| possessor(sentence));
    }
    if entities.name.is_none() && entities.query.is_none() && picks_note(intent) {
        entities.name = possessor(sentence).or_else(|| noted_on(sentence));
    }
}

fn is_about_deals(intent: Intent) -> bool {
    matches!(intent, Intent::ListOpportunities | Intent::CreateOpportunity | Intent::UpdateOpportunity)
}

fn takes_id(intent: Intent) -> bool {
    use Intent as I;
    matches!(
        intent,
        I::CompleteTask
            | I::DeleteTask
            | I::UpdateTask
            | I::UpdateNote
            | I::DeleteNote
            | I::GetOrder
            | I::DeleteSocialPost
            | I::UpdateSocialPost
            | I::MoveOpportunity
            | I::UpdateOpportunity
            | I::DeleteOpportunity
            | I::CancelAppointment
            | I::RescheduleAppointment
            | I::ConfirmAppointment
            | I::ReadMessages
    )
}

fn picks_note(intent: Intent) -> bool {
    matches!(intent, Intent::UpdateNote | Intent::DeleteNote)
}

fn takes_name(intent: Intent) -> bool {
    use Intent as I;
    matches!(
        intent,
        I::BookAppointment
            | I::RescheduleAppointment
            | I::CancelAppointment
            | I::ConfirmAppointment
            | I::ListAppointments
            | I::CreateTask
            | I::ListTasks
            | I::AddNote
            | I::ListNotes
            | I::ListConversations
            | I::ReadMessages
            | I::SendSms
            | I::SendEmail
            | I::LogCall
            | I::RequestReview
            | I::PlaceCall
            | I::ListOpportunities
            | I::CreateOpportunity
            | I::UpdateOpportunity
            | I::DeleteOpportunity
            | I::UpdateContact
            | I::DeleteContact
            | I::GetContact
            | I::CreateContact
            | I::AddTags
            | I::RemoveTags
    )
}

fn takes_body(intent: Intent) -> bool {
    use Intent as I;
    matches!(
        intent,
        I::CreateSocialPost
            | I::UpdateSocialPost
            | I::SendSms
            | I::SendEmail
            | I::AddNote
            | I::UpdateNote
            | I::LeaveMessage
    )
}

/// What stands between quotation marks.
fn quoted(sentence: &Sentence<'_>) -> Option<String> {
    let tokens = sentence.lex.tokens;
    let mut marks = (0..tokens.len()).filter(|i| tokens.is_sign(*i, '"'));
    let (open, close) = (marks.next()?, marks.next()?);
    (open + 1 < close).then(|| tokens.said(open + 1, close).to_owned())
}

/// "John's appointment": the word with a capital before the clitic.
fn possessor(sentence: &Sentence<'_>) -> Option<String> {
    let tokens = sentence.lex.tokens;
    let at =
        (1..tokens.len()).find(|i| tokens.folded(*i) == "'s" && tokens.list[*i - 1].capital && !sentence.is_cut(*i))?;
    let free = |i: usize| name::can_be_name(sentence.lex, sentence.book, i) && tokens.list[i].capital;
    let start = (at.saturating_sub(name::WORDS_MAX)..at).rev().take_while(|i| free(*i)).last()?;
    Some(tokens.said(start, at).to_owned())
}

/// "task 123", "note #12", "order ABC-99": what stands behind the noun, when there is a figure in it.
fn id(sentence: &Sentence<'_>) -> Option<String> {
    let tokens = sentence.lex.tokens;
    (0..tokens.len()).filter(|i| !sentence.is_cut(*i)).find_map(|i| {
        let mut start = sentence.book.is_mark(tokens, i, Mark::IdAfter)?;
        while tokens.is_sign(start, '#') || tokens.is_sign(start, ':') {
            start += 1;
        }
        if sentence.times.iter().any(|found| found.start <= start && start < found.expression.end)
            || sentence.is_cut(start)
        {
            return None;
        }
        let mut end = start;
        while end < start + ID_TOKENS_MAX
            && (end == start || tokens.glued(end))
            && matches!(tokens.kind(end), Some(Kind::Word | Kind::Figures | Kind::Sign('-' | '_')))
        {
            end += 1;
        }
        (start..end).any(|i| tokens.figures(i).is_some()).then(|| tokens.said(start, end).to_owned())
    })
}

/// "The note on Sarah": a name behind a small word. It has a capital, for what a note is about stands behind one too.
fn noted_on(sentence: &Sentence<'_>) -> Option<String> {
    let tokens = sentence.lex.tokens;
    (0..tokens.len()).filter(|i| !sentence.is_cut(*i)).find_map(|i| {
        let start = sentence.book.is_mark(tokens, i, Mark::NoteOn)?;
        if start >= tokens.len() || sentence.is_cut(start) || !tokens.list[start].capital {
            return None;
        }
        let timed = sentence.times.iter().any(|found| found.start <= start && start < found.expression.end);
        let end = name::reach(sentence.lex, sentence.book, start, false);
        (end > start && !timed).then(|| tokens.said(start, end).to_owned())
    })
}

/// "… for Sarah", "… with John Smith": a name behind a small word, in a command that is not about the speaker.
fn named(sentence: &Sentence<'_>) -> Option<String> {
    let tokens = sentence.lex.tokens;
    let personal =
        (0..tokens.len()).any(|i| !sentence.is_cut(i) && sentence.book.has(tokens.list[i].word, Trait::Person));
    if personal {
        return None;
    }
    (0..tokens.len()).filter(|i| !sentence.is_cut(*i)).find_map(|i| {
        let start = sentence.book.is_mark(tokens, i, Mark::NameAfter)?;
        if start >= tokens.len() || sentence.is_cut(start) {
            return None;
        }
        let timed = sentence.times.iter().any(|found| found.start <= start && start < found.expression.end);
        let service = sentence.service.as_ref().is_some_and(|(_, span)| span.0 <= start && start < span.1);
        let mut end = name::reach(sentence.lex, sentence.book, start, false);
        // Without a capital only a word that nothing else claims is a name, and only one.
        if !tokens.list[start].capital {
            if tokens.list[start].word != 0 {
                return None;
            }
            end = end.min(start + 1);
        }
        (end > start && !timed && !service).then(|| tokens.said(start, end).to_owned())
    })
}
