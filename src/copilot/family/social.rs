//! Posts on social networks: written, scheduled, changed, taken down. What is published is read back first.

use crate::copilot::Copilot;
use crate::copilot::command::{Command, Move};
use crate::copilot::phrases::{Cue, Meaning};
use crate::copilot::reply::{Card, Reply};
use crate::copilot::state::{Choices, Task, Want};
use crate::copilot::words::short;
use crate::crm::model::{PostStatus, SocialAccount, SocialPost, folded};
use crate::crm::operation::{
    CreateSocialPost, DeleteSocialPost, ListSocialAccounts, ListSocialPosts, Outcome, UpdateSocialPost,
};
use crate::id::SocialAccountId;
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp, Zoned};

/// Posts shown and chosen from.
const SHOWN: usize = 20;
/// What is to appear on a day appears in the morning.
const MORNING: Time = Time::constant(9, 0, 0, 0);

pub(in crate::copilot) const CREATE: Command = Command { plan: create, told, does: &["create_social_post"] };
pub(in crate::copilot) const LIST: Command = Command { plan: list, told: listed, does: &["list_social_posts"] };
pub(in crate::copilot) const UPDATE: Command = Command { plan: update, told, does: &["update_social_post"] };
pub(in crate::copilot) const DELETE: Command = Command { plan: delete, told, does: &["delete_social_post"] };
pub(in crate::copilot) const ACCOUNTS: Command =
    Command { plan: accounts, told: shown, does: &["list_social_accounts"] };

fn create(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    planned_post(copilot, reply, now, task).unwrap_or_else(|first| first)
}

