//! How often one may try to sign in to one account; how often from one place is the door's to count.
//!
//! The waits grow from the sixth wrong password on; they hold for strangers only: a place from which somebody got in has a count of
//! its own, so that nobody is locked out by others who guess at their account.

use super::Error;
use super::token::digest;
use crate::throttle::network;
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Wrong passwords that cost nothing: people mistype.
const FREE: u32 = 5;
/// The longest wait between two attempts at one account.
const WAIT_MAX: SignedDuration = SignedDuration::from_mins(5);
/// Wrong passwords are forgotten after so long.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// Accounts, and places they are known at, that are remembered; beyond that all is forgotten.
const REMEMBERED_MAX: usize = 20_000;

/// Counts attempts, in this process.
#[derive(Debug)]
pub(super) struct Attempts {
    accounts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Wrong passwords since the last right one, and when the last was.
    wrong: HashMap<Account, (u32, Timestamp)>,
    /// Where accounts were signed in to.
    known: HashSet<(String, IpAddr)>,
}

/// What is counted: attempts at an account by strangers, or from a place it is known at. By the address's digest, so that
/// nobody's address lies about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Account(String, Option<IpAddr>);

impl Attempts {
    pub(super) fn new() -> Self {
        Self { accounts: Mutex::default() }
    }

    /// Whether one more may be made now. It counts as wrong until it is [`Attempts::right`], so that many at once gain
    /// nothing.
    pub(super) fn admit(&self, email: &str, from: IpAddr, now: Timestamp) -> Result<(), Error> {
        let from = network(from);
        self.with(|accounts| {
            accounts.forget(now);
            let account = accounts.account(email, from);
            let (wrong, last) = accounts.wrong.entry(account).or_insert((0, now));
            let left = wait_after(*wrong) - now.duration_since(*last);
            if left.is_positive() {
                return Err(Error::TooMany(left));
            }
            (*wrong, *last) = (wrong.saturating_add(1), now);
            Ok(())
        })
    }

    /// The password was right.
    pub(super) fn right(&self, email: &str, from: IpAddr) {
        let from = network(from);
        self.with(|accounts| {
            accounts.wrong.remove(&accounts.account(email, from));
            accounts.known.insert((digest(email), from));
        });
    }

    fn with<T>(&self, what: impl FnOnce(&mut Counts) -> T) -> T {
        what(&mut self.accounts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Counts {
    fn account(&self, email: &str, from: IpAddr) -> Account {
        let known = (digest(email), from);
        let at = self.known.contains(&known).then_some(from);
        Account(known.0, at)
    }

    fn forget(&mut self, now: Timestamp) {
        if self.wrong.len() > REMEMBERED_MAX {
            self.wrong.retain(|_, (_, last)| now.duration_since(*last) < FORGOTTEN_AFTER);
        }
        if self.wrong.len() > REMEMBERED_MAX {
            self.wrong.clear();
        }
        if self.known.len() > REMEMBERED_MAX {
            self.known.clear();
        }
    }
}

/// How long one waits after so many wrong passwords: nothing, then a second, two, four.
fn wait_after(wrong: u32) -> SignedDuration {
    match wrong.checked_sub(FREE) {
        None | Some(0) => SignedDuration::ZERO,
        Some(beyond) => SignedDuration::from_secs(1 << (beyond - 1).min(16)).min(WAIT_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("an instant")
    }

    const HOME: &str = "192.0.2.1";
    const ELSEWHERE: &str = "198.51.100.7";

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn waits_grow_from_the_sixth_wrong_password_on_and_end_with_a_right_one() {
        let attempts = Attempts::new();
        for number in 1..=6 {
            assert_eq!(attempts.admit("ana", ip(HOME), at(0)), Ok(()), "{number}");
        }
        let refused = attempts.admit("ana", ip(ELSEWHERE), at(0));
        assert_eq!(refused, Err(Error::TooMany(SignedDuration::from_secs(1))), "from wherever");
        assert_eq!(attempts.admit("bo", ip(HOME), at(0)), Ok(()), "another account");
        assert_eq!(attempts.admit("ana", ip(HOME), at(1)), Ok(()));
        assert_eq!(attempts.admit("ana", ip(HOME), at(1)), Err(Error::TooMany(SignedDuration::from_secs(2))));
        assert_eq!(attempts.admit("ana", ip(HOME), at(3)), Ok(()));
        attempts.right("ana", ip(HOME));
        assert_eq!(attempts.admit("ana", ip(HOME), at(3)), Ok(()));
        assert_eq!(wait_after(u32::MAX), WAIT_MAX);
    }

    #[test]
    fn nobody_is_locked_out_of_where_they_are_known_by_others_who_guess() {
        let attempts = Attempts::new();
        assert_eq!(attempts.admit("ana", ip(HOME), at(0)), Ok(()));
        attempts.right("ana", ip(HOME));
        while attempts.admit("ana", ip(ELSEWHERE), at(0)).is_ok() {}
        assert_eq!(attempts.admit("ana", ip(HOME), at(0)), Ok(()));
    }
}
