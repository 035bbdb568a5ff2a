//! What was done on the guess that a caller had finished, and what became of it, counted from the journals of calls.

use ringlypro::call::journal::{Line, parse};
use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;

/// What is done on a guess.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Look,
    Read,
    Answer,
}

const KINDS: [(Kind, &str); 3] = [
    (Kind::Look, "looks of the recogniser"),
    (Kind::Read, "reads from the CRM"),
    (Kind::Answer, "answers' first words"),
];

struct Job {
    kind: Kind,
    began: Duration,
    /// When it was done, as far as that is known.
    ended: Option<Duration>,
    abandoned: bool,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    used: u32,
    used_ms: u128,
    wasted: u32,
    wasted_ms: u128,
}

/// The sums over some calls.
#[derive(Default)]
pub(crate) struct Guesses([Sum; 3]);

impl Guesses {
    /// Counts a call's.
    pub(crate) fn take<'a>(&mut self, journal: impl Iterator<Item = &'a str>) {
        let mut open: HashMap<u64, Job> = HashMap::new();
        let (mut now, mut happened) = (Duration::ZERO, Value::Null);
        for line in journal {
            match parse(line) {
                Ok(Line::Event { at, event }) => {
                    now = at.0;
                    happened = serde_json::to_value(&event).unwrap_or_default();
                    for (kind, name) in [(Kind::Look, "heard"), (Kind::Read, "performed"), (Kind::Answer, "spoken")] {
                        let job = happened[name]["job"].as_u64().and_then(|id| open.get_mut(&id));
                        if let Some(job) = job.filter(|job| job.kind == kind) {
                            job.ended.get_or_insert(now);
                        }
                    }
                }
                Ok(Line::Actions(actions)) => self.done(&mut open, now, &happened, &actions),
                _ => {}
            }
        }
    }

    fn done(&mut self, open: &mut HashMap<u64, Job>, now: Duration, happened: &Value, actions: &[Value]) {
        let of_caller = |action: &Value| action["record"]["who"] == "caller";
        if actions.iter().any(of_caller) {
            self.settle(std::mem::take(open), now);
            return;
        }
        // The words of a guess were made out, or what its answer read is there.
        let read = happened["performed"]["job"].as_u64().is_some_and(|id| open.contains_key(&id));
        let on_a_guess = happened.get("heard").is_some() || read;
        for action in actions {
            let look = action["transcribe"]["hints"]["last"] == Value::Bool(false);
            for (kind, name, guess) in [
                (Kind::Look, "transcribe", look),
                (Kind::Read, "perform", on_a_guess),
                (Kind::Answer, "speak", on_a_guess),
            ] {
                if let Some(id) = action[name]["job"].as_u64().filter(|_| guess) {
                    open.insert(id, Job { kind, began: now, ended: None, abandoned: false });
                }
            }
            if let Some(job) = action["abandon"].as_u64().and_then(|id| open.get_mut(&id)) {
                job.abandoned = true;
                job.ended.get_or_insert(now);
            }
        }
    }

    /// A turn of the caller's is over: what was done last for it is used, all before was for nothing.
    fn settle(&mut self, open: HashMap<u64, Job>, now: Duration) {
        let mut jobs: Vec<(u64, Job)> = open.into_iter().collect();
        jobs.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
        for (sum, (kind, _)) in self.0.iter_mut().zip(KINDS) {
            let mut used = false;
            for (_, job) in jobs.iter().filter(|(_, job)| job.kind == kind) {
                let took = job.ended.unwrap_or(now).saturating_sub(job.began).as_millis();
                if job.abandoned || used {
                    (sum.wasted, sum.wasted_ms) = (sum.wasted + 1, sum.wasted_ms + took);
                } else {
                    used = true;
                    (sum.used, sum.used_ms) = (sum.used + 1, sum.used_ms + took);
                }
            }
        }
    }

    /// Prints the sums.
    pub(crate) fn print(&self) {
        println!("\n| done on a guess | used | ms each | thrown away | ms each |\n|---|---|---|---|---|");
        for (Sum { used, used_ms, wasted, wasted_ms }, (_, name)) in self.0.iter().zip(KINDS) {
            let mean = |ms: u128, count: u32| ms / u128::from(count.max(1));
            println!("| {name} | {used} | {} | {wasted} | {} |", mean(*used_ms, *used), mean(*wasted_ms, *wasted));
        }
    }
}