fn planned_post(copilot: &Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Result<Move, Move> {
    let text = task.mentioned.body.clone().ok_or(Move::Ask(Want::Post))?;
    let words = task.mentioned.words.clone().unwrap_or_default();
    let publish_at = copilot.time_of(reply, now, task)?;
    if publish_at.is_none() && copilot.book().has(Cue::Later, &words) {
        return Err(Move::Ask(Want::Day));
    }
    let when = match publish_at {
        Some(at) => copilot.book().moment(at, now.time_zone()),
        None => copilot.worded(Meaning::RightNow, &[]),
    };
    let (accounts, names) = copilot.where_to(reply, task, &words)?;
    let fills = [("text", text.clone()), ("accounts", names), ("when", when)];
    let read_back = copilot.worded(Meaning::ReadBackPost, &fills);
    let publish_now = publish_at.is_none();
    let operation = CreateSocialPost { text, media: Vec::new(), accounts, publish_now, publish_at };
    Ok(Move::perform(operation.into(), read_back))
}

fn list(_copilot: &mut Copilot, _reply: &mut Reply, _now: &Zoned, _task: &mut Task) -> Move {
    Move::perform(every_post().into(), String::new())
}

fn listed(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::SocialPosts(page) = outcome else { return };
    if page.items.is_empty() {
        copilot.say(reply, Meaning::NoPosts, &[]);
        return;
    }
    copilot.say(reply, Meaning::ListedPosts, &[("count", page.items.len().to_string())]);
    reply.list(page.items.iter().map(|one| copilot.post_line(one, now)));
    reply.step.card = Some(Card { more: page.next.is_some(), ..Card::of("posts", &page.items) });
}

fn update(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    planned_change(copilot, reply, now, task).unwrap_or_else(|first| first)
}

fn planned_change(copilot: &Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Result<Move, Move> {
    let post = which(copilot, reply, task)?;
    let publish_at = copilot.time_of(reply, now, task)?;
    let text = task.mentioned.body.clone();
    if text.is_none() && publish_at.is_none() {
        return Err(Move::Ask(Want::Post));
    }
    let (words, due_at) = (text.clone().unwrap_or(post.text), publish_at.or(post.due_at));
    let when = match due_at {
        Some(at) => copilot.book().moment(at, now.time_zone()),
        None => copilot.worded(Meaning::PostDraft, &[]),
    };
    let read_back = copilot.worded(Meaning::ReadBackPostChange, &[("text", words), ("when", when)]);
    let operation = UpdateSocialPost {
        post: post.id,
        version: Some(post.version),
        text,
        media: None,
        accounts: None,
        publish_now: false,
        publish_at,
    };
    Ok(Move::perform(operation.into(), read_back))
}

fn delete(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    match which(copilot, reply, task) {
        Err(first) => first,
        Ok(post) => {
            let meaning = if post.status == PostStatus::Published {
                Meaning::ReadBackForgetPost
            } else {
                Meaning::ReadBackDeletePost
            };
            let read_back = copilot.worded(meaning, &[("post", copilot.post_line(&post, now))]);
            Move::perform(DeleteSocialPost { post: post.id, version: Some(post.version) }.into(), read_back)
        }
    }
}

/// Says how a post stands, and no more than that.
fn told(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, _task: &Task, outcome: &Outcome) {
    if matches!(outcome, Outcome::SocialPostDeleted) {
        copilot.say(reply, Meaning::PostDeleted, &[]);
    }
    let (Outcome::SocialPostCreated(post) | Outcome::SocialPostUpdated(post)) = outcome else { return };
    let text = ("text", short(&post.text));
    match (post.status, post.due_at.filter(|due| *due > now.timestamp())) {
        (PostStatus::Published, _) => copilot.say(reply, Meaning::PostPublished, &[text]),
        (PostStatus::Scheduled, Some(due)) => {
            let when = copilot.book().moment(due, now.time_zone());
            copilot.say(reply, Meaning::PostScheduled, &[text, ("when", when)]);
        }
        (PostStatus::Scheduled, None) => copilot.say(reply, Meaning::PostOnItsWay, &[text]),
        (PostStatus::Draft, _) => copilot.say(reply, Meaning::PostKept, &[text]),
        (PostStatus::Failed, _) => {
            let why = post.trouble.clone().unwrap_or_default();
            copilot.say(reply, Meaning::NotSent, &[("why", why)]);
        }
    }
    reply.step.card = Some(Card::of("posts", std::slice::from_ref(post)));
}

fn accounts(_copilot: &mut Copilot, _reply: &mut Reply, _now: &Zoned, _task: &mut Task) -> Move {
    Move::perform(every_account().into(), String::new())
}

fn shown(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::SocialAccounts(page) = outcome else { return };
    if page.items.is_empty() {
        copilot.say(reply, Meaning::NoAccounts, &[]);
        return;
    }
    copilot.say(reply, Meaning::ListedAccounts, &[("count", page.items.len().to_string())]);
    reply.list(page.items.iter().map(|one| format!("{}: {}", one.platform, one.name)));
    reply.step.card = Some(Card { more: page.next.is_some(), ..Card::of("accounts", &page.items) });
}

/// Which post is meant: by its place in the list, or the only one.
fn which(copilot: &Copilot, reply: &mut Reply, task: &mut Task) -> Result<SocialPost, Move> {
    if let Some(post) = &task.post {
        return Ok(post.clone());
    }
    let Some(posts) = &task.posts else { return Err(Move::look(every_post().into())) };
    if posts.is_empty() {
        copilot.say(reply, Meaning::NoPosts, &[]);
        return Err(Move::Answered);
    }
    let number = task.mentioned.id.as_ref().and_then(|id| id.parse::<usize>().ok());
    let by_number = number.and_then(|number| posts.get(number.checked_sub(1)?));
    if let Some(post) = by_number.or(posts.first().filter(|_| posts.len() == 1 && number.is_none())) {
        let post = post.clone();
        task.post = Some(post.clone());
        return Ok(post);
    }
    if number.is_some() {
        copilot.say(reply, Meaning::NoSuchPost, &[("count", posts.len().to_string())]);
        task.mentioned.id = None;
    }
    Err(Move::Choose(Choices::Posts(posts.clone())))
}

fn every_account() -> ListSocialAccounts {
    ListSocialAccounts { platform: None, limit: Some(SHOWN), cursor: None }
}

fn every_post() -> ListSocialPosts {
    ListSocialPosts { status: None, limit: Some(SHOWN), cursor: None }
}

impl Copilot {
    /// A post on one line.
    pub(in crate::copilot) fn post_line(&self, post: &SocialPost, now: &Zoned) -> String {
        let state = match (post.status, post.published_at.or(post.due_at)) {
            (PostStatus::Draft, _) => self.worded(Meaning::PostDraft, &[]),
            (PostStatus::Failed, _) => self.worded(Meaning::PostFailed, &[]),
            (PostStatus::Scheduled | PostStatus::Published, Some(at)) => self.book().moment(at, now.time_zone()),
            (PostStatus::Scheduled | PostStatus::Published, None) => self.worded(Meaning::RightNow, &[]),
        };
        format!("{} ({state})", short(&post.text))
    }

    /// When a post is to appear, if that was said; a time that is past is asked for anew.
    fn time_of(&self, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Result<Option<Timestamp>, Move> {
        let said = &mut task.mentioned;
        let Some(day) = said.day.or(said.time.map(|_| now.date())) else { return Ok(None) };
        let at = day.to_datetime(said.time.unwrap_or(MORNING)).to_zoned(now.time_zone().clone());
        let at = at.ok().map(|at| at.timestamp());
        if let Some(at) = at.filter(|at| *at > now.timestamp()) {
            return Ok(Some(at));
        }
        // "Now" is said to the minute.
        if at.is_some_and(|at| now.timestamp().duration_since(at) < SignedDuration::from_mins(1)) {
            return Ok(None);
        }
        (said.day, said.time, said.span) = (None, None, None);
        self.say(reply, Meaning::ThatIsPast, &[]);
        Err(Move::Ask(Want::Day))
    }

    /// Where a post goes and what that is called: the accounts that were named, or all there are, which is what none says.
    fn where_to(
        &self,
        reply: &mut Reply,
        task: &mut Task,
        words: &str,
    ) -> Result<(Vec<SocialAccountId>, String), Move> {
        if !self.book().has(Cue::Network, words) {
            return Ok((Vec::new(), self.worded(Meaning::Everywhere, &[])));
        }
        let accounts = task.accounts.as_ref().ok_or_else(|| Move::look(every_account().into()))?;
        let sentence = format!(" {} ", folded(words));
        let says = |word: &str| sentence.contains(&format!(" {} ", folded(word)));
        let chosen: Vec<&SocialAccount> =
            accounts.iter().filter(|one| says(&one.platform) || says(&one.name)).collect();
        if chosen.is_empty() {
            let names = accounts.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
            let meaning = if accounts.is_empty() { Meaning::NoAccounts } else { Meaning::NoSuchAccount };
            let fills = [("names", names)];
            self.say(reply, meaning, if accounts.is_empty() { &[] } else { &fills });
            return Err(Move::Answered);
        }
        let names = chosen.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
        Ok((chosen.iter().map(|one| one.id).collect(), names))
    }
}
